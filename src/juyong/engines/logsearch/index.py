"""The index of a logstore: which keys are searched, as which type, cut at which delimiters.

Source: SLS API reference, CreateIndex (documented), and what official clients send (observed in
aliyun-log-python-sdk and the Terraform provider): unknown names are ignored, a missing `token` is
taken as no delimiter (assumed).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

import msgspec

from juyong.base.shown import shown
from juyong.engines.logsearch.errors import IndexInvalid
from juyong.engines.logsearch.json_leaves import DEEPEST
from juyong.engines.logsearch.log import TAG
from juyong.engines.logsearch.tokens import Tokenizer

LEAST_TEXT, MOST_TEXT, USUAL_TEXT = 64, 16384, 2048
MOST_BYTES = 1 << 20
_MOST_NAME = 256
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class FieldType(StrEnum):
    """How the value of a key is read."""

    TEXT = "text"
    LONG = "long"
    DOUBLE = "double"
    JSON = "json"


NUMERIC: Final = frozenset({FieldType.LONG, FieldType.DOUBLE})


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A key with an index.

    name: the name that a search uses; `key.path` for a leaf of a JSON key.
    tokenizer: how text is cut; numbers have the empty one.
    doc_value: whether SQL has a column of it; alias: another name of that column, or "".
    parent, leaf: the JSON key and the path in it, for leaves.
    index_all: whether all leaves of a JSON key are searched, down to max_depth names.
    scoped: a leaf that is searched only because its JSON key has index_all, or a tag that has no
    index of its own; the name of the tag is its leaf.
    """

    name: str
    type: FieldType = FieldType.TEXT
    tokenizer: Tokenizer = Tokenizer()
    doc_value: bool = False
    alias: str = ""
    parent: str = ""
    leaf: str = ""
    index_all: bool = False
    max_depth: int = DEEPEST
    scoped: bool = False


class LineIndex(msgspec.Struct, frozen=True, kw_only=True):
    """The index over the values of all keys, of `include` alone, or of all except `exclude`."""

    tokenizer: Tokenizer
    include: frozenset[str] | None = None
    exclude: frozenset[str] = frozenset()

    def covers(self, key: str) -> bool:
        """Tell whether values of a key are part of it."""
        return key not in self.exclude if self.include is None else key in self.include


BUILT_IN = (Field(name="__topic__"), Field(name="__source__"))
"""Keys that need no index; their whole value is one word. Source: SLS user guide, Reserved fields
(documented); that case does not count (assumed)."""


