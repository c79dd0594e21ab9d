"""A query: a search expression, and the SQL behind the first `|`."""

import msgspec


class Everything(msgspec.Struct, frozen=True, tag=True):
    """Every log: `*`, or nothing at all."""


class Value(msgspec.Struct, frozen=True, tag=True):
    """Words in a key, or in the whole log when `key` is None.

    quoted: `*` and `?` are ordinary characters.
    """

    key: str | None
    text: str
    quoted: bool = False


class Phrase(msgspec.Struct, frozen=True, tag=True):
    """Words that stand side by side: `#"a b"`."""

    key: str | None
    text: str


class Bound(msgspec.Struct, frozen=True):
    """An end of a range; `open` when the number itself is outside."""

    number: int | float
    open: bool


class Range(msgspec.Struct, frozen=True, tag=True):
    """Numbers of a key between two bounds; None where there is none."""

    key: str
    low: Bound | None = None
    high: Bound | None = None


class And(msgspec.Struct, frozen=True, tag=True):
    """All parts hold."""

    parts: tuple["Node", ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """At least one part holds."""

    parts: tuple["Node", ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """The part does not hold."""

    part: "Node"


Node = Everything | Value | Phrase | Range | And | Or | Not


class Query(msgspec.Struct, frozen=True):
    """A query as it was read: its search, and its SQL as text, None when there is no SQL."""

    search: Node
    sql: str | None = None
