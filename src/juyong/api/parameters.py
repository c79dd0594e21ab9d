"""Decode outside values into the types of an operation's signature.

This is where `Any` ends. RPC parameters arrive flat (`Tag.1.Key=k`) or, from the command-line
client, as one JSON text a list (`Tag=[{"Key":"k"}]`); both mean the same.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from juyong.api.converters import Converter, converter_of, document, either
from juyong.api.errors import ApiError
from juyong.api.fields import (
    Clearable,
    Doc,
    FileOfForm,
    Grouped,
    Header,
    HeadersOf,
    Hidden,
    Judged,
    MemberOfBody,
    Only,
    Raises,
    RawBody,
    Wire,
    XmlBody,
)
from juyong.api.member_rules import has_member_rules, is_rule, unwrap
from juyong.api.naming import wire_name
from juyong.api.nested_parameters import Params
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob


class Group(msgspec.Struct, frozen=True):
    """A parameter of a function that several parameters of the operation fill, see fields.Grouped.

    kind: The Struct; its members have the names of the fields.
    """

    name: str
    kind: Any

    def taken_from(self, values: dict[str, Any]) -> Any:
        """Make the structure of the members' values, which leave `values`."""
        return self.kind(**{name: values.pop(name) for name in self.kind.__struct_fields__})


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter of one operation.

    member_rules: Members of its structure have rules. secret: Events mask it. header: It is read
    from the request header of its wire name, in small letters. headers: It is all headers that
    begin so. raw: It is the body as sent. doc:
    What its type says that it means, or empty. errors, judged, only: See fields.Raises, Judged and
    Only; `only` is empty for every product. always: It is converted even where no parameter has its
    wire name: it is required, or its members are parameters of their own. group: The structure that
    the function takes in place of the value; None of most. of_form: It is the file of a form.
    path: Where in a JSON body it stands, see fields.MemberOfBody; empty of all others.
    """

    name: str
    wire: str
    kind: Any
    required: bool
    default: Any
    rules: tuple[Any, ...]
    member_rules: bool
    clearable: bool
    secret: bool
    header: str | None
    raw: bool
    headers: str
    doc: str
    errors: tuple[type[ApiError], ...]
    xml: XmlBody | None
    judged: Judged | None
    only: str
    always: bool
    convert: Converter
    group: Group | None = None
    of_form: bool = False
    path: tuple[str, ...] = ()


def fields_of(
    function: Callable[..., Any], spell: Callable[[str], str] = wire_name
) -> tuple[Field, ...]:
    """Read the wire parameters off an operation's keyword-only arguments.

    Args:
        function: The operation's.
        spell: How the product spells a Python name.
    """
    hints = get_type_hints(function, include_extras=True)
    found: list[Field] = []
    for p in inspect.signature(function).parameters.values():
        if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name != "prepared":
            kind, rules = unwrap(hints[p.name])
            if any(isinstance(rule, Grouped) for rule in rules):
                found += _members(Group(p.name, kind), spell)
            else:
                found.append(_field(p.name, hints[p.name], p.default, spell))
    names = [field.name for field in found]
    if len(set(names)) < len(names):
        raise TypeError(f"{function.__qualname__} has two parameters of one name: {sorted(names)}")
    return tuple(found)


def _members(group: Group, spell: Callable[[str], str]) -> Iterator[Field]:
    hints = get_type_hints(group.kind, include_extras=True)
    for member in msgspec.structs.fields(group.kind):
        default = inspect.Parameter.empty if member.required else member.default
        field = _field(member.name, hints[member.name], default, spell)
        if field.judged or field.kind is Blob:
            raise TypeError(f"{group.name}.{field.name} must be a parameter by itself")
        yield msgspec.structs.replace(field, group=group)


def declared_fields(
    parameters: Mapping[str, Any], spell: Callable[[str], str] = wire_name
) -> tuple[Field, ...]:
    """Return the fields of parameters that are declared outside a signature.

    A parameter is required unless its type allows None, which then stands for its absence.
    """
    missing = inspect.Parameter.empty
    return tuple(
        _field(name, hint, None if type(None) in get_args(hint) else missing, spell)
        for name, hint in parameters.items()
    )


def decode(fields: tuple[Field, ...], params: Params) -> dict[str, Any]:
    """Decode and check every field of an operation.

    Unknown parameters are ignored, as the real gateway does.

    Raises:
        MissingField: a required one is absent or empty.
        InvalidField: a value is refused.
    """
    # PERF: most calls leave out most parameters.
    return {
        field.name: field.convert(field, params)
        if field.wire in params or field.always
        else field.default
        for field in fields
    }


def groups_of(fields: tuple[Field, ...]) -> tuple[Group, ...]:
    """Return the structures that an operation's function takes in place of some fields."""
    return tuple(dict.fromkeys(field.group for field in fields if field.group is not None))


def grouped(groups: tuple[Group, ...], values: dict[str, Any]) -> dict[str, Any]:
    """Put decoded values into the structures that the function takes."""
    for group in groups:
        values[group.name] = group.taken_from(values)
    return values


def _field(name: str, hint: Any, default: Any, spell: Callable[[str], str]) -> Field:
    kind, rules = unwrap(hint)
    wire = next((r.name for r in rules if isinstance(r, Wire | Header)), spell(name))
    raw = any(isinstance(r, RawBody) for r in rules)
    xml = next((r for r in rules if isinstance(r, XmlBody)), None)
    required = default is inspect.Parameter.empty
    convert = converter_of(kind, rules) if xml is None else document
    other = next((r.other for r in rules if isinstance(r, Wire)), "")
    return Field(
        name=name,
        wire=wire,
        kind=kind,
        required=required,
        default=None if required else default,
        rules=tuple(filter(is_rule, rules)),
        member_rules=has_member_rules(kind),
        clearable=any(isinstance(r, Clearable) for r in rules),
        secret=kind is Secret or raw or any(isinstance(r, Hidden) for r in rules),
        header=next((r.name.lower() for r in rules if isinstance(r, Header)), None),
        raw=raw,
        headers=next((r.prefix for r in rules if isinstance(r, HeadersOf)), ""),
        doc=next((r.text for r in reversed(rules) if isinstance(r, Doc)), ""),
        errors=tuple(error for r in rules if isinstance(r, Raises) for error in r.errors),
        xml=xml,
        judged=next((r for r in rules if isinstance(r, Judged)), None),
        only=next((r.product for r in rules if isinstance(r, Only)), ""),
        always=required or kind not in (str, int, bool) or bool(other),
        convert=either(other, convert) if other else convert,
        of_form=any(isinstance(r, FileOfForm) for r in rules),
        path=tuple(wire.split(".")) if any(isinstance(r, MemberOfBody) for r in rules) else (),
    )
