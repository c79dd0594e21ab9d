"""The policy of a form: what its signer allows whoever holds it to upload, and until when.

Source: OSS API reference, PostObject, appendix on the policy; pages of EC 0006-00000201 to -227
(documented): forms, tests, that a field which a condition names must be there. Assumed: the ECs
-212 and -217; that a fraction of a second may have up to nine digits.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeGuard

import msgspec

from juyong.base.clock import Instant, parse_iso
from juyong.services.oss.wire.form_errors import BadPolicy, PolicyFailed

_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?Z")
_RANGE = "content-length-range"
_MASKED = frozenset({"x-oss-security-token"})
_PARTS = 3
"""The parts of a condition that is a list."""
_MOST_SIZE = 2**63 - 1
Test = Literal["eq", "starts-with", "in", "not-in"]
Values = Mapping[str, tuple[str, ...]]
"""The value of each field as sent, followed by its meaning where that differs."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One test of one field; field: In small letters."""

    test: Test
    field: str
    wanted: tuple[str, ...]

    def check(self, values: Values) -> None:
        """Compare the form.

        Raises:
            PolicyFailed: the field is missing, or has another value.
        """
        given = values.get(self.field)
        if given is None:
            raise PolicyFailed("0006-00000226", self._told())
        if not self._holds(given):
            raise PolicyFailed("0006-00000227", self._told())

    def _holds(self, given: tuple[str, ...]) -> bool:
        match self.test:
            case "starts-with":
                return given[0].startswith(self.wanted[0])
            case "not-in":
                return not any(value in self.wanted for value in given)
            case _:
                return given[0] in self.wanted

    def _told(self) -> str:
        # SECURITY: the message of an error goes into logs; a token is a secret.
        shown = ("***",) if self.field in _MASKED else self.wanted
        wanted = list(shown) if self.test in ("in", "not-in") else shown[0]
        return f"Policy Condition failed: {json.dumps([self.test, f'${self.field}', wanted])}"


class PostPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy; least, most: The bounds of the file, in bytes."""

    until: Instant
    conditions: tuple[Condition, ...]
    least: int = 0
    most: int = _MOST_SIZE

    def check(self, values: Values) -> None:
        """Compare the form with every condition but those on its length.

        Raises:
            PolicyFailed: the first condition that does not hold.
        """
        for each in self.conditions:
            each.check(values)

    def fixes(self, field: str) -> bool:
        """Tell whether a condition leaves a field one value."""
        return any(each.field == field and each.test == "eq" for each in self.conditions)


def parse_policy(encoded: str) -> PostPolicy:
    """Read a policy as forms have it: JSON, in base64.

    Raises:
        BadPolicy: it has another form.
    """
    try:
        document = msgspec.json.decode(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise BadPolicy("0006-00000201", "Invalid JSON.") from None
    if not isinstance(document, dict):
        raise BadPolicy("0006-00000201", "Invalid JSON.")
    missing = {"expiration", "conditions"} - document.keys()
    if missing:
        ec = "0006-00000209" if len(missing) > 1 else _MISSING[min(missing)]
        raise BadPolicy(ec, f"Policy is missing {' and '.join(sorted(missing))}.")
    if further := document.keys() - {"expiration", "conditions"}:
        raise BadPolicy("0006-00000206", f"Unexpected: '{min(further)}'.")
    return _policy(_moment(document["expiration"]), document["conditions"])


_MISSING = {"expiration": "0006-00000208", "conditions": "0006-00000207"}


def _moment(expiration: Any) -> Instant:
    if not isinstance(expiration, str):
        raise BadPolicy("0006-00000210", "Invalid 'expiration' value.")
    found = _TIME.fullmatch(expiration)
    try:
        return parse_iso(f"{found[1]}Z" if found else "")
    except ValueError:
        ec = "0006-00000212" if expiration else "0006-00000211"
        raise BadPolicy(ec, "Invalid 'expiration' value.") from None


def _policy(until: Instant, items: Any) -> PostPolicy:
    if not isinstance(items, list):
        raise BadPolicy("0006-00000214", "Conditions must be a list.")
    if not items:
        raise BadPolicy("0006-00000215", "Conditions must not be empty.")
    conditions, least, most = [], 0, _MOST_SIZE
    for item in items:
        if isinstance(item, list) and item and item[0] == _RANGE:
            low, high = _range(item)
            least, most = max(least, low), min(most, high)
        else:
            conditions.append(_condition(item))
    return PostPolicy(until=until, conditions=tuple(conditions), least=least, most=most)


def _range(item: list[Any]) -> tuple[int, int]:
    if len(item) != _PARTS:
        raise BadPolicy("0006-00000218", f"{_RANGE} must have two bounds.")
    _, low, high = item
    if not (_is_size(low) and _is_size(high)):
        raise BadPolicy("0006-00000221", f"The bounds of {_RANGE} must be integers.")
    if low > high:
        raise BadPolicy("0006-00000219", f"The bounds of {_RANGE} are in the wrong order.")
    return low, high


def _is_size(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_SIZE


def _condition(item: Any) -> Condition:
    if isinstance(item, dict):
        if len(item) != 1:
            why = "Simple-Conditions must have exactly one property specified."
            raise BadPolicy("0006-00000217", f"Invalid Simple-Condition: {why}")
        item = ["eq", *next(iter(item.items()))]
    if not isinstance(item, list):
        raise BadPolicy("0006-00000222", "A condition must be a map or a list.")
    if not item or item[0] not in ("eq", "starts-with", "in", "not-in"):
        raise BadPolicy("0006-00000216", "A condition must begin with its test.")
    if len(item) != _PARTS:
        raise BadPolicy("0006-00000218", "A condition must have three parts.")
    test, field, wanted = item
    values = wanted if test in ("in", "not-in") else [wanted]
    if not (isinstance(values, list) and all(isinstance(each, str) for each in (field, *values))):
        raise BadPolicy("0006-00000224", f"A value of '{test}' has the wrong type.")
    return Condition(test=test, field=field.removeprefix("$").lower(), wanted=tuple(values))
