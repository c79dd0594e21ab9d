"""Directives that hold one value for the whole rule set: engine, bodies, limits, collections."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from juyong.engines.inspect.rules import Mode, RuleSet
from juyong.engines.inspect.seclang.errors import BadPart

T = TypeVar("T")
_MODES = {mode.value.lower(): mode for mode in Mode}
_SWITCHES = {"on": True, "off": False}
_CUTS = {"reject": True, "processpartial": False}
_MOST_SECONDS = 31_536_000
_LIMITS: Final = {
    "SecArgumentsLimit": ("arguments", "values"),
    "SecRequestBodyJsonDepthLimit": ("json_depth",),
    "SecRequestBodyLimit": ("body", "form"),
    "SecRequestBodyNoFilesLimit": ("body_without_files", "fields"),
    "SecResponseBodyLimit": ("response_body",),
    "SecUploadFileLimit": ("parts",),
}


class Settings(msgspec.Struct, kw_only=True):
    """The values so far; a later directive replaces an earlier one's."""

    mode: Mode = Mode.ON
    reads_request_body: bool = True
    reads_response_body: bool = False
    response_types: tuple[str, ...] = RuleSet(items=()).response_types
    argument_separator: bytes = b"&"
    component_signature: str = ""
    limits: tuple[tuple[str, int], ...] = ()
    refuses_cut_request: bool = True
    refuses_cut_response: bool = False
    collection_seconds: int = 3600


Setter = Callable[[Settings, tuple[str, ...]], None]


def set_value(settings: Settings, name: str, words: tuple[str, ...]) -> bool:
    """Carry out a directive; False where the name is none of these.

    Raises:
        BadPart: the directive has too few or too many words, or its value has no form.
    """
    folded = name.lower()
    if fields := _LIMITS_FOLDED.get(folded):
        kept, most = dict(settings.limits), _number(words)
        kept |= dict.fromkeys(fields, most)
        settings.limits = tuple(sorted(kept.items()))
        return True
    setter = _SETTERS.get(folded)
    if setter is None:
        return False
    setter(settings, words)
    return True


def off(words: tuple[str, ...], reason: str) -> None:
    """Accept Off; refuse On with the reason why nothing can follow."""
    if _choice(words, _SWITCHES):
        raise BadPart(f"only Off is carried out: {reason}")


def one(words: tuple[str, ...]) -> str:
    """Return the only word of a directive."""
    if len(words) != 1:
        raise BadPart(f"the directive takes one value, not {len(words)}")
    return words[0]


def _choice(words: tuple[str, ...], choices: dict[str, T]) -> T:
    word = one(words)
    if word.lower() not in choices:
        raise BadPart(f"the value is one of {', '.join(sorted(choices))}, not `{word[:40]}`")
    return choices[word.lower()]


def _number(words: tuple[str, ...]) -> int:
    word = one(words)
    if not (word.isascii() and word.isdigit() and len(word) <= len("2147483648")):
        raise BadPart(f"the value is a whole number, not `{word[:40]}`")
    return int(word)


def _engine(settings: Settings, words: tuple[str, ...]) -> None:
    settings.mode = _choice(words, _MODES)


def _request_body(settings: Settings, words: tuple[str, ...]) -> None:
    settings.reads_request_body = _choice(words, _SWITCHES)


def _response_body(settings: Settings, words: tuple[str, ...]) -> None:
    settings.reads_response_body = _choice(words, _SWITCHES)


def _cut_request(settings: Settings, words: tuple[str, ...]) -> None:
    settings.refuses_cut_request = _choice(words, _CUTS)


def _cut_response(settings: Settings, words: tuple[str, ...]) -> None:
    settings.refuses_cut_response = _choice(words, _CUTS)


def _types(settings: Settings, words: tuple[str, ...]) -> None:
    if not words:
        raise BadPart("the directive takes media types")
    added = [word.lower() for word in words if word != "(null)"]
    settings.response_types = tuple(dict.fromkeys([*settings.response_types, *added]))


def _no_types(settings: Settings, words: tuple[str, ...]) -> None:
    if words:
        raise BadPart("the directive takes no value")
    settings.response_types = ()


def _separator(settings: Settings, words: tuple[str, ...]) -> None:
    separator = one(words).encode()
    if len(separator) != 1 or separator.isalnum() or separator in b"=%+":
        raise BadPart("the separator is one character that no name and no code has")
    settings.argument_separator = separator


def _signature(settings: Settings, words: tuple[str, ...]) -> None:
    settings.component_signature = f"{settings.component_signature} {one(words)}".strip()


def _collections(settings: Settings, words: tuple[str, ...]) -> None:
    settings.collection_seconds = min(_number(words), _MOST_SECONDS)


def _cookies(_settings: Settings, words: tuple[str, ...]) -> None:
    if one(words) != "0":
        raise BadPart("cookies have the form of RFC 6265: the value is 0")


_LIMITS_FOLDED = {name.lower(): field for name, field in _LIMITS.items()}
SETTERS: Final[dict[str, Setter]] = {
    "SecArgumentSeparator": _separator,
    "SecCollectionTimeout": _collections,
    "SecComponentSignature": _signature,
    "SecCookieFormat": _cookies,
    "SecRequestBodyAccess": _request_body,
    "SecRequestBodyLimitAction": _cut_request,
    "SecResponseBodyAccess": _response_body,
    "SecResponseBodyLimitAction": _cut_response,
    "SecResponseBodyMimeType": _types,
    "SecResponseBodyMimeTypesClear": _no_types,
    "SecRuleEngine": _engine,
}
_SETTERS = {name.lower(): setter for name, setter in SETTERS.items()}
NAMES: Final = frozenset({*SETTERS, *_LIMITS})
"""The directives of this module, as their documentation spells them."""
