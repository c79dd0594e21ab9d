"""A shape shows a row: fields by name, `Of` for others, and what the call adds."""

from typing import Annotated, NamedTuple

import msgspec
import pytest

from juyong.api.shape import CreateDate, Of, Shape, to_wire
from juyong.base.clock import Instant


class Row(msgspec.Struct, frozen=True, kw_only=True):
    thing_name: str
    note: str = ""
    hidden: str = "not a field of the shape"
    created_at: Instant = Instant(0)

    @property
    def arn(self) -> str:
        return f"acs:thing/{self.thing_name}"


class Thing(Shape, frozen=True, kw_only=True):
    thing_name: str
    arn: str
    label: Annotated[str, Of("note")]
    note: Annotated[str | msgspec.UnsetType, Of(through=lambda text: text or msgspec.UNSET)] = ""
    create_date: CreateDate


class Counted(Thing, frozen=True, kw_only=True):
    count: int
    more: str | msgspec.UnsetType = msgspec.UNSET


def test_fields_come_from_attributes_properties_and_of() -> None:
    assert msgspec.json.decode(to_wire(Thing.of(Row(thing_name="a", note="n")))) == {
        "ThingName": "a",
        "Arn": "acs:thing/a",
        "Label": "n",
        "Note": "n",
        "CreateDate": "1970-01-01T00:00:00Z",
    }


def test_a_conversion_may_leave_a_field_out() -> None:
    assert "Note" not in msgspec.json.decode(to_wire(Thing.of(Row(thing_name="a"))))


def test_a_heir_takes_the_fields_that_the_call_adds_and_keeps_its_defaults() -> None:
    shown = Counted.of(Row(thing_name="a"), count=2, thing_name="b")
    assert (shown.count, shown.thing_name, shown.more) == (2, "b", msgspec.UNSET)


def test_a_field_that_nothing_gives_is_refused() -> None:
    with pytest.raises(AttributeError, match="count"):
        Counted.of(Row(thing_name="a"))
    with pytest.raises(TypeError):
        Thing.of(Row(thing_name="a"), nonsense=1)


def test_an_attribute_of_an_attribute_can_be_shown() -> None:
    class Pair(NamedTuple):
        first: Row

    class OfPair(Shape, frozen=True, kw_only=True):
        name: Annotated[str, Of("first.thing_name")]

    assert OfPair.of(Pair(Row(thing_name="a"))).name == "a"
