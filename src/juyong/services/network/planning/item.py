"""A resource of a plan as the kinds of resources read it: attribute by attribute."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from juyong.services.network.planning.references import NotTold, Reference, References
from juyong.services.network.planning.sketch import Sketch, Unjudged

Resolve = Callable[[Reference], list[str]]
"""Returns what a reference is worth: a text of each resource that has the address."""


class Item:
    """A resource as it is to be.

    address: The name in the plan, such as `module.shop.alicloud_vpc.main[0]`. values: The
    attributes that are known.
    """

    def __init__(
        self,
        address: str,
        values: Mapping[str, Any],
        unknown: object,
        references: References,
        resolve: Resolve,
    ) -> None:
        self.address, self.values = address, values
        self._unknown = unknown if isinstance(unknown, Mapping) else {}
        self._references, self._resolve = references, resolve

    def waits(self, name: str) -> bool:
        """Tell whether an attribute is written and not known before something is made.

        An attribute that the platform fills in, since none is written, does not wait.
        """
        if self.values.get(name) is not None or not self._unknown.get(name):
            return False
        return self._references.block(self.address, name) is not None

    def given(self, name: str) -> bool:
        """Tell whether an attribute is written, known or not."""
        return bool(self.values.get(name)) or self.waits(name)

    def text(self, name: str) -> str:
        """Return an attribute that is a text.

        Raises:
            Unjudged: the attribute is not known before something is made, and the plan does not say
                which thing that is.
        """
        found = self.values.get(name)
        if isinstance(found, str) and found:
            return found
        if not self.waits(name):
            raise _unknown(name)
        return self._one(name, self._references.block(self.address, name))

    def optional(self, name: str) -> str:
        """Return an attribute that is a text; empty where it is not written. Raises as `text`."""
        return self.text(name) if self.given(name) else ""

    def texts(self, name: str) -> list[str]:
        """Return an attribute that is a set of texts; raises as `text`."""
        found = self.values.get(name)
        if isinstance(found, list) and all(isinstance(each, str) for each in found):
            return found
        if not self.waits(name):
            return []
        return self._several(name, self._references.block(self.address, name))

    def flag(self, name: str, otherwise: bool) -> bool:
        """Return an attribute that is a boolean.

        Raises:
            Unjudged: it is written and not known.
        """
        if self.waits(name):
            raise _unknown(name)
        found = self.values.get(name)
        return found if isinstance(found, bool) else otherwise

    def entries(self, name: str) -> list[Mapping[str, Any]]:
        """Return the blocks of a name, as far as they are known.

        Raises:
            Unjudged: how many there are is not known.
        """
        found = self.values.get(name)
        if self._unknown.get(name) is True and self._references.block(self.address, name):
            raise _unknown(name)
        blocks = found if isinstance(found, list) else []
        if not all(isinstance(each, Mapping) for each in blocks):
            raise _unknown(name)
        return blocks

    def in_entry(self, name: str, number: int, attribute: str) -> str:
        """Return an attribute of one of the blocks that are in order; raises as `text`."""
        entries = self.entries(name)
        found = entries[number].get(attribute)
        if isinstance(found, str) and found:
            return found
        written = self._references.block(self.address, name)
        if not isinstance(written, list) or len(written) != len(entries):
            raise _unknown(attribute)
        block = written[number]
        return self._one(attribute, block.get(attribute) if isinstance(block, Mapping) else None)

    def of_entries(self, name: str, attribute: str) -> list[str]:
        """Return an attribute of all blocks, which are in no order; raises as `text`."""
        entries = self.entries(name)
        known = [each[attribute] for each in entries if isinstance(each.get(attribute), str)]
        if len(known) == len(entries):
            return known
        written = self._references.block(self.address, name)
        found: list[str] = []
        for block in written if isinstance(written, list) else []:
            expression = block.get(attribute) if isinstance(block, Mapping) else None
            if isinstance(expression, Mapping) and "constant_value" not in expression:
                found.append(self._one(attribute, expression))
        told = list(dict.fromkeys([*known, *found]))
        if len(told) != len(entries):
            raise _unknown(attribute)
        return told

    def _one(self, name: str, expression: object) -> str:
        references = self._told(name, expression)
        found = self._resolve(references[0])
        if len(references) > 1 or len(found) > 1:
            raise Unjudged(f"`{name}` depends on several things, and the plan does not say how")
        return found[0]

    def _several(self, name: str, expression: object) -> list[str]:
        found = [text for each in self._told(name, expression) for text in self._resolve(each)]
        return list(dict.fromkeys(found))

    def _told(self, name: str, expression: object) -> list[Reference]:
        try:
            found = self._references.within(self.address, expression)
        except NotTold:
            raise _unknown(name) from None
        if not found:
            raise _unknown(name)
        return found


def _unknown(name: str) -> Unjudged:
    return Unjudged(f"`{name}` is not known before it is made")


class Kind(NamedTuple):
    """How resources of a type change a network.

    matters: The attributes that judge or carry packets; an update of any other attribute is
    harmless.
    make: Adds one, and returns the attributes by which others name it.
    change: Applies an update; None: it is removed and made again.
    remove: Takes one out, by its attributes as they are now.
    last: It is removed after all else, since others may name it until then.
    """

    matters: tuple[str, ...]
    make: Callable[[Sketch, Item], Mapping[str, str]]
    remove: Callable[[Sketch, Mapping[str, Any]], None]
    change: Callable[[Sketch, Item], None] | None = None
    last: bool = True


def written(values: Mapping[str, Any], name: str) -> str:
    """Return a text of what exists.

    Raises:
        Unjudged: there is none.
    """
    found = values.get(name)
    if not isinstance(found, str) or not found:
        raise Unjudged(f"`{name}` is not known")
    return found
