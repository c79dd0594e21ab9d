"""Converters: each turns an outside value into the type of one kind of parameter."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, get_origin

import msgspec

from juyong.api.errors import InvalidField, MalformedDocument, MissingField
from juyong.api.fields import Between, Commas, Sparse
from juyong.api.member_rules import check_members
from juyong.api.nested_parameters import NUL, Params, separated, sparse, structured
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob

if TYPE_CHECKING:
    from juyong.api.parameters import Field

Converter = Callable[["Field", Params], Any]
_MAX_INT = 2**63 - 1
_MAX_DIGITS = 19


def converter_of(kind: Any, rules: Iterable[Any]) -> Converter:
    for rule in rules:
        if isinstance(rule, Commas):
            return separated
        if isinstance(rule, Sparse):
            return sparse
    return _converter(kind)


def either(other: str, convert: Converter) -> Converter:
    """Convert a parameter that has a second spelling, which counts where the first is absent."""

    def found(field: "Field", params: Params) -> Any:
        if field.wire not in params and other in params:
            params = {**params, field.wire: params[other]}
        return convert(field, params)

    return found


def _converter(kind: Any) -> Converter:
    plain = _CONVERTERS.get(kind)
    if plain is not None:
        return plain
    if get_origin(kind) in (list, tuple, dict) or _is_struct(kind):
        return structured
    raise TypeError(f"no decoder for {kind}")


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _given(field: "Field", params: Params) -> Any:
    value = params.get(field.wire)
    if value is None or (value == "" and not field.clearable):
        if field.required:
            raise MissingField(field.wire)
        return None
    return value


def _text(field: "Field", params: Params) -> Any:
    value = _given(field, params)
    if value is None:
        return field.default
    if not isinstance(value, str) or NUL in value:
        raise InvalidField(field.wire, "Format")
    if value:
        for rule in field.rules:
            rule.check(field.wire, value)
    return value


def _secret(field: "Field", params: Params) -> Any:
    value = _text(field, params)
    return Secret(value) if isinstance(value, str) else value


def _body(field: "Field", params: Params) -> Any:
    """Take the raw body; an absent one is empty."""
    value = params.get(field.wire)
    if isinstance(value, bytes) and value:
        return value
    if field.required:
        raise MissingField(field.wire)
    return field.default


def document(field: "Field", params: Params) -> Any:
    """Read the body, an XML document; an absent one is the default."""
    from juyong.api.documents import read_document  # noqa: PLC0415  # products without XML need none

    value = params.get(field.wire)
    if not value and not field.required:
        return field.default
    if field.xml is None or not isinstance(value, bytes):
        raise MalformedDocument
    found = read_document(value, field.xml.root, field.kind)
    check_members(field.wire, field.kind, found)
    return found


def _arrives(field: "Field", _params: Params) -> Any:
    """Leave a place for the body, which is taken once the call is permitted."""
    return field.default


def _integer(field: "Field", params: Params) -> Any:
    value = _given(field, params)
    if value is None:
        return field.default
    number = _parse_int(field.wire, value)
    for rule in field.rules:
        if isinstance(rule, Between):
            rule.check(field.wire, number)
    return number


def _parse_int(name: str, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        text = str(value)
        digits = text.removeprefix("-").removesuffix(".0")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS):
            raise InvalidField(name, "Format")
        number = -int(digits) if text.startswith("-") else int(digits)
    if abs(number) > _MAX_INT:
        raise InvalidField(name, "Format")
    return number


def _boolean(field: "Field", params: Params) -> Any:
    value = _given(field, params)
    if value is None:
        return field.default
    if isinstance(value, bool):
        return value
    match str(value).lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise InvalidField(field.wire, "Format")


_CONVERTERS: dict[Any, Converter] = {
    str: _text,
    Secret: _secret,
    int: _integer,
    bool: _boolean,
    bytes: _body,
    Blob: _arrives,
}
