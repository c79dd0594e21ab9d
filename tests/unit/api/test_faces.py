"""One function as operations of two products: shapes and parameters of each."""

from typing import Annotated, Any

import msgspec
import pytest

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Only
from juyong.api.operation import operation
from juyong.api.parameters import decode
from juyong.api.product import Product
from juyong.api.shape import Empty, Of, Shape, settable, to_wire
from juyong.api.wrapping import Listing

ONE, TWO, THREE = (
    Product(code=code, ram_code="x", version="1", hosts=(), title=code)
    for code in ("One", "Two", "Three")
)
ANY = acs("x", "*")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    length: int = 0


class Short(Shape, frozen=True, kw_only=True):
    name: str


class Part(Shape, frozen=True, kw_only=True):
    size: Annotated[int, Of("length")]


class Long(Short, frozen=True, kw_only=True):
    part: Part


class Page(Shape, frozen=True, kw_only=True):
    more: bool


SHAPES = {ONE: Short, TWO: Long, THREE: Empty}


@operation((ONE, TWO, THREE), "MakeThing", resource=ANY, answers="Thing", shows=SHAPES)
def make_thing(
    _ctx: Context, *, name: str, length: Annotated[int | None, Only("Two")] = None
) -> Row:
    return Row(name=name, length=length or 0)


@operation((ONE, TWO), "ListThings", resource=ANY, answers="Things.Thing", shows=SHAPES)
def list_things(_ctx: Context) -> list[Row]:
    return [Row(name="a", length=1), Row(name="b", length=2)]


@operation((ONE, TWO), "PageThings", resource=ANY, answers="Things", shows=SHAPES)
def page_things(_ctx: Context) -> Listing[Row, Page]:
    return Listing([Row(name="a", length=1)], Page(more=True))


@operation((ONE, TWO), "GetThing", resource=ANY, shows=SHAPES)
def get_thing(_ctx: Context) -> Row:
    return Row(name="a", length=1)


@operation(ONE, "GetLength", resource=ANY, answers="Thing.Part")
def get_length(_ctx: Context) -> Part:
    return Part(size=7)


def answered(product: Product, name: str, **params: str) -> Any:
    called = product.operations[name]
    ctx: Any = None
    answer = called.run(ctx, decode(called.fields, params))
    assert isinstance(answer, called.result)
    return msgspec.json.decode(to_wire(answer))


@pytest.mark.parametrize(
    ("product", "thing"),
    [
        (ONE, {"Thing": {"Name": "a"}}),
        (TWO, {"Thing": {"Name": "a", "Part": {"Size": 3}}}),
        (THREE, {}),
    ],
)
def test_each_product_shows_its_shape_and_takes_its_parameters(
    product: Product, thing: dict[str, Any]
) -> None:
    assert answered(product, "MakeThing", Name="a", Length="3") == thing
    wires = [field.wire for field in product.operations["MakeThing"].fields]
    assert wires == (["Name", "Length"] if product is TWO else ["Name"])


def test_lists_pages_and_whole_answers_are_shown_row_by_row() -> None:
    long = [{"Name": "a", "Part": {"Size": 1}}, {"Name": "b", "Part": {"Size": 2}}]
    assert answered(ONE, "ListThings") == {"Things": {"Thing": [{"Name": "a"}, {"Name": "b"}]}}
    assert answered(TWO, "ListThings") == {"Things": {"Thing": long}}
    assert answered(TWO, "PageThings") == {"Things": long[:1], "More": True}
    assert answered(TWO, "GetThing") == long[0]
    assert answered(ONE, "GetThing") == {"Name": "a"}


def test_the_fields_of_parts_are_settable_under_their_own_names() -> None:
    assert [(name, column) for name, _, column in settable(Long)] == [
        ("name", "name"),
        ("size", "length"),
    ]


def test_one_member_can_have_two_names_around_it() -> None:
    assert answered(ONE, "GetLength") == {"Thing": {"Part": {"Size": 7}}}
