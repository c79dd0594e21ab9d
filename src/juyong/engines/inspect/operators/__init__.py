"""Operators: tests of one value, made once from an argument.

A factory takes the argument (macros filled in) and the phrases, and returns a test. A test takes a
value and returns None, or the captures of a match: an empty tuple where the operator captures
nothing. Tests raise nothing and may be shared by threads.

Source: the reference manual of ModSecurity 2.9 and 3, operators (documented); libmodsecurity 3
where the manual is silent (observed).
"""

from collections.abc import Mapping

from juyong.engines.inspect.operators.addresses import ip_match
from juyong.engines.inspect.operators.base import Factory, OperatorRefused, Test
from juyong.engines.inspect.operators.detect import detect_sqli, detect_xss
from juyong.engines.inspect.operators.encodings import (
    validate_byte_range,
    validate_url_encoding,
    validate_utf8_encoding,
)
from juyong.engines.inspect.operators.numbers import eq, ge, gt, le, lt
from juyong.engines.inspect.operators.phrases import pm
from juyong.engines.inspect.operators.registers import (
    verify_cc,
    verify_cpf,
    verify_ssn,
    verify_svnr,
)
from juyong.engines.inspect.operators.texts import (
    begins_with,
    contains,
    contains_word,
    ends_with,
    no_match,
    rx,
    rx_global,
    streq,
    unconditional_match,
    within,
)

__all__ = ["OPERATORS", "REFUSED", "Factory", "OperatorRefused", "Test", "make_test"]

OPERATORS: Mapping[str, Factory] = {
    "beginswith": begins_with,
    "contains": contains,
    "containsword": contains_word,
    "detectsqli": detect_sqli,
    "detectxss": detect_xss,
    "endswith": ends_with,
    "eq": eq,
    "ge": ge,
    "gt": gt,
    "ipmatch": ip_match,
    "ipmatchf": ip_match,
    "ipmatchfromfile": ip_match,
    "le": le,
    "lt": lt,
    "nomatch": no_match,
    "pm": pm,
    "pmf": pm,
    "pmfromfile": pm,
    "rx": rx,
    "rxglobal": rx_global,
    "streq": streq,
    "strmatch": contains,
    "unconditionalmatch": unconditional_match,
    "validatebyterange": validate_byte_range,
    "validateurlencoding": validate_url_encoding,
    "validateutf8encoding": validate_utf8_encoding,
    "verifycc": verify_cc,
    "verifycpf": verify_cpf,
    "verifyssn": verify_ssn,
    "verifysvnr": verify_svnr,
    "within": within,
}

REFUSED: Mapping[str, str] = {
    "fuzzyhash": "no fuzzy hashes are computed",
    "gsblookup": "the service that it asks was closed",
    "inspectfile": "rules run no programs",
    "rbl": "an inspection asks no name server",
    "rsub": "an inspection changes no traffic",
    "validatedtd": "an XML body is parsed without its document type",
    "validatehash": "no links are signed",
    "validateschema": "an XML body is not held against a schema",
}
"""Operators that are not carried out, and why."""


def make_test(name: str, argument: bytes, phrases: tuple[bytes, ...] = ()) -> Test:
    """Return the test of an operator; name: In lower case.

    Raises:
        OperatorRefused: The operator is unknown or refused, or its argument is malformed.
    """
    factory = OPERATORS.get(name)
    if factory is None:
        why = REFUSED.get(name, "no such operator")
        raise OperatorRefused(f"@{name}: {why}")
    return factory(argument, phrases)
