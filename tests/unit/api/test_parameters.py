"""Decoding: types, both list forms, bounds — and nothing but documented refusals."""

import contextlib
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from juyong.api.errors import ApiError, InvalidField, MissingField, fact
from juyong.api.fields import (
    Between,
    Clearable,
    Commas,
    Doc,
    Grouped,
    Header,
    HeadersOf,
    Items,
    Judged,
    OneOf,
    Sparse,
    Text,
    Wire,
)
from juyong.api.parameters import declared_fields, decode, fields_of, grouped, groups_of
from juyong.api.shape import Shape
from juyong.base.secret import Secret


class Tag(Shape, frozen=True, kw_only=True):
    key: str
    value: str = ""


class Order(Shape, frozen=True, kw_only=True):
    by: Annotated[str, OneOf(("Name", "Time"))]
    most: Annotated[int, Between(1, 9)] | None = None
    names: Annotated[list[Annotated[str, Text(1, 3)]], Items(1, 2)] | msgspec.UnsetType = (
        msgspec.UNSET
    )


class Sorting(Shape, frozen=True, kw_only=True):
    orders: list[Order]


def sample(
    ctx: object,
    *,
    user_name: Annotated[str, Text(1, 3, chars="a-z")],
    count: Annotated[int, Between(1, 10)] = 5,
    flag: bool = False,
    note: Annotated[str, Text(0, 5), Clearable()] | None = None,
    kind: Annotated[str, OneOf(("A", "B"))] = "A",
    password: Secret | None = None,
    tag: Annotated[list[Tag], Items(0, 2)] = [],  # noqa: B006
    names: Annotated[list[str], Wire("Name")] = [],  # noqa: B006
    vpcs: Annotated[list[str], Items(1, 2), Commas()] | None = None,
    sorting: Sorting | None = None,
    page: Annotated[int, Wire("page", "Page")] = 1,
) -> None: ...


FIELDS = fields_of(sample)


def decoded(**params: Any) -> dict[str, Any]:
    return decode(FIELDS, {"UserName": "abc", **params})


GOOD: list[tuple[dict[str, Any], str, Any]] = [
    ({}, "count", 5),
    ({"Count": "1"}, "count", 1),
    ({"Count": "10"}, "count", 10),
    ({"Count": "7.0"}, "count", 7),
    ({"Count": ""}, "count", 5),
    ({"Flag": "True"}, "flag", True),
    ({"Flag": "false"}, "flag", False),
    ({"Flag": True}, "flag", True),
    ({"Note": ""}, "note", ""),
    ({}, "note", None),
    ({"Kind": "B"}, "kind", "B"),
    ({"Tag.1.Key": "k", "Tag.1.Value": "v"}, "tag", [Tag(key="k", value="v")]),
    ({"Tag": '[{"Key":"k","Value":"v"}]'}, "tag", [Tag(key="k", value="v")]),
    ({"Tag": "[]"}, "tag", []),
    ({"Tag.7.Key": "b", "Tag.2.Key": "a"}, "tag", [Tag(key="a"), Tag(key="b")]),
    ({"Name.1": "x", "Name.10": "z", "Name.2": "y"}, "names", ["x", "y", "z"]),
    ({"Name": '["x","y"]'}, "names", ["x", "y"]),
    ({"Vpcs": "a, b"}, "vpcs", ["a", "b"]),
    ({"Vpcs": '["a","b"]'}, "vpcs", ["a", "b"]),
    ({"Vpcs.1": "a"}, "vpcs", ["a"]),
    ({}, "vpcs", None),
    ({"page": "2"}, "page", 2),
    ({"Page": "2"}, "page", 2),
    ({"page": "2", "Page": "3"}, "page", 2),
    ({"Unknown": "ignored"}, "count", 5),
]


