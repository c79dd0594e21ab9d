"""What each product publishes, what of that is served, and why the rest is not."""

from collections import defaultdict
from dataclasses import dataclass

from juyong.api.catalogue import published
from juyong.api.product import Product
from juyong.api.refusals import Refusals
from pages.markdown import code, codes, page, table

_SAID = """\
A published operation that is not served answers 400 `UnsupportedOperation` with the reason; the page of its product names it.
The names are those of the editions below, which [decision 35](../adr/0035-a-catalogue-of-published-names.md) explains."""  # noqa: E501  # a sentence a line


@dataclass(frozen=True, slots=True)
class Coverage:
    """One product, its operations loaded.

    served: Published operations that are served. unpublished: Served ones that no edition has.
    refused: Reason to the operations that are refused for it.
    """

    published: int
    served: int
    unpublished: tuple[str, ...]
    refused: dict[str, list[str]]

    @property
    def said(self) -> str:
        """The counts as a sentence."""
        more = ""
        if self.unpublished:
            verb = "is" if len(self.unpublished) == 1 else "are"
            more = f"; {codes(self.unpublished)}, in no edition, {verb} served too"
        return f"Of {self.published} published operations {self.served} are served{more}."


def coverage_of(product: Product) -> Coverage:
    """Compare a product with its catalogue."""
    names = published(product.code, product.version).names.keys()
    refusals = Refusals(product, product.operations)
    refused: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(refusals.names):
        refused[str(refusals.why(name))].append(name)
    return Coverage(
        published=len(names),
        served=len(names & product.operations.keys()),
        unpublished=tuple(sorted(product.operations.keys() - names)),
        refused=dict(sorted(refused.items())),
    )


def coverage_page(products: list[Product]) -> str:
    """Write the page of all products."""
    return page(
        "Coverage", _SAID, "## By product", _products(products), "## By reason", _reasons(products)
    )


def _products(products: list[Product]) -> str:
    rows = []
    for product in products:
        found = coverage_of(product)
        editions = published(product.code, product.version).editions.values()
        rows.append(
            (
                f"[{product.title}](operations/{product.code.lower()}.md)",
                code(product.version),
                str(found.published),
                str(found.served),
                "; ".join(editions),
            )
        )
    return table(("Product", "API version", "Published", "Served", "Editions"), rows)


def _reasons(products: list[Product]) -> str:
    rows = (
        (product.title, str(len(names)), reason)
        for product in products
        for reason, names in coverage_of(product).refused.items()
    )
    return table(("Product", "Operations", "Why they are not served"), rows)
