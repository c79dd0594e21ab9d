"""Signatures V1 (`LOG`) and V4 (`SLS4-HMAC-SHA256`).

Source: SLS API reference, request signatures (documented); the official Python SDKs (observed,
checked against their signers).
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from juyong.base.secret import Secret

Pairs = Iterable[tuple[str, str | None]]
"""Decoded parameters; None where a name stands without `=`."""


class Target(NamedTuple):
    """The part of a request that both signatures cover.

    path: As the client signed it. headers: Names in small letters.
    """

    method: str
    path: str
    query: Pairs
    headers: Mapping[str, str]


def texts_v1(target: Target, *, one_moment: bool) -> Iterator[str]:
    """Yield what signature V1 may sign, by what clients do with `x-log-date`.

    Clients that send both dates sign the Date, and x-log-date among the headers, in its place, or
    not at all.

    one_moment: Both dates are the same. SECURITY: else x-log-date decides whether the request is
    fresh, and a text that leaves x-log-date out is none.
    """
    headers = target.headers
    date, own = headers.get("date", ""), headers.get("x-log-date")
    if own is None:
        yield _text_v1(target, date, with_own=False)
        return
    yield _text_v1(target, date, with_own=True)
    yield _text_v1(target, own, with_own=True)
    yield _text_v1(target, own, with_own=False)
    if one_moment:
        yield _text_v1(target, date, with_own=False)


def _text_v1(target: Target, date: str, *, with_own: bool) -> str:
    headers = target.headers
    lines = sorted(
        f"{name}:{written(value)}"
        for name, value in headers.items()
        if is_signed(name) and (with_own or name != "x-log-date")
    )
    pairs = "&".join(k if v is None else f"{k}={v}" for k, v in sorted(target.query, key=_by_name))
    return "\n".join(
        (
            target.method,
            headers.get("content-md5", ""),
            written(headers.get("content-type", "")),
            date,
            *lines,
            f"{target.path}?{pairs}" if pairs else target.path,
        )
    )


def sign_v1(secret: Secret, text: str, algorithm: str) -> bytes:
    """Return the signature."""
    return hmac.digest(secret.reveal().encode(), text.encode(), algorithm)


def canonical_v4(target: Target, payload: str) -> str:
    """Return the canonical request of signature V4; payload: the digest of the body."""
    headers = target.headers
    names = sorted(n for n in headers if n in ("content-type", "host") or is_signed(n))
    lines = "".join(f"{name}:{written(headers[name]).strip()}\n" for name in names)
    pairs = ((k, quote(v or "", safe="-_.~")) for k, v in sorted(target.query, key=_by_name))
    text = "&".join(f"{k}={v}" if v else k for k, v in pairs)
    return "\n".join((target.method, target.path, text, lines, ";".join(names), payload))


def is_signed(header: str) -> bool:
    """Tell whether both signatures cover a header, by its name in small letters."""
    return header.startswith(("x-log-", "x-acs-")) and not header.startswith("x-log-meta-")


def written(value: str) -> str:
    """Return a header as its client wrote and signed it; Raw has bytes as latin-1."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _by_name(pair: tuple[str, str | None]) -> str:
    return pair[0]
