"""Collections that outlive a request, in memory that all workers of a site share.

The memory is a table of sets. A record belongs to the set that the digest of its key names, so
workers wait for each other only where their records share a set. A set has two areas and a number
whose last bit tells which area counts. A change is written whole into the other area, then the
number rises by one: a worker that is killed at any instruction leaves either the old set or the
new one. The lock of a set is a byte of the file that the kernel frees when its holder dies.

INVARIANT: only who holds the lock of a set writes into the set.
"""

import mmap
import os
import time
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, lockf
from hashlib import blake2b
from struct import Struct
from threading import Lock
from typing import Final, NamedTuple

import msgspec

from juyong.base.ids import random_bytes
from juyong.engines.inspect.errors import Unjudged
from juyong.engines.inspect.stored import (
    MOST_RECORD_BYTES,
    Members,
    RecordKey,
    carry_out,
    drop_ended,
)

SETS: Final = 2_048
SET_BYTES: Final = 16_384
_HEAD_BYTES = 4_096
_KEY_BYTES = 32
_NUMBER, _LENGTH = 8, 4
AREA_BYTES: Final = (SET_BYTES - _NUMBER) // 2
_ROOM = AREA_BYTES - _LENGTH
_FRAME_BYTES = 64
_SIZE_BYTES = 2
assert MOST_RECORD_BYTES + _FRAME_BYTES <= _ROOM  # noqa: S101  # one record fits into a set

_PATIENCE_SECONDS = 0.2
_TURNS = 50
_PAUSE_SECONDS = 0.0005


_ENTRY = Struct("<H16sd")
"""Before the members of a record: the bytes of both, the name of the key, the last change."""
_MEMBERS = msgspec.msgpack.Decoder(list[tuple[bytes, bytes, float | None]])
_ENCODER = msgspec.msgpack.Encoder()


def new_file() -> int:
    """Return the descriptor of a new, empty table; workers inherit it.

    Its pages are taken as records fill them, 32 MiB at most.
    """
    file = os.memfd_create("juyong-waf-stored", os.MFD_CLOEXEC)
    os.ftruncate(file, _HEAD_BYTES + SETS * SET_BYTES)
    # SECURITY: no client can choose keys that share a set with the key of another.
    os.pwrite(file, random_bytes(_KEY_BYTES), 0)
    return file


