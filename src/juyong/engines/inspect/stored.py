"""Collections that outlive a request, as IP and SESSION: by key, with an end of their own."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Final, Protocol

import msgspec

from juyong.engines.inspect.errors import Unjudged

MOST_RECORDS: Final = 100_000
MOST_MEMBERS: Final = 200
MOST_RECORD_BYTES: Final = 8_000
"""Of a record: names and values, and 16 for each member."""
_OF_MEMBER = 16
_MOST = 2**63 - 1
_PLAIN = 18
"""Digits that are always below `_MOST`."""
_DIGITS = frozenset(b"0123456789")

RecordKey = tuple[str, bytes]
"""The collection and its key, as ("IP", b"192.0.2.1")."""
Members = dict[bytes, tuple[bytes, float | None]]
"""Values by name, with the time of the end, or None."""


class Store(Protocol):
    """Keeps records by collection and key; may be shared by threads. Times are Unix seconds."""

    def members(self, record: RecordKey, now: float) -> Iterable[tuple[bytes, bytes]]:
        """Return names and values of a record that are alive."""

    def change(
        self, record: RecordKey, name: bytes, kind: str, value: bytes, now: float
    ) -> bytes | None:
        """Carry out a setvar or expirevar; kinds as of `SetVar`.

        Returns:
            The member's value after this very change; None where there is no such member.

        Raises:
            Unjudged: the record holds as many members or bytes as it may, or cannot be reached.
        """


class _Record(msgspec.Struct):
    """Members, and when one of them was changed."""

    changed: float
    values: Members


class MemoryStore:
    """Records in memory; the one that was changed longest ago gives way where all are taken."""

    def __init__(self, seconds: int = 3600, most: int = MOST_RECORDS) -> None:
        """Begin empty.

        Args:
            seconds: How long a record lives after its last change.
            most: How many records are kept.
        """
        self._seconds = seconds
        self._most = most
        self._lock = Lock()
        self._records: OrderedDict[RecordKey, _Record] = OrderedDict()

    def members(self, record: RecordKey, now: float) -> list[tuple[bytes, bytes]]:
        """Return names and values of a record that are alive."""
        with self._lock:
            kept = self._alive(record, now)
            return [] if kept is None else [(name, kept.values[name][0]) for name in kept.values]

    def change(
        self, record: RecordKey, name: bytes, kind: str, value: bytes, now: float
    ) -> bytes | None:
        """Carry out a setvar or expirevar, as one step; return the value of the member.

        Raises:
            Unjudged: the record holds as many members or bytes as it may.
        """
        with self._lock:
            kept = self._alive(record, now) or _Record(now, {})
            new = carry_out(kept.values, name, kind, value, now)
            kept.changed = now
            self._records[record] = kept
            self._records.move_to_end(record)
            if len(self._records) > self._most:
                self._records.popitem(last=False)
            return new

    def _alive(self, record: RecordKey, now: float) -> _Record | None:
        """Return a record without members that have ended; None where the record has ended."""
        kept = self._records.get(record)
        if kept is None:
            return None
        if kept.changed + self._seconds <= now:
            del self._records[record]
            return None
        drop_ended(kept.values, now)
        return kept


def drop_ended(values: Members, now: float) -> None:
    """Drop the members whose time has come."""
    for name, (_, end) in list(values.items()):
        if end is not None and end <= now:
            del values[name]


def carry_out(values: Members, name: bytes, kind: str, value: bytes, now: float) -> bytes | None:
    """Change the members of a record as a setvar or expirevar says.

    Returns:
        The value of the member; None where there is no such member, or where its time is over.

    Raises:
        Unjudged: the record holds as many members or bytes as it may, and is as before.
    """
    old, end = values.get(name, (None, None))
    if kind == "!":
        values.pop(name, None)
    elif kind == "expire":
        if old is not None:
            values[name] = old, now + number(value)
    else:
        if old is None and len(values) >= MOST_MEMBERS:
            raise Unjudged(403, f"a stored collection has more than {MOST_MEMBERS} members")
        new = changed(old, kind, value)
        grown = len(new) - len(old) if old is not None else _OF_MEMBER + len(name) + len(new)
        if _size(values) + grown > MOST_RECORD_BYTES:
            raise Unjudged(403, f"a stored collection has more than {MOST_RECORD_BYTES} bytes")
        values[name] = new, end
    old, end = values.get(name, (None, None))
    return None if end is not None and end <= now else old


def _size(values: Members) -> int:
    """Return the bytes of a record's members."""
    return sum([_OF_MEMBER + len(name) + len(value) for name, (value, _) in values.items()])


def changed(old: bytes | None, kind: str, value: bytes) -> bytes:
    """Return the value of a member after a setvar of kind `=`, `+` or `-`.

    Source: ModSecurity 3, setvar (observed): a value that is no number counts as 0, and a sum may
    fall below zero.
    """
    if kind == "=":
        return value
    step = number(value) if kind == "+" else -number(value)
    return b"%d" % max(-_MOST, min(_MOST, number(old or b"") + step))


def number(text: bytes) -> int:
    """Return the whole number that a text begins with, 0 where there is none, as C's atoi does."""
    if text.isdigit() and len(text) <= _PLAIN:
        return int(text)
    text = text.lstrip(b" \t\r\n\v\f")[:20]
    sign = -1 if text[:1] == b"-" else 1
    digits = text[1:] if text[:1] in {b"+", b"-"} else text
    end = next((at for at, byte in enumerate(digits) if byte not in _DIGITS), len(digits))
    return sign * min(int(digits[:end] or b"0"), _MOST)
