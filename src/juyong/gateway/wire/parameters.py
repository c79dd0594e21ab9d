"""Query strings, forms and JSON bodies: decoded once, never ambiguous."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import msgspec

from juyong.gateway.errors import AmbiguousParameter, MalformedBody
from juyong.gateway.request import Raw

_FORM = "application/x-www-form-urlencoded"
_MOST = 2000


def query_pairs(raw: Raw) -> list[tuple[str, str]]:
    """Decode the query, `+` as a space.

    Raises:
        MalformedBody: not UTF-8, or more than 2000 parameters.
    """
    return _pairs(raw.query)


def form_pairs(raw: Raw) -> list[tuple[str, str]]:
    """Decode the body if it is a form."""
    if not raw.body or not media_type(raw).startswith(_FORM):
        return []
    try:
        return _pairs(raw.body.decode())
    except UnicodeDecodeError as bad:
        raise MalformedBody from bad


def media_type(raw: Raw) -> str:
    """Return the Content-Type in lower case, its parameters included; empty when there is none."""
    return raw.headers.get("content-type", "").lower()


def json_members(body: bytes) -> dict[str, Any]:
    """Decode a body that is one JSON object.

    Raises:
        MalformedBody: it is anything else, not UTF-8, or nested too deeply.
    """
    try:
        members = msgspec.json.decode(body)
    except (ValueError, RecursionError) as bad:
        # ValueError: msgspec raises its own errors, and UnicodeDecodeError as well.
        raise MalformedBody from bad
    if not isinstance(members, dict):
        raise MalformedBody
    return members


def _pairs(text: str) -> list[tuple[str, str]]:
    if not text:
        return []
    parts = text.split("&")
    if len(parts) > _MOST:
        raise MalformedBody
    pairs = []
    try:
        for part in parts:
            if part:
                # PERF: most texts hold nothing to decode; parse_qsl takes four times as long.
                encoded = "%" in part or "+" in part
                name, _, value = part.partition("=")
                pairs.append((_decode(name), _decode(value)) if encoded else (name, value))
    except UnicodeDecodeError as bad:
        raise MalformedBody from bad
    return pairs


def _decode(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    if text.isascii():
        return unquote_to_bytes(text).decode()
    return unquote(text, errors="strict")


def unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Make a dictionary.

    Raises:
        AmbiguousParameter: a name is given twice.
    """
    params: dict[str, str] = {}
    for name, value in pairs:
        if name in params:
            raise AmbiguousParameter
        params[name] = value
    return params
