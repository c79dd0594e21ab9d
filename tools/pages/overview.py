"""The table of what works and what does not, as the README shows it."""

from juyong.api.product import Product
from pages.coverage import coverage_of
from pages.markdown import table

BEGIN, END = "<!-- operations:begin -->", "<!-- operations:end -->"


def with_overview(readme: str, products: list[Product]) -> str:
    """Put the table between its markers."""
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no {BEGIN} … {END}")
    return f"{head}{BEGIN}\n\n{overview(products)}\n\n{END}{tail}"


def overview(products: list[Product]) -> str:
    """Write the table."""
    rows = [
        (
            f"[{product.title}]({_page(product)})",
            product.version,
            str(coverage_of(product).published),
            str(len(product.operations)),
        )
        for product in products
    ]
    headers = ("Product", "API version", "Operations published", "Served")
    return table(headers, rows)


def _page(product: Product) -> str:
    return f"docs/reference/operations/{product.code.lower()}.md"
