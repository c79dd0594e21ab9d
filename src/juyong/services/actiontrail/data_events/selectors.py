"""Selectors of data events: read from JSON, and asked whether they select a call.

Source: ActionTrail API reference, PutDataEventSelector (documented): the members, twenty selectors
at most, that a selector without a condition selects everything, and that a name equals. Assumed:
an ARN is compared as policies compare one, with `*` for any text; what is in a bucket or a project
is selected by the ARN of the bucket or the project too; ten values of a list at most.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from juyong.engines.policy import covers

_Value = Annotated[str, Meta(min_length=1, max_length=1024)]
_Values = Annotated[list[_Value], Meta(min_length=1, max_length=10)]
_FIELDS = 5
_PARTS = {"oss": 1, "log": 2}
"""How many segments of a path name the bucket or the project that something is in."""


class BadSelectors(ValueError):
    """The text is no list of selectors."""


class Condition(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"
):
    """Values that a member must have, or must not have; None asks nothing."""

    equals: _Values | None = None
    not_equals: _Values | None = None


class Selector(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"
):
    """The calls of one service that a trail gets as data events."""

    service_name: _Value
    read_write_type: Literal["Read", "Write", "All"] = "All"
    event_name: Condition = Condition()
    resource_arn: Condition = Condition()


class DataCall(NamedTuple):
    """A call on data. effect: `Read` or `Write`. resources: The ARNs of what it was about."""

    service: str
    name: str
    effect: str
    region: str
    resources: tuple[str, ...]


_decoder = msgspec.json.Decoder(Annotated[list[Selector], Meta(max_length=20)])


def read_selectors(text: str) -> list[Selector]:
    """Read a list of selectors.

    Raises:
        BadSelectors: the text is none.
    """
    try:
        found: list[Selector] = _decoder.decode(text)
    except (ValueError, RecursionError) as bad:
        raise BadSelectors from bad
    if any(each.event_name.equals and each.event_name.not_equals for each in found):
        raise BadSelectors
    return found


def selects(selectors: Sequence[Selector], call: DataCall) -> bool:
    """Tell whether one of the selectors selects a call.

    Cost: linear in the selectors of the call's service and their values.
    """
    return any(
        each.service_name == call.service
        and each.read_write_type in ("All", call.effect)
        and _names(each.event_name, call.name)
        and _covers(each.resource_arn, call.resources)
        for each in selectors
    )


def _names(condition: Condition, name: str) -> bool:
    if condition.equals is not None:
        return name in condition.equals
    return condition.not_equals is None or name not in condition.not_equals


def _covers(condition: Condition, resources: Sequence[str]) -> bool:
    """Tell whether ARNs meet a condition; of two lists one is enough, as documented."""
    if condition.equals is None and condition.not_equals is None:
        return True
    named = [name for each in resources for name in (each, _container(each))]
    if condition.equals is not None and _any(condition.equals, named):
        return True
    return condition.not_equals is not None and not _any(condition.not_equals, named)


def _any(patterns: Sequence[str], names: Sequence[str]) -> bool:
    return any(covers(pattern, name) for pattern in patterns for name in names)


def _container(arn: str) -> str:
    """Return the ARN of the bucket or the project that something is in."""
    fields = arn.split(":", 4)
    count = _PARTS.get(fields[1], 0) if len(fields) == _FIELDS else 0
    if not count:
        return arn
    return ":".join((*fields[:-1], "/".join(fields[-1].split("/")[:count])))