class Table:
    """The table of a site, as one process sees it; may be shared by threads.

    The kernel's locks are of a process, so a process makes one table and never closes the file.

    Args:
        file: As `new_file` returned.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._memory = memory = mmap.mmap(file, 0)
        self._key = memory[:_KEY_BYTES]
        self._numbers = memoryview(memory).cast("Q")
        self._lock = Lock()

    def place(self, record: RecordKey) -> tuple[int, bytes]:
        """Return the set of a record, and the name of the record in its set."""
        collection, key = record
        digest = blake2b(collection.encode() + b"\0" + key, key=self._key, digest_size=20)
        name = digest.digest()
        return int.from_bytes(name[16:], "big") % SETS, name[:16]

    def is_empty(self, at: int) -> bool:
        """Tell whether a set was never written; takes no lock."""
        return self._numbers[self._number_at(at)] == 0

    def take(self, at: int) -> None:
        """Take the lock of a set; `free` gives the lock back.

        Raises:
            Unjudged: another process holds the lock for too long, as one that was stopped does.
        """
        if not self._lock.acquire(timeout=_PATIENCE_SECONDS):
            raise _busy()
        try:
            if not self._took(at):
                self._wait(at)
        except BaseException:
            self._lock.release()
            raise

    def free(self, at: int) -> None:
        """Give the lock of a set back."""
        try:
            lockf(self._file, LOCK_UN, 1, _HEAD_BYTES + at * SET_BYTES)
        finally:
            self._lock.release()

    def read(self, at: int) -> bytes:
        """Return the content of a set, whose lock is held."""
        begins = self._area(at, self._numbers[self._number_at(at)])
        size = int.from_bytes(self._memory[begins : begins + _LENGTH], "little")
        return self._memory[begins + _LENGTH : begins + _LENGTH + size]

    def write(self, at: int, content: bytes) -> None:
        """Replace the content of a set, whose lock is held, at one instant."""
        number = self._numbers[self._number_at(at)] + 1
        begins = self._area(at, number)
        ends = begins + _LENGTH + len(content)
        self._memory[begins:ends] = len(content).to_bytes(_LENGTH, "little") + content
        self._numbers[self._number_at(at)] = number

    def _number_at(self, at: int) -> int:
        return (_HEAD_BYTES + at * SET_BYTES) // _NUMBER

    def _area(self, at: int, number: int) -> int:
        return _HEAD_BYTES + at * SET_BYTES + _NUMBER + (number & 1) * AREA_BYTES

    def _took(self, at: int) -> bool:
        try:
            lockf(self._file, LOCK_EX | LOCK_NB, 1, _HEAD_BYTES + at * SET_BYTES)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _wait(self, at: int) -> None:
        """Wait for a holder who needs some microseconds; give up on one that was stopped."""
        ends = time.monotonic() + _PATIENCE_SECONDS
        turns = 0
        while not self._took(at):
            turns += 1
            if turns < _TURNS:
                os.sched_yield()
            elif time.monotonic() > ends:
                raise _busy()
            else:
                time.sleep(_PAUSE_SECONDS)


def _busy() -> Unjudged:
    return Unjudged(503, "the stored collections cannot be reached")


class SharedStore:
    """The records of a table, under the lifetime that a rule set asks for.

    A set that is full gives up the record that was changed longest ago. Apart from that a store of
    one worker answers as `MemoryStore` does.

    Args:
        table: Of the site.
        seconds: How long a record lives after its last change.
    """

    def __init__(self, table: Table, seconds: int = 3600) -> None:
        self._table, self._seconds = table, seconds

    def members(self, record: RecordKey, now: float) -> list[tuple[bytes, bytes]]:
        """Return names and values of a record that are alive."""
        at, name = self._table.place(record)
        if self._table.is_empty(at):
            return []
        self._table.take(at)
        try:
            content = self._table.read(at)
        finally:
            self._table.free(at)
        found = _found(content, name)
        if found is None or found.changed + self._seconds <= now:
            return []
        return [
            (each, value)
            for each, value, end in _MEMBERS.decode(found.members)
            if end is None or end > now
        ]

    def change(
        self, record: RecordKey, name: bytes, kind: str, value: bytes, now: float
    ) -> bytes | None:
        """Carry out a setvar or expirevar, as one step over all workers; return the value.

        Raises:
            Unjudged: the record holds as many members or bytes as it may, or cannot be reached.
        """
        at, key = self._table.place(record)
        self._table.take(at)
        try:
            content = self._table.read(at)
            found = _found(content, key)
            members: Members = {}
            if found is not None:
                content = content[: found.begins] + content[found.ends :]
                if found.changed + self._seconds > now:
                    listed = _MEMBERS.decode(found.members)
                    members = {each: (old, end) for each, old, end in listed}
                    drop_ended(members, now)
            new = carry_out(members, name, kind, value, now)
            made = _packed(key, now, members)
            self._table.write(at, self._room(content, len(made), now) + made)
        finally:
            self._table.free(at)
        return new

    def _room(self, content: bytes, wanted: int, now: float) -> bytes:
        """Return a set without the records at its front that have ended or must give way.

        Records stand in the order of their last changes.
        """
        first = 0
        while first < len(content):
            size, _, changed = _ENTRY.unpack_from(content, first)
            fits = len(content) - first + wanted <= _ROOM
            if fits and changed + self._seconds > now:
                break
            first += size
        return content[first:]


class _Found(NamedTuple):
    """A record in its set: where the record stands, when it was changed, its members packed."""

    begins: int
    ends: int
    changed: float
    members: bytes


def _found(content: bytes, name: bytes) -> _Found | None:
    """Find a record. COST: one search for 16 bytes that no client can foresee."""
    at = content.find(name)
    if at < 0:
        return None
    begins = at - _SIZE_BYTES
    size, _, changed = _ENTRY.unpack_from(content, begins)
    ends = begins + size
    return _Found(begins, ends, changed, content[begins + _ENTRY.size : ends])


def _packed(name: bytes, changed: float, members: Members) -> bytes:
    packed = _ENCODER.encode([(each, value, end) for each, (value, end) in members.items()])
    return _ENTRY.pack(_ENTRY.size + len(packed), name, changed) + packed
