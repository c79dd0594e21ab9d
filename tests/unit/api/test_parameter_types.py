"""The type of a parameter brings errors and condition keys to each operation that takes it."""

from typing import Annotated, Any

import pytest

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Judged, Raises
from juyong.api.operation import operation
from juyong.api.operation_spec import Operation
from juyong.api.product import Product

TooLoud = fact("Volume.TooLoud", 400, "Too loud.", why="The volume is above 10.")
Spent = fact("Volume.Spent", 409, "Spent.", why="The battery is empty.")


def _volume(value: int) -> dict[str, tuple[str, ...]]:
    """Return radio:Volume."""
    return {"radio:Volume": (str(value),)}


Volume = Annotated[int, Raises((TooLoud,)), Judged(_volume)]


def declared(**options: Any) -> Operation:
    product = Product(code="Radio", ram_code="radio", version="1", hosts=("radio",), title="Radio")

    @operation(product, "SetVolume", resource=acs("radio", "*"), **options)
    def set_volume(ctx: Context, *, volume: Volume, night: Volume | None = None) -> None: ...

    return product.operations["SetVolume"]


def test_the_types_errors_join_those_of_the_operation_once() -> None:
    assert declared(raises=(Spent,)).raises == (Spent, TooLoud)
    assert declared(raises=(TooLoud,)).raises == (TooLoud,)


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        ({"volume": 3, "night": None}, {"radio:Volume": ("3",), "radio:Mode": ("day",)}),
        ({"volume": None, "night": 7}, {"radio:Volume": ("7",), "radio:Mode": ("day",)}),
    ],
)
def test_the_types_keys_join_those_of_the_operations_rule(arguments: Any, keys: Any) -> None:
    rule = declared(conditions=lambda _ctx, _arguments: {"radio:Mode": ("day",)}).conditions
    context: Any = None
    assert rule
    assert rule(context, arguments) == keys


def test_an_operation_whose_parameters_bring_no_keys_keeps_its_own_rule() -> None:
    def own(_ctx: Context, _arguments: Any) -> dict[str, tuple[str, ...]]:
        return {}

    product = Product(code="Radio", ram_code="radio", version="1", hosts=("radio",), title="Radio")

    @operation(product, "Mute", resource=acs("radio", "*"), conditions=own)
    def mute(ctx: Context) -> None: ...

    assert product.operations["Mute"].conditions is own