@pytest.mark.parametrize(("params", "name", "value"), GOOD)
def test_accepted(params: dict[str, Any], name: str, value: Any) -> None:
    assert decoded(**params)[name] == value


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"UserName": "abcd"}, "UserName", "Length"),
    ({"UserName": "A"}, "UserName", "InvalidChars"),
    ({"Count": "0"}, "Count", "Range"),
    ({"Count": "11"}, "Count", "Range"),
    ({"Count": "1.5"}, "Count", "Format"),
    ({"Count": "١"}, "Count", "Format"),
    ({"Count": "9" * 30}, "Count", "Format"),
    ({"Count": True}, "Count", "Format"),
    ({"Flag": "yes"}, "Flag", "Format"),
    ({"Kind": "C"}, "Kind", ""),
    ({"Note": "a\x00"}, "Note", "Format"),
    ({"Tag": '[{"Key":"\\u0000"}]'}, "Tag", "Format"),
    ({"Tag.1.Key": "\x00"}, "Tag", "Format"),
    ({"Note": "123456"}, "Note", "Length"),
    ({"Tag": "not json"}, "Tag", "Format"),
    ({"Tag": "{}"}, "Tag", "Format"),
    ({"Tag": '[{"Value":"v"}]'}, "Tag", "Format"),
    ({"Tag": "[]", "Tag.1.Key": "k"}, "Tag", "Format"),
    ({"Tag.1": "x", "Tag.1.Key": "k"}, "Tag", "Format"),
    ({"Tag.1.Key": "k", "Tag.2.Key": "k", "Tag.3.Key": "k"}, "Tag", "Length"),
    ({"Name": "[" * 5000}, "Name", "Format"),
    ({"Name": "a,b"}, "Name", "Format"),
    ({"Vpcs": "a,b,c"}, "Vpcs", "Length"),
    ({"Vpcs": "a", "Vpcs.1": "a"}, "Vpcs", "Format"),
]


@pytest.mark.parametrize(("params", "name", "why"), BAD)
def test_refused(params: dict[str, Any], name: str, why: str) -> None:
    with pytest.raises(InvalidField) as caught:
        decoded(**params)
    assert (caught.value.name, caught.value.why) == (name, why)


def order(**members: Any) -> dict[str, Any]:
    return {"Sorting": {"Orders": [{"By": "Name"}, {"By": "Time", **members}]}}


@pytest.mark.parametrize("params", [order(), order(Most=1), order(Most=9, Names=["a", "abc"])])
def test_members_within_their_rules_are_accepted(params: dict[str, Any]) -> None:
    assert decoded(**params)["sorting"].orders[1].by == "Time"


@pytest.mark.parametrize(
    ("params", "name", "why"),
    [
        (order(By="Size"), "Sorting.Orders.2.By", ""),
        (order(Most=0), "Sorting.Orders.2.Most", "Range"),
        (order(Most=10), "Sorting.Orders.2.Most", "Range"),
        (order(Names=[]), "Sorting.Orders.2.Names", "Length"),
        (order(Names=["a", "b", "c"]), "Sorting.Orders.2.Names", "Length"),
        (order(Names=["a", "abcd"]), "Sorting.Orders.2.Names.2", "Length"),
        ({"Sorting": '{"Orders":[{"By":"name"}]}'}, "Sorting.Orders.1.By", ""),
    ],
)
def test_members_have_rules_too(params: dict[str, Any], name: str, why: str) -> None:
    with pytest.raises(InvalidField) as caught:
        decoded(**params)
    assert (caught.value.name, caught.value.why) == (name, why)


def test_number_of_cases() -> None:
    assert (len(GOOD), len(BAD)) == (25, 24)


@pytest.mark.parametrize("params", [{}, {"UserName": ""}])
def test_required_parameter_is_missing(params: dict[str, str]) -> None:
    with pytest.raises(MissingField, match="UserName"):
        decode(FIELDS, params)


def test_secret_parameter_hides_itself() -> None:
    value = decoded(Password="hunter2")["password"]
    assert value.reveal() == "hunter2"
    assert "hunter2" not in f"{value!r} {value} {[value]}"


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "UserName",
                "Count",
                "Flag",
                "Note",
                "Kind",
                "Tag",
                "Tag.1",
                "Tag.1.Key",
                "Name",
                "Name.1",
                "Name.x",
            ]
        ),
        st.one_of(st.text(max_size=30), st.integers(), st.booleans(), st.lists(st.text())),
    )
)
def test_only_documented_refusals_escape(params: dict[str, Any]) -> None:
    with contextlib.suppress(InvalidField, MissingField):
        decode(FIELDS, params)


