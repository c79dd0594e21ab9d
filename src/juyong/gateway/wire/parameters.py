"""Query strings and forms: decoded once, never ambiguous."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

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
    if not raw.body or not raw.headers.get("content-type", "").startswith(_FORM):
        return []
    try:
        return _pairs(raw.body.decode())
    except UnicodeDecodeError as bad:
        raise MalformedBody from bad


def _pairs(text: str) -> list[tuple[str, str]]:
    if not text:
        return []
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST)
    except ValueError as bad:
        raise MalformedBody from bad


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
