"""Macros: `%{TX.score}` and `%{MATCHED_VAR}` in the arguments of operators and actions."""

import re

import msgspec

from juyong.engines.inspect.seclang.errors import BadPart
from juyong.engines.inspect.seclang.known import REFUSED_VARIABLES, SINGLE, VARIABLES

_MACRO = re.compile(rb"%\{([^{}]*)\}")
_NAME = re.compile(rb"([A-Za-z_]+)(?:[.:](.+))?", re.DOTALL)


class Macro(msgspec.Struct, frozen=True):
    """A macro; key: Folded to lower case, None where none is named."""

    collection: str
    key: bytes | None


Template = tuple[bytes | Macro, ...]
"""Texts and macros in turn, as they follow each other."""


def parse(text: bytes) -> Template:
    """Split a text at its macros.

    Raises:
        BadPart: a macro names no variable.
    """
    parts: list[bytes | Macro] = []
    at = 0
    for found in _MACRO.finditer(text):
        if found.start() > at:
            parts.append(text[at : found.start()])
        parts.append(_macro(found[1]))
        at = found.end()
    if at < len(text):
        parts.append(text[at:])
    return tuple(parts)


def check(text: bytes) -> None:
    """Refuse a text in which a macro names no variable."""
    parse(text)


def _macro(text: bytes) -> Macro:
    shown = text.decode(errors="replace")
    form = _NAME.fullmatch(text)
    if form is None:
        raise BadPart(f"a macro has no form: `%{{{shown}}}`")
    name = form[1].decode().upper()
    if reason := REFUSED_VARIABLES.get(name):
        raise BadPart(f"variable {name} is not carried out: {reason}")
    if name not in VARIABLES:
        raise BadPart(f"unknown variable in `%{{{shown}}}`")
    if (form[2] is None) != (name in SINGLE):
        wanted = "no key" if name in SINGLE else "a key"
        raise BadPart(f"`%{{{shown}}}`: variable {name} takes {wanted}")
    return Macro(name, None if form[2] is None else form[2].lower())
