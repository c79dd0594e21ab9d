"""Rules on the members and items of a structured parameter, at any depth."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from juyong.api.errors import InvalidField
from juyong.api.fields import Items, LongestBody


def unwrap(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Split a type from its annotations; of alternatives, the first that is not None counts."""
    rules: tuple[Any, ...] = ()
    while True:
        if get_origin(hint) is Annotated:
            hint, *more = get_args(hint)
            rules += tuple(more)
        elif get_origin(hint) in (Union, types.UnionType):
            hint = next(a for a in get_args(hint) if a is not type(None))
        elif hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        else:
            return hint, rules


def is_rule(annotation: Any) -> bool:
    """Tell whether an annotation refuses values; others only describe a parameter."""
    return hasattr(annotation, "check") or isinstance(annotation, Items | LongestBody)


def has_member_rules(kind: Any, seen: tuple[Any, ...] = ()) -> bool:
    """Tell whether anything inside a type has a rule; asked once, when an operation is declared."""
    if kind in seen:
        return False
    inside = [unwrap(hint) for hint in _inside(kind)]
    return any(
        any(map(is_rule, rules)) or has_member_rules(inner, (*seen, kind))
        for inner, rules in inside
    )


def _inside(kind: Any) -> Iterator[Any]:
    if get_origin(kind) in (list, tuple):
        yield get_args(kind)[0]
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from (member.type for member in msgspec.structs.fields(kind))


def check_members(name: str, kind: Any, value: Any) -> None:
    """Check the members or items of a decoded value; one that is absent has nothing to check.

    Raises:
        InvalidField: names the path of what is refused, such as `Filter.2.Key`.
    """
    if isinstance(value, list | tuple):
        for number, item in enumerate(value, 1):
            _check(f"{name}.{number}", get_args(kind)[0], item)
    elif isinstance(value, msgspec.Struct):
        for member in msgspec.structs.fields(value):
            _check(f"{name}.{member.encode_name}", member.type, getattr(value, member.name))


def _check(name: str, hint: Any, value: Any) -> None:
    if value is None or value is msgspec.UNSET:
        return
    kind, rules = unwrap(hint)
    for rule in rules:
        if isinstance(rule, Items):
            if not rule.least <= len(value) <= rule.most:
                raise InvalidField(name, "Length")
        elif is_rule(rule):
            rule.check(name, value)
    check_members(name, kind, value)
