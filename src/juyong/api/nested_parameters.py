"""Parameters that are lists, maps or structures: flat names like `Tag.1.Key`, or one JSON text."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_origin

import msgspec

from juyong.api.errors import InvalidField, MissingField
from juyong.api.fields import Items
from juyong.api.member_rules import check_members
from juyong.base.secret import Secret

if TYPE_CHECKING:
    from juyong.api.parameters import Field

Params = Mapping[str, Any]
"""Decoded name to value: text for RPC, JSON values for ROA bodies."""
NUL = "\x00"
"""No published value holds it, and PostgreSQL cannot store it."""
_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")
_MOST_LEVELS = 32
"""How deep a `1.Key` path may nest; no published parameter comes near."""


def structured(field: "Field", params: Params) -> Any:
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


def separated(field: "Field", params: Params) -> Any:
    raw = params.get(field.wire)
    if isinstance(raw, str) and raw and not raw.startswith("["):
        params = {**params, field.wire: [part.strip() for part in raw.split(",")]}
    return structured(field, params)


def sparse(field: "Field", params: Params) -> Any:
    prefix = field.wire + "."
    given = {k: v for k, v in params.items() if v != "" or not k.startswith(prefix)}
    return structured(field, given)


def _holds_nul(value: Any) -> bool:
    """Look for NUL in every text of a structure, names included; without recursion."""
    left = [value]
    while left:
        match left.pop():
            case str() as text:
                if NUL in text:
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


def _shape(field: "Field", value: Any) -> Any:
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
