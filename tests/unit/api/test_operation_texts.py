"""An operation's docstring says what its declaration does not."""

import inspect
import re
import sys

import pytest
from msgspec.structs import replace
from tests.docs.walkthrough import ROOT

from juyong.api import registry
from juyong.api.answers import RawAnswer
from juyong.api.operation_spec import Operation
from juyong.api.product import Product

sys.path.insert(0, str(ROOT / "tools"))

from pages.docstring import docstring_of
from pages.operations import product_page, structure_doc
from pages.values import members

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


@pytest.mark.parametrize("product", registry.packages().values(), ids=lambda each: each.code)
def test_every_parameter_and_error_is_explained_on_the_page(product: Product) -> None:
    for each in product.operations.values():
        args = docstring_of(each.function).args
        told = {name for names in args for name in names.replace(" ", "").split(",")}
        silent = [f for f in each.fields if not (f.doc or f.name in told or structure_doc(f.kind))]
        assert [f.wire for f in silent] == [], each.name
        page = product_page(replace(product, operations={each.name: each}))
        for error in each.raises:
            rows = re.findall(rf"\| `{re.escape(error.code)}` \| {error.status} \|.*", page)
            assert rows
            assert not any(row.endswith("|  |") for row in rows), f"{each.name}: {error.code}"


def test_what_words_its_whole_answer_has_no_members_on_its_page() -> None:
    assert not list(members(RawAnswer))
