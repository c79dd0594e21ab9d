"""Why a product does not serve operations that it publishes.

A product says so by rules, `Product.refused`: names, or patterns with `*` for any text, each with
the reason that callers read. A name goes before patterns, and of patterns the first that matches.
"""

from collections.abc import Collection
from fnmatch import fnmatchcase

from juyong.api.catalogue import published
from juyong.api.product import Product

GENERAL = "it is published, but this platform does not serve it"


class Refusals:
    """The operations of a product that are refused, and the rules that say why.

    names: Published ones that are not served, and those that the rules name though no edition has
        them: clients call some that were never published.
    """

    def __init__(self, product: Product, served: Collection[str]) -> None:
        """Read the product's catalogue; served are the names of its operations."""
        self._rules = product.refused
        self._patterns = [rule for rule in self._rules if "*" in rule]
        known = {*published(product.code, product.version).names, *self._rules}
        self.names = frozenset(known.difference(self._patterns, served))

    def why(self, name: str) -> str | None:
        """Return the reason for an operation that is refused; None for any other name."""
        if name not in self.names:
            return None
        rule = self.rule_for(name)
        return GENERAL if rule is None else self._rules[rule]

    def rule_for(self, name: str) -> str | None:
        """Return the rule that gives the reason."""
        if name in self._rules:
            return name
        return next((rule for rule in self._patterns if fnmatchcase(name, rule)), None)
