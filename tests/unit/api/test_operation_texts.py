"""An operation's docstring says what its declaration does not."""

import inspect

import pytest

from juyong.api import registry
from juyong.api.operation import Operation

registry.load_all()
OPERATIONS = [
    each for product in registry.packages().values() for each in product.operations.values()
]


@pytest.mark.parametrize("each", OPERATIONS, ids=lambda each: f"{each.product.code} {each.name}")
def test_errors_and_parameters_are_not_told_twice(each: Operation) -> None:
    text = inspect.cleandoc(each.function.__doc__ or "")
    assert "\nRaises:" not in text, "raises= lists the errors, and each error says when"
    assert "\nReturns:\n    Nothing." not in text
    for field in each.fields:
        assert not field.doc or f"    {field.name}: {field.doc}\n" not in text
