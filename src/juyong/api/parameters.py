"""Decode outside values into the types of an operation's signature.

This is where `Any` ends. RPC parameters arrive flat (`Tag.1.Key=k`) or, from the command-line
client, as one JSON text a list (`Tag=[{"Key":"k"}]`); both mean the same.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from juyong.api.errors import ApiError, InvalidField, MalformedDocument, MissingField
from juyong.api.fields import (
    Between,
    Clearable,
    Commas,
    Doc,
    FileOfForm,
    Grouped,
    Header,
    HeadersOf,
    Hidden,
    Items,
    Judged,
    MemberOfBody,
    Only,
    Raises,
    RawBody,
    Sparse,
    Wire,
    XmlBody,
)
from juyong.api.member_rules import check_members, has_member_rules, is_rule, unwrap
from juyong.api.naming import wire_name
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob

Params = Mapping[str, Any]
"""Decoded name to value: text for RPC, JSON values for ROA bodies."""

_NUL = "\x00"
"""No published value holds it, and PostgreSQL cannot store it."""
_MAX_INT = 2**63 - 1
_MAX_DIGITS = 19
_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")
_MOST_LEVELS = 32
"""How deep a `1.Key` path may nest; no published parameter comes near."""


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
    convert: Callable[["Field", Params], Any]
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
    convert = _converter_of(kind, rules) if xml is None else _document
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
        convert=_either(other, convert) if other else convert,
        of_form=any(isinstance(r, FileOfForm) for r in rules),
        path=tuple(wire.split(".")) if any(isinstance(r, MemberOfBody) for r in rules) else (),
    )


def _converter_of(kind: Any, rules: Iterable[Any]) -> Callable[[Field, Params], Any]:
    for rule in rules:
        if isinstance(rule, Commas):
            return _separated
        if isinstance(rule, Sparse):
            return _sparse
    return _converter(kind)


def _either(other: str, convert: Callable[[Field, Params], Any]) -> Callable[[Field, Params], Any]:
    """Convert a parameter that has a second spelling, which counts where the first is absent."""

    def found(field: Field, params: Params) -> Any:
        if field.wire not in params and other in params:
            params = {**params, field.wire: params[other]}
        return convert(field, params)

    return found


def _converter(kind: Any) -> Callable[[Field, Params], Any]:
    plain = _CONVERTERS.get(kind)
    if plain is not None:
        return plain
    if get_origin(kind) in (list, tuple, dict) or _is_struct(kind):
        return _structured
    raise TypeError(f"no decoder for {kind}")


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _given(field: Field, params: Params) -> Any:
    value = params.get(field.wire)
    if value is None or (value == "" and not field.clearable):
        if field.required:
            raise MissingField(field.wire)
        return None
    return value


def _text(field: Field, params: Params) -> Any:
    value = _given(field, params)
    if value is None:
        return field.default
    if not isinstance(value, str) or _NUL in value:
        raise InvalidField(field.wire, "Format")
    if value:
        for rule in field.rules:
            rule.check(field.wire, value)
    return value


def _secret(field: Field, params: Params) -> Any:
    value = _text(field, params)
    return Secret(value) if isinstance(value, str) else value


def _body(field: Field, params: Params) -> Any:
    """Take the raw body; an absent one is empty."""
    value = params.get(field.wire)
    if isinstance(value, bytes) and value:
        return value
    if field.required:
        raise MissingField(field.wire)
    return field.default


def _document(field: Field, params: Params) -> Any:
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


def _arrives(field: Field, _params: Params) -> Any:
    """Leave a place for the body, which is taken once the call is permitted."""
    return field.default


def _integer(field: Field, params: Params) -> Any:
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


def _boolean(field: Field, params: Params) -> Any:
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


def _structured(field: Field, params: Params) -> Any:
    raw = params.get(field.wire)
    prefix = field.wire + "."
    flat: dict[str, Any] = {}
    # PERF: most calls have none, and one search in all names is quicker than one in each.
    if prefix in "\n".join(params):
        flat = {k[len(prefix) :]: v for k, v in params.items() if k.startswith(prefix)}
    if raw not in (None, "") and flat:
        raise InvalidField(field.wire, "Format")
    if flat:
        value: Any = (
            _as_list(_tree(field.wire, flat)) if _is_list(field.kind) else _tree(field.wire, flat)
        )
    elif raw in (None, ""):
        if field.required:
            raise MissingField(field.wire)
        return field.default
    else:
        value = _parse_json(field.wire, raw)
    if _holds_nul(value):
        raise InvalidField(field.wire, "Format")
    return _shape(field, value)


def _separated(field: Field, params: Params) -> Any:
    raw = params.get(field.wire)
    if isinstance(raw, str) and raw and not raw.startswith("["):
        params = {**params, field.wire: [part.strip() for part in raw.split(",")]}
    return _structured(field, params)


def _sparse(field: Field, params: Params) -> Any:
    prefix = field.wire + "."
    given = {k: v for k, v in params.items() if v != "" or not k.startswith(prefix)}
    return _structured(field, given)


def _holds_nul(value: Any) -> bool:
    """Look for NUL in every text of a structure, names included; without recursion."""
    left = [value]
    while left:
        match left.pop():
            case str() as text:
                if _NUL in text:
                    return True
            case dict() as members:
                left += [*members.keys(), *members.values()]
            case list() as items:
                left += items
    return False


def _is_list(kind: Any) -> bool:
    return get_origin(kind) in (list, tuple)


def _parse_json(name: str, raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    try:
        return msgspec.json.decode(raw)
    except (ValueError, RecursionError) as bad:
        raise InvalidField(name, "Format") from bad


def _tree(name: str, flat: Mapping[str, Any]) -> dict[str, Any]:
    """Nest `1.Key` paths; a path that is both leaf and branch, or too deep, is refused."""
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        at = tree
        *branches, leaf = path.split(".")
        if len(branches) >= _MOST_LEVELS:
            raise InvalidField(name, "Format")
        for branch in branches:
            at = at.setdefault(branch, {})
            if not isinstance(at, dict):
                raise InvalidField(name, "Format")
        if isinstance(at.get(leaf), dict):
            raise InvalidField(name, "Format")
        at[leaf] = value
    return tree


def _as_list(tree: Any) -> Any:
    """Turn `{"2": b, "1": a}` into `[a, b]`, at every level; gaps are allowed.

    An index is written in one way: `1` and `01` could be one item or two.
    """
    if not isinstance(tree, dict):
        return tree
    children = {k: _as_list(v) for k, v in tree.items()}
    if children and all(_INDEX.fullmatch(k) for k in children):
        return [children[k] for k in sorted(children, key=int)]
    return children


def _shape(field: Field, value: Any) -> Any:
    try:
        shaped = msgspec.convert(value, field.kind, strict=False, dec_hook=conceal)
    except (msgspec.ValidationError, RecursionError) as bad:
        raise InvalidField(field.wire, "Format") from bad
    if not shaped and not field.required:
        # An SDK sends `Tag=[]` for a list it was given empty: no items, whatever the least is.
        return shaped
    for rule in field.rules:
        if isinstance(rule, Items) and not rule.least <= len(shaped) <= rule.most:
            raise InvalidField(field.wire, "Length")
    if field.member_rules:
        check_members(field.wire, field.kind, shaped)
    return shaped


def conceal(kind: type[Any], value: Any) -> Any:
    """Make the Secret that stands inside a structure."""
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(kind.__name__)


_CONVERTERS: dict[Any, Callable[[Field, Params], Any]] = {
    str: _text,
    Secret: _secret,
    int: _integer,
    bool: _boolean,
    bytes: _body,
    Blob: _arrives,
}
