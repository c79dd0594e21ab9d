"""Query strings, forms and JSON bodies: decoded once, never ambiguous."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import msgspec

from juyong.api.request import Raw
from juyong.gateway.errors import AmbiguousParameter, MalformedBody
from juyong.gateway.signature.encoding import is_canonical

_FORM = "application/x-www-form-urlencoded"
_MOST = 2000


class Sent(msgspec.Struct, frozen=True, gc=False):
    """Parameters as they were sent.

    canonical: The text that was sent, where a signature encodes the parameters in just this way.
    """

    params: dict[str, str]
    canonical: str | None = None


def read_query(raw: Raw) -> Sent:
    """Decode the query, `+` as a space.

    Raises:
        MalformedBody: not UTF-8, or more than 2000 parameters.
        AmbiguousParameter: a name is given twice.
    """
    return _read(raw.query)


def read_query_and_form(raw: Raw) -> Sent:
    """Decode the query, and the body if it is a form.

    Raises:
        MalformedBody, AmbiguousParameter: as for the query, of both together.
    """
    form = _form(raw)
    if not (form and raw.query):
        return _read(form or raw.query)
    return Sent(unique([*_pairs(raw.query), *_pairs(form)]))


def read_form(raw: Raw) -> dict[str, str]:
    """Decode the body if it is a form."""
    return _read(_form(raw)).params


def _form(raw: Raw) -> str:
    if not raw.body or not media_type(raw).startswith(_FORM):
        return ""
    try:
        return raw.body.decode()
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


_decoder = msgspec.json.Decoder(dict[str, str])


def _read(text: str) -> Sent:
    """Decode the pairs of a query or a form.

    PERF: a canonical text becomes a JSON object by a few replacements, and JSON's reader takes it
    apart several times faster than Python code does.
    """
    if is_canonical(text):
        if not text:
            return Sent({}, text)
        members = text.replace("%", "\\u00").replace("=", '":"').replace("&", '","')
        params = _decoder.decode(f'{{"{members}"}}')
        # A name that is given twice is one member.
        if len(params) == text.count("&") + 1 <= _MOST:
            return Sent(params, text)
    return Sent(unique(_pairs(text)))


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
