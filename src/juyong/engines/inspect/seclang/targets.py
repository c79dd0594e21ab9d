"""The variables of a rule: `ARGS|!ARGS:token|&TX:a|REQUEST_HEADERS:/^x-/` to selectors."""

import re
from collections.abc import Iterator

from juyong.engines.inspect.rules import Selector
from juyong.engines.inspect.seclang.errors import BadPart
from juyong.engines.inspect.seclang.known import (
    REFUSED_VARIABLES,
    SINGLE,
    VARIABLES,
    XPATHS,
)
from juyong.engines.inspect.seclang.patterns import compiled

_HEAD = re.compile(r"\s*([!&]?)([A-Za-z_]+)(:)?")


def selectors(text: str) -> tuple[Selector, ...]:
    """Return the variables that a text names, separated by `|`.

    Keys are folded to lower case, and patterns over keys take no account of case.

    Raises:
        BadPart: a variable is unknown or refused, or its key has no form.

    Source: ModSecurity 2.9 reference manual, variables (documented); keys and patterns without
    regard to case, all variables alike: ModSecurity 2.9 and 3 (observed).
    """
    return tuple(_selectors(text))


def _selectors(text: str) -> Iterator[Selector]:
    at = 0
    while True:
        head = _HEAD.match(text, at)
        if head is None:
            raise BadPart(f"a variable is missing: `{text[at : at + 40]}`")
        sign, name, colon = head.groups()
        raw, at = _key(text, head.end(), name.upper()) if colon else ("", head.end())
        yield _selector(sign, name.upper(), raw if colon else None)
        at += len(text[at:]) - len(text[at:].lstrip())
        if at == len(text):
            return
        if text[at] not in "|,":
            raise BadPart(f"`|` is missing between variables: `{text[at : at + 40]}`")
        at += 1


def _key(text: str, at: int, name: str) -> tuple[str, int]:
    """Return a key as written, and where the text goes on; `|` may stand in quotes or slashes."""
    quote = text[at : at + 1]
    if quote == "'":
        end = _end(text, at + 1, "'")
        return text[at + 1 : end].replace("\\'", "'"), end + 1
    if quote == "/" and name != "XML":
        end = _end(text, at + 1, "/") + 1
        return text[at:end], end
    end = next((i for i in range(at, len(text)) if text[i] in "|,"), len(text))
    return text[at:end].strip(), end


def _end(text: str, at: int, mark: str) -> int:
    """Return where a mark closes; a backslash takes the next character with it."""
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == mark:
            return at
        at += 1
    raise BadPart(f"`{mark}` does not close in a key: `{text[:60]}`")


def _selector(sign: str, name: str, raw: str | None) -> Selector:
    if reason := REFUSED_VARIABLES.get(name):
        raise BadPart(f"variable {name} is not carried out: {reason}")
    if name not in VARIABLES:
        raise BadPart(f"unknown variable `{name}`")
    if raw is not None and name in SINGLE:
        raise BadPart(f"variable {name} has one value and no keys")
    key, pattern = (None, None) if raw is None else _key_or_pattern(name, raw)
    return Selector(
        collection=name, key=key, pattern=pattern, count=sign == "&", excluded=sign == "!"
    )


def _key_or_pattern(name: str, raw: str) -> tuple[bytes | None, str | None]:
    if not raw:
        raise BadPart(f"the key of variable {name} is empty")
    if name == "XML":
        if raw not in XPATHS:
            raise BadPart(f"of XML, {' and '.join(sorted(XPATHS))} are read, not `{raw}`")
        return raw.encode(), None
    if raw.startswith("/") and raw.endswith("/") and len(raw) > 1:
        pattern = "(?is)" + raw[1:-1].replace("\\/", "/")
        compiled(pattern)
        return None, pattern
    return raw.encode().lower(), None
