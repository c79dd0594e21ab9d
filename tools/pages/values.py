"""Say what kinds of values parameters and answers hold."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from juyong.api.answers import RawAnswer
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob

_NAMES: dict[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    bytes: "bytes",
    Blob: "bytes",
    Secret: "secret string",
    Any: "any value",
    msgspec.Raw: "any value",
    object: "any value",
}


def plain(hint: Any) -> Any:
    """Strip annotations, new types and the absent alternatives off a type."""
    while True:
        if get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
        elif get_origin(hint) in (Union, types.UnionType):
            kept = [a for a in get_args(hint) if a not in (type(None), msgspec.UnsetType)]
            if len(kept) != 1:
                return hint
            hint = kept[0]
        elif hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        else:
            return hint


def kind_of(hint: Any) -> str:
    """Name a type as a caller sees it."""
    bare = plain(hint)
    origin = get_origin(bare)
    if origin in (list, tuple):
        kind = kind_of(get_args(bare)[0])
        return f"list of {kind}" if kind.startswith(("list", "any")) else f"list of {kind}s"
    if origin is dict or bare is dict:
        return "object"
    if is_struct(bare):
        return "object"
    if origin in (Union, types.UnionType):
        return " or ".join(kind_of(a) for a in get_args(bare))
    return _NAMES.get(bare) or str(getattr(bare, "__name__", bare))


def is_struct(hint: Any) -> bool:
    """Tell whether a type has fields that callers see; a whole HTTP answer or body has none."""
    is_plain = hint in (RawAnswer, Blob)
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct) and not is_plain


def members(hint: Any, prefix: str = "") -> Iterator[tuple[str, str, bool, FieldInfo]]:
    """Yield (path, kind, always there, field) of every field under a type, outer ones first."""
    bare = plain(hint)
    while get_origin(bare) in (list, tuple):
        bare, prefix = plain(get_args(bare)[0]), f"{prefix}[]"
    if not is_struct(bare):
        return
    for field in msgspec.structs.fields(bare):
        path = f"{prefix}.{field.encode_name}" if prefix else field.encode_name
        yield path, kind_of(field.type), field.default is not msgspec.UNSET, field
        if not is_struct(plain(field.type)) or plain(field.type) is not bare:
            yield from members(field.type, path)
