"""The table of what works and what does not, as the README shows it."""

from collections import defaultdict

from juyong.api.product import Product
from pages.markdown import codes, table

_MOST_NAMES = 20
BEGIN, END = "<!-- operations:begin -->", "<!-- operations:end -->"


def with_overview(readme: str, products: list[Product]) -> str:
    """Put the table between its markers."""
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no {BEGIN} … {END}")
    return f"{head}{BEGIN}\n\n{overview(products)}\n\n{END}{tail}"


def overview(products: list[Product]) -> str:
    """Write the table, and a list of names a product."""
    rows = [
        (
            f"[{product.title}]({_page(product)})",
            product.version,
            str(len(product.operations)),
            str(len(product.refused)),
        )
        for product in products
    ]
    headers = ("Product", "API version", "Operations served", "Refused by name")
    return "\n\n".join([table(headers, rows), *(_names(product) for product in products)])


def _names(product: Product) -> str:
    served = f"Served: {codes(sorted(product.operations))}."
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for name, reason in product.refused.items():
        by_reason[reason].append(name)
    refused = [
        f"- Refused, since {reason}: {_some(product, sorted(names))}."
        for reason, names in sorted(by_reason.items())
    ]
    summary = f"<summary>{product.title}, by name</summary>"
    return "\n".join(["<details>", summary, "", f"- {served}", *refused, "", "</details>"])


def _some(product: Product, names: list[str]) -> str:
    """Name the operations; of many only how many, since the product's own page has them."""
    if len(names) <= _MOST_NAMES:
        return codes(names)
    return f"[{len(names)} operations]({_page(product)}#refused-operations)"


def _page(product: Product) -> str:
    return f"docs/reference/operations/{product.code.lower()}.md"
