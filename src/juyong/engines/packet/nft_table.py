"""One table of the kernel's packet filter as a value: its text, and the change from another.

A change is one transaction. Chains that judge packets at a hook of the kernel's path are never
taken away, so that no packet passes between two states. Chains that only translate come and go: a
packet that should be translated and is not has no address that the next router knows as its
sender's. A change does not mention the parts that stay the same.

Source: nft(8) (documented).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

TABLE = "juyong"


class NamedSet(NamedTuple):
    """A set or a map. word: Which of them; head: Its type and flags; elements: As written."""

    word: str
    head: str
    elements: tuple[str, ...]

    def declared(self, name: str) -> str:
        """Return the declaration."""
        filled = f" elements = {_braced(self.elements)};" if self.elements else ""
        return f"{self.word} {name} {{ {self.head}{filled} }}"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The table: its sets and maps, and its chains, each with its lines; a hook is the first."""

    sets: Mapping[str, NamedSet]
    chains: Mapping[str, tuple[str, ...]]

    def text(self) -> str:
        """Return the text that builds the table from nothing, or in the place of another."""
        words = [each.declared(name) for name, each in self.sets.items()]
        lines = [f"table inet {TABLE}", f"delete table inet {TABLE}", f"table inet {TABLE} {{"]
        chains = [_chain(name, rules) for name, rules in self.chains.items()]
        return "\n".join([*lines, *words, *chains, "}", ""])

    def change_from(self, old: "Table") -> str:
        """Return the text that changes another table into this one; empty when nothing differs."""
        if old == self:
            return ""
        if _judging(old) != _judging(self) or not _same_heads(old, self):
            return self.text()
        return "\n".join([*self._appearing(old), *self._changing(old), *self._gone(old), ""])

    def _appearing(self, old: "Table") -> Iterator[str]:
        """Yield what rules and elements may name, ahead of them."""
        chains = [
            _chain(name, _hook(rules))
            for name, rules in self.chains.items()
            if name not in old.chains
        ]
        # A map of verdicts is filled later, when its chains are there.
        words = [
            each._replace(elements=()).declared(name)
            for name, each in self.sets.items()
            if name not in old.sets
        ]
        if chains or words:
            yield from (f"table inet {TABLE} {{", *chains, *words, "}")

    def _changing(self, old: "Table") -> Iterator[str]:
        for name, each in self.sets.items():
            before = old.sets.get(name)
            if before != each:
                yield from _elements(name, each, before)
        changed = {
            name: rules for name, rules in self.chains.items() if old.chains.get(name) != rules
        }
        yield from (f"flush chain inet {TABLE} {name}" for name in changed if name in old.chains)
        if changed:
            chains = [_chain(name, rules) for name, rules in changed.items()]
            yield from (f"table inet {TABLE} {{", *chains, "}")

    def _gone(self, old: "Table") -> Iterator[str]:
        chains = [name for name in old.chains if name not in self.chains]
        sets = {name: each for name, each in old.sets.items() if name not in self.sets}
        # A chain's lines name sets, and a map's elements name chains: both are emptied first.
        yield from (f"flush chain inet {TABLE} {name}" for name in chains)
        yield from (f"flush {each.word} inet {TABLE} {name}" for name, each in sets.items())
        yield from (f"delete chain inet {TABLE} {name}" for name in chains)
        yield from (f"delete {each.word} inet {TABLE} {name}" for name, each in sets.items())


def _hook(rules: tuple[str, ...]) -> tuple[str, ...]:
    """Return the line that hooks a chain into the kernel's path, where there is one."""
    return rules[:1] if rules and rules[0].startswith("type ") else ()


def _judging(table: Table) -> dict[str, tuple[str, ...]]:
    """Return the hooks of the chains that judge packets, by the chain's name."""
    hooks = {name: _hook(rules) for name, rules in table.chains.items()}
    return {name: hook for name, hook in hooks.items() if hook and not _translates(hook[0])}


def _translates(hook: str) -> bool:
    return hook.startswith("type nat ")


def _same_heads(old: Table, new: Table) -> bool:
    return all(
        old.sets[name][:2] == each[:2] for name, each in new.sets.items() if name in old.sets
    )


def _elements(name: str, new: NamedSet, old: NamedSet | None) -> Iterator[str]:
    """Yield the change of a set's elements; one of intervals, which may merge, is filled anew."""
    before = old.elements if old is not None else ()
    kept: set[str] = set(before) & set(new.elements)
    if kept and "interval" not in new.head:
        gone = tuple(each for each in before if each not in kept)
        if gone:
            yield f"delete element inet {TABLE} {name} {_braced(gone)}"
    else:
        kept = set()
        if before:
            yield f"flush {new.word} inet {TABLE} {name}"
    more = tuple(each for each in new.elements if each not in kept)
    if more:
        yield f"add element inet {TABLE} {name} {_braced(more)}"


def _braced(elements: Iterable[str]) -> str:
    return f"{{ {', '.join(elements)} }}"


def _chain(name: str, rules: Iterable[str]) -> str:
    return "\n".join([f"chain {name} {{", *rules, "}"])
