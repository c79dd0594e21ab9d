"""Signatures V1 and V4, in headers and in addresses.

Source: the official Go and Python SDKs (observed, checked against their signers).
"""

import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from juyong.base.secret import Secret
from juyong.services.oss.wire.subresources import SIGNED

_OF_ADDRESS_V1 = frozenset({"OSSAccessKeyId", "Expires", "Signature"})
Pairs = Iterable[tuple[str, str]]


def text_v1(
    method: str, date: str, headers: Mapping[str, str], resource: str, query: Pairs, *, more: bool
) -> str:
    """Return what signature V1 signs.

    Args:
        method: Of the request.
        date: The Date line: a header, or when an address expires.
        headers: Of the request, names in small letters.
        resource: `/bucket/key`, decoded.
        query: Decoded parameters.
        more: Whether all parameters that begin with `x-oss-` count, as for newer clients.
    """
    own = sorted((k, _written(v).strip()) for k, v in headers.items() if k.startswith("x-oss-"))
    signed = sorted(
        (k, v)
        for k, v in query
        if (k in SIGNED or (more and k.startswith("x-oss-"))) and k not in _OF_ADDRESS_V1
    )
    parts = "&".join(f"{k}={v}" if v else k for k, v in signed)
    return "\n".join(
        (
            method,
            headers.get("content-md5", ""),
            _written(headers.get("content-type", "")),
            date,
            *(f"{k}:{v}" for k, v in own),
            f"{resource}?{parts}" if parts else resource,
        )
    )


def _written(value: str) -> str:
    """Return a header as its client wrote and signed it; Raw has bytes as latin-1."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def sign_v1(secret: Secret, text: str) -> bytes:
    """Return the signature."""
    return hmac.digest(secret.reveal().encode(), text.encode(), "sha1")


def canonical_v4(
    method: str,
    headers: Mapping[str, str],
    resource: str,
    query: Pairs,
    *,
    additional: str,
    payload: str,
) -> str:
    """Return the canonical request of signature V4.

    additional: The names of further signed headers, as the request spells them.
    """
    names = {name.strip().lower() for name in additional.split(";") if name.strip()}
    names |= {k for k in headers if k.startswith("x-oss-")}
    names |= {k for k in ("content-type", "content-md5") if k in headers}
    lines = "".join(f"{name}:{_written(headers.get(name, '')).strip()}\n" for name in sorted(names))
    pairs = sorted((_enc(k), _enc(v)) for k, v in query if k != "x-oss-signature")
    text = "&".join(f"{k}={v}" if v else k for k, v in pairs)
    path = quote(resource, safe="/-_.~")
    return f"{method}\n{path}\n{text}\n{lines}\n{additional}\n{payload}"


def _enc(text: str) -> str:
    return quote(text, safe="-_.~")
