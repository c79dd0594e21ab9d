"""Catalogues hold what the official SDKs of these tests call, of the releases that run here."""

import sys
from importlib.metadata import Distribution, distributions

import pytest
from tests.docs.walkthrough import ROOT

from juyong.api import registry
from juyong.api.catalogue import published
from juyong.api.product import Product

sys.path.insert(0, str(ROOT / "tools"))

from catalogue import is_sdk, of_packages

PRODUCTS = {f"{p.code} {p.version}": p for p in registry.packages().values()}


@pytest.fixture(scope="module")
def sdks() -> list[Distribution]:
    found = [each for each in distributions() if is_sdk(each)]
    assert len(found) >= 12
    return found


@pytest.mark.parametrize("title", sorted(PRODUCTS))
def test_the_catalogue_is_of_the_releases_that_are_installed(
    title: str, sdks: list[Distribution]
) -> None:
    product: Product = PRODUCTS[title]
    catalogue = published(product.code, product.version)
    letters = {text.partition(", ")[0]: letter for letter, text in catalogue.editions.items()}
    for edition, names in of_packages(product, sdks, today="").values():
        release = edition.partition(", ")[0]
        assert release in letters, f"{release}: run tools/catalogue.py"
        assert {n for n, has in catalogue.names.items() if letters[release] in has} == names
