"""One alarm that we ship."""

import msgspec


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A rule without a place.

    id: Stands in `templateConfiguration`. query: A search over events in the JSON key `event`, and
    SQL that counts what it finds. groups: The columns of which each combination rings by itself.
    """

    id: str
    title: str
    severity: int
    query: str
    groups: tuple[str, ...] = ("account", "who")
