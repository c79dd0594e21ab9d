"""JA4: a text that clients with the same TLS library and the same settings have in common.

This module makes only the fingerprint of TLS clients, since its method is under the BSD licence;
the other methods of the family are not free.

Source: FoxIO, JA4 technical details, TLS client (documented).
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Final

from juyong.waf.client_hello import ALPN, SERVER_NAME, Hello, is_grease

_VERSIONS: Final = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3"}
_DIGITS: Final = 12
_MOST_COUNT: Final = 99
_NOTHING: Final = "0" * _DIGITS


def ja4_of(hello: Hello) -> str:
    """Return the fingerprint, as `t13d1516h2_8daaf6152771_e5627efa2ab1`; 36 characters."""
    ciphers = _told(hello.ciphers)
    extensions = _told(hello.extensions)
    named = [one for one in extensions if one not in (SERVER_NAME, ALPN)]
    signatures = tuple(_told(hello.signatures))
    return (
        f"t{_version(hello)}{'i' if hello.name is None else 'd'}"
        f"{_count(ciphers)}{_count(extensions)}{_protocol(hello)}"
        f"_{_hash(tuple(sorted(ciphers)))}_{_hash(tuple(sorted(named)), signatures)}"
    )


def _told(numbers: Iterable[int]) -> list[int]:
    return [one for one in numbers if not is_grease(one)]


def _version(hello: Hello) -> str:
    newest = max(_told(hello.versions), default=hello.version)
    return _VERSIONS.get(newest, "00")


def _count(numbers: list[int]) -> str:
    return f"{min(len(numbers), _MOST_COUNT):02}"


def _protocol(hello: Hello) -> str:
    """Return the ends of the first protocol, or of its hexadecimal digits where one is a sign."""
    if not hello.protocols:
        return "00"
    first = hello.protocols[0]
    ends = first[:1] + first[-1:]
    if ends.isalnum():
        return ends.decode()
    digits = first.hex()
    return digits[0] + digits[-1]


@lru_cache(1_024)
def _hash(numbers: tuple[int, ...], ordered: tuple[int, ...] = ()) -> str:
    """Return the digits of a list; ordered: Numbers that follow in the order of the wire."""
    if not numbers:
        return _NOTHING
    text = _joined(numbers) + (f"_{_joined(ordered)}" if ordered else "")
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def _joined(numbers: Iterable[int]) -> str:
    return ",".join([f"{one:04x}" for one in numbers])
