"""A shape shows a row: fields by name, `Of` for others, and what the call adds."""

from typing import Annotated, NamedTuple, get_args

import msgspec
import pytest

from juyong.api.shape import CreateDate, Of, Shape, Within, to_wire
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


class Listed(Shape, frozen=True, kw_only=True):
    names: Annotated[list[str], Within("Name")]
    words: Annotated[tuple[str, ...], Of("note", str.split), Within("Word")] = ()


class Plain(Listed, frozen=True, kw_only=True):
    pass


class Longer(Plain, frozen=True, kw_only=True):
    others: Annotated[tuple[str, ...], Within("Other")] = ()


def test_a_field_within_is_shown_as_an_object_with_one_member() -> None:
    assert to_wire(Listed(names=["a"])) == b'{"Names":{"Name":["a"]},"Words":{"Word":[]}}'
    shown = Longer.of(Row(thing_name="a", note="n o"), names=["b"])
    assert msgspec.json.decode(to_wire(shown)) == {
        "Names": {"Name": ["b"]},
        "Words": {"Word": ["n", "o"]},
        "Others": {"Other": []},
    }


def test_a_field_within_is_wrapped_once() -> None:
    made = Longer(names=["a"])
    assert list(made.names) == ["a"]
    again = msgspec.structs.replace(made, others=("b",))
    assert msgspec.json.decode(to_wire(again)) == {
        "Names": {"Name": ["a"]},
        "Words": {"Word": []},
        "Others": {"Other": ["b"]},
    }


def test_the_type_of_a_field_within_is_the_wrapped_one() -> None:
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(Longer)}
    for name, member in (("Names", "Name"), ("Words", "Word"), ("Others", "Other")):
        around = get_args(kinds[name])[0]
        assert [field.encode_name for field in msgspec.structs.fields(around)] == [member]
