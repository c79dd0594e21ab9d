"""Leaves of events that stand in rows, such as those of a database."""

import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from juyong.engines.ledger.errors import Malformed
from juyong.engines.ledger.leaf import encode_event
from juyong.engines.ledger.native import CORE

BETWEEN = b"\x1f"
"""Stands between the parts of a body."""
NO_LEAF = b"?"
"""Stands for the leaf of a row that can be no event's."""
Row = tuple[Any, ...]
_UNFIT = (AttributeError, LookupError, TypeError, ValueError, struct.error)
"""Errors of columns that are missing or have another type."""


class EventForm(NamedTuple):
    """Which columns of a row make the leaf of an event, by their places.

    event_id: A text. at: A whole number of units since 1970 UTC. unit_ms: Milliseconds of a unit.
    body: The parts of the body, in their order: bytes each, or the id once more.
    """

    event_id: int
    at: int
    unit_ms: int
    body: tuple[int, ...]


def event_body(row: Row, form: EventForm) -> bytes:
    """Return the bytes whose SHA-256 is in the leaf: the parts, with U+001F between them."""
    name = form.event_id
    return BETWEEN.join([row[at].encode() if at == name else row[at] for at in form.body])


def event_leaf(row: Row, form: EventForm) -> bytes:
    """Return the bytes of the leaf of one event.

    Raises:
        Malformed: a column has another type, or the id or the time is none that an event can have.
    """
    try:
        digest = sha256(event_body(row, form)).digest()
        return encode_event(row[form.event_id], row[form.at] * form.unit_ms, digest)
    except _UNFIT:
        raise Malformed("the row can be no event's") from None


def event_leaves(rows: Sequence[Row], form: EventForm) -> list[bytes]:
    """Return the bytes of the leaves of events, NO_LEAF for rows that can be none's."""
    if CORE.module is not None:
        found: list[bytes] | None = CORE.module.event_leaves(list(rows), *form)
        if found is not None:
            return found
    return event_leaves_in_python(rows, form)


def event_leaves_in_python(rows: Sequence[Row], form: EventForm) -> list[bytes]:
    """As `event_leaves`, without the native core."""
    try:
        return _leaves_by_column(rows, form) if rows else []
    except (Malformed, *_UNFIT):
        return [_leaf_or_none(row, form) for row in rows]


def _leaves_by_column(rows: Sequence[Row], form: EventForm) -> list[bytes]:
    # PERF: every event that is verified passes here, so few steps of each are Python's own.
    columns = list(zip(*rows, strict=True))
    texts = columns[form.event_id]
    names = list(map(str.encode, texts))
    parts = zip(*[names if at == form.event_id else columns[at] for at in form.body], strict=True)
    return [
        encode_event(text, time * form.unit_ms, sha256(body).digest())
        for text, time, body in zip(texts, columns[form.at], map(BETWEEN.join, parts), strict=True)
    ]


def _leaf_or_none(row: Row, form: EventForm) -> bytes:
    try:
        return event_leaf(row, form)
    except Malformed:
        return NO_LEAF