def test_shapes_leave_unset_fields_out() -> None:
    class Answer(Shape, frozen=True, kw_only=True):
        marker: str | msgspec.UnsetType = msgspec.UNSET
        mfa_device: str = "x"

    assert msgspec.json.encode(Answer()) == b'{"MFADevice":"x"}'


def test_a_declared_parameter_whose_type_allows_none_may_be_absent() -> None:
    name = Annotated[str, Text(1, 4)]
    fields = declared_fields({"must_name": name, "may_name": name | None})
    assert [field.required for field in fields] == [True, False]
    assert decode(fields, {"MustName": "a"}) == {"must_name": "a", "may_name": None}
    with pytest.raises(InvalidField):
        decode(fields, {"MustName": "a", "MayName": "abcde"})
    with pytest.raises(MissingField):
        decode(fields, {})


def test_a_fact_is_an_error_with_its_code_text_and_reason() -> None:
    no_user = fact("EntityNotExist.User", 404, "No {name}.", why="There is none.")
    with pytest.raises(ApiError) as caught:
        raise no_user(name="alice")
    assert (caught.value.code, caught.value.status) == ("EntityNotExist.User", 404)
    assert caught.value.message == "No alice."
    assert no_user.__doc__ == "There is none."


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    color: Annotated[str, Header("X-Color"), OneOf(("red", "blue"))]
    size: Annotated[int, Between(1, 9), Doc("How large.")] = 3
    words: Annotated[dict[str, str], HeadersOf("x-word-")] | None = None
    pin: Secret | None = None


def marked(ctx: object, *, name: str, marks: Annotated[Marks, Grouped()]) -> None: ...


def test_a_group_is_fields_on_the_wire_and_one_value_in_the_call():
    fields = fields_of(marked)
    assert [field.wire for field in fields] == ["Name", "X-Color", "Size", "Words", "Pin"]
    assert [field.header for field in fields] == [None, "x-color", None, None, None]
    assert [field.secret for field in fields] == [False, False, False, False, True]
    groups = groups_of(fields)
    values = grouped(groups, decode(fields, {"Name": "n", "X-Color": "red", "Pin": "1234"}))
    assert values == {"name": "n", "marks": Marks(color="red", pin=Secret("1234"))}


@pytest.mark.parametrize(
    ("params", "why"),
    [({"X-Color": "green"}, "X-Color: "), ({"X-Color": "red", "Size": "10"}, "Size: Range")],
)
def test_members_of_a_group_keep_their_rules(params, why):
    with pytest.raises(InvalidField, match=f"^{why}"):
        decode(fields_of(marked), {"Name": "n", **params})


def test_a_required_member_of_a_group_is_asked_for():
    with pytest.raises(MissingField, match="X-Color"):
        decode(fields_of(marked), {"Name": "n"})


def test_a_group_cannot_hide_what_must_be_seen_by_itself():
    class Judging(msgspec.Struct, kw_only=True):
        size: Annotated[str, Judged(lambda size: {"size": (size,)})] = ""

    def judging(*, group: Annotated[Judging, Grouped()]) -> None: ...

    def twice(*, size: int, marks: Annotated[Marks, Grouped()]) -> None: ...

    judging.__annotations__["group"] = Annotated[Judging, Grouped()]
    for function, why in ((judging, r"group\.size"), (twice, "two parameters")):
        with pytest.raises(TypeError, match=why):
            fields_of(function)


def test_empty_members_of_a_sparse_structure_are_absent() -> None:
    fields = declared_fields(
        {
            "order": Annotated[Order, Sparse()] | None,
            "many": Annotated[list[Order], Sparse()] | None,
        }
    )
    params = {"Order.By": "Name", "Order.Most": "", "Many.1.By": "", "Many.2.By": "Time"}
    assert decode(fields, params) == {"order": Order(by="Name"), "many": [Order(by="Time")]}
    assert decode(fields, {"Order.By": ""}) == {"order": None, "many": None}
    with pytest.raises(InvalidField):
        decode(fields, {"Order.By": "", "Order.Most": "1"})