class IndexConfig(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All that searches and SQL need to know of an index.

    max_text_len: the most characters of a text that SQL sees.
    """

    line: LineIndex | None = None
    keys: tuple[Field, ...] = ()
    max_text_len: int = USUAL_TEXT

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in (*BUILT_IN, *self.keys)}

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        """Fields that have a column in a file: all except the built-in ones."""
        return tuple(self.keys)

    def field(self, name: str) -> Field | None:
        """Find the field that a search names; None when the name has no index.

        `source` means `__source__` unless a key has that name.
        """
        if found := self._by_name.get(name):
            return found
        if name == "source":
            return self._by_name["__source__"]
        if name.startswith(TAG):
            return Field(name=name, leaf=name.removeprefix(TAG), scoped=True)
        return self._leaf(name)

    def _leaf(self, name: str) -> Field | None:
        for key in self.keys:
            if key.index_all and name.startswith(key.name + "."):
                leaf = name.removeprefix(key.name + ".")
                if leaf.count(".") < key.max_depth:
                    return Field(
                        name=name,
                        tokenizer=key.tokenizer,
                        parent=key.name,
                        leaf=leaf,
                        scoped=True,
                    )
        return None


def parse_index(document: bytes | str | Mapping[str, Any]) -> IndexConfig:
    """Read the JSON of an index.

    Args:
        document: The body of CreateIndex or UpdateIndex, or the object that it holds.

    Raises:
        IndexInvalid: no JSON object, neither `line` nor `keys`, or a part that is not allowed; the
            text names the part.

    Cost: linear in the document, of which at most 1 MiB is read.
    """
    if not isinstance(document, Mapping):
        document = _decoded(document)
    keys: list[Field] = []
    for name, value in _object(document.get("keys") or {}, "keys").items():
        keys += _key(name, _object(value, f"keys.{name}"))
    line = _line(_object(document["line"], "line")) if document.get("line") is not None else None
    if line is None and not keys:
        raise IndexInvalid("the index has neither line nor keys")
    _no_twice([key.name for key in keys], "the key {} is indexed twice")
    _no_twice([k.alias for k in keys if k.alias], "the alias {} is used twice")
    length = _whole(document.get("max_text_len") or USUAL_TEXT, "max_text_len")
    if not LEAST_TEXT <= length <= MOST_TEXT:
        raise IndexInvalid(f"max_text_len must be from {LEAST_TEXT} to {MOST_TEXT}")
    return IndexConfig(line=line, keys=tuple(keys), max_text_len=length)


def _decoded(text: bytes | str) -> Mapping[str, Any]:
    if len(text) > MOST_BYTES:
        raise IndexInvalid(f"the index has more than {MOST_BYTES} bytes")
    try:
        value: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise IndexInvalid("the index is not JSON") from None
    return _object(value, "the index")


def _key(name: str, value: Mapping[str, Any]) -> Iterable[Field]:
    _name(name)
    where = f"keys.{name}"
    kind = _type(value.get("type"), where, set(FieldType))
    numeric = kind in NUMERIC
    tokenizer = Tokenizer() if numeric else _tokenizer(value, where)
    is_json = kind is FieldType.JSON
    yield Field(
        name=name,
        type=kind,
        tokenizer=tokenizer,
        doc_value=_flag(value, "doc_value", where),
        alias=_alias(value, where),
        index_all=is_json and _flag(value, "index_all", where),
        max_depth=_depth(value, where) if is_json else DEEPEST,
    )
    leaves = _object(value.get("json_keys") or {}, f"{where}.json_keys") if is_json else {}
    for path, each in leaves.items():
        _name(path)
        part = f"{where}.json_keys.{path}"
        leaf = _object(each, part)
        yield Field(
            name=f"{name}.{path}",
            type=_type(leaf.get("type", "text"), part, {*FieldType} - {FieldType.JSON}),
            tokenizer=tokenizer,
            doc_value=_flag(leaf, "doc_value", part, default=_flag(value, "doc_value", where)),
            alias=_alias(leaf, part),
            parent=name,
            leaf=path,
        )


def _line(value: Mapping[str, Any]) -> LineIndex:
    include, exclude = (
        _names(value.get(name) or [], f"line.{name}") for name in ("include_keys", "exclude_keys")
    )
    if include and exclude:
        raise IndexInvalid("line has both include_keys and exclude_keys")
    return LineIndex(tokenizer=_tokenizer(value, "line"), include=include or None, exclude=exclude)


def _tokenizer(value: Mapping[str, Any], where: str) -> Tokenizer:
    token = value.get("token") or []
    if not isinstance(token, list) or not all(isinstance(t, str) and len(t) == 1 for t in token):
        raise IndexInvalid(f"{shown(where)}: token must be a list of single characters")
    if len(token) != len(set(token)):
        token = list(dict.fromkeys(token))
    return Tokenizer(
        "".join(token), _flag(value, "caseSensitive", where), _flag(value, "chn", where)
    )


def _type(value: object, where: str, allowed: set[FieldType]) -> FieldType:
    for kind in allowed:
        if value == kind.value:
            return kind
    names = ", ".join(sorted(allowed))
    raise IndexInvalid(f"{shown(where)}: type must be one of {names}")


def _flag(value: Mapping[str, Any], name: str, where: str, *, default: bool = False) -> bool:
    found = value.get(name)
    if found is None:
        return default
    if not isinstance(found, bool):
        raise IndexInvalid(f"{shown(where)}: {name} must be true or false")
    return found


def _depth(value: Mapping[str, Any], where: str) -> int:
    depth = value.get("max_depth")
    if depth is None or depth == -1:
        return DEEPEST
    if _whole(depth, f"{where}.max_depth") < 1:
        raise IndexInvalid(f"{shown(where)}: max_depth must be -1 or at least 1")
    return min(int(depth), DEEPEST)


def _whole(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise IndexInvalid(f"{where} must be a whole number")
    return value


def _alias(value: Mapping[str, Any], where: str) -> str:
    alias = value.get("alias") or ""
    if not isinstance(alias, str):
        raise IndexInvalid(f"{shown(where)}: alias must be a string")
    if alias:
        _name(alias)
    return alias


def _name(name: str) -> None:
    if not name or len(name) > _MOST_NAME or _CONTROL.search(name):
        raise IndexInvalid(f"{shown(name)} is not the name of a key")


def _names(value: object, where: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise IndexInvalid(f"{where} must be a list of keys")
    return frozenset(value)


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise IndexInvalid(f"{shown(where)} must be an object")
    return value


def _no_twice(names: list[str], text: str, shape: Callable[[str], str] = shown) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise IndexInvalid(text.format(shape(name)))
        seen.add(name)
