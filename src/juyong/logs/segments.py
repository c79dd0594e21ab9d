"""Segments: files to which a process appends what writers sent, durably, and reads it back.

A frame is the sealed bytes of one batch; the row of the batch says where it lies. It is sealed with
AES-256-GCM under a key that is derived for its segment; the nonce is its offset, and the id of the
segment is authenticated. So a frame that was changed, moved or taken from elsewhere does not open.

INVARIANT: a process appends to segments of its own alone, and never twice at one offset, since a
nonce must seal one frame only: a frame gets its place before it is sealed, and no other frame gets
that place, whatever fails. After any failure the process begins another segment. What no row names,
between frames or behind the last, was not acknowledged, and is not read.
"""

import errno
import threading
import time
from collections.abc import Mapping

import msgspec

from juyong.base.ids import random_bytes
from juyong.blobs.disk import NOWHERE, LocalDisk
from juyong.engines.crypto.keys import Undecipherable
from juyong.engines.crypto.symmetric import NONCE_BYTES, TAG_BYTES, AesGcm
from juyong.store.errors import Unavailable
from juyong.store.seal import derive_key

KEY = "logs"
"""The purpose of the key that the keys of segments are derived from."""
LONGEST = 64 * 1024 * 1024
"""Bytes at which a segment gets no further frames."""
OLDEST_SECONDS = 3600.0
_RESERVE = 64 * 1024 * 1024
"""Bytes of the disk that logs leave free: the database needs room to say so."""
_ID_BYTES = 16
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DamagedLogs(Exception):
    """A frame is not as it was written, or its segment is gone; nothing of the frame is used."""


class Place(msgspec.Struct, frozen=True):
    """Where a frame lies; `length` counts its sealed bytes."""

    segment_id: str
    offset: int
    length: int


class _Segment:
    """A segment that a process appends to.

    frames: How many frames have a place and are not settled yet.
    is_left: Whether the process goes on in another segment.
    """

    def __init__(self, disk: LocalDisk, key: bytes) -> None:
        self.segment_id = random_bytes(_ID_BYTES).hex()
        self.frames = 0
        self.is_left = False
        self._sealer = _sealer(key, self.segment_id)
        self._handle = disk.create(self.segment_id)
        self._handle.publish()
        self._begun = time.monotonic()
        self._end = 0
        self._writing = threading.Lock()
        self._failure: OSError | None = None

    @property
    def is_done(self) -> bool:
        """Whether it is long or old enough."""
        return self._end >= LONGEST or time.monotonic() - self._begun >= OLDEST_SECONDS

    def place_of(self, body: bytes) -> Place:
        """Give the frame of a body its place, which no other frame ever gets."""
        place = Place(self.segment_id, self._end, len(body) + TAG_BYTES)
        self._end += place.length
        self.frames += 1
        return place

    def write(self, place: Place, body: bytes) -> None:
        """Seal a frame and write it; raises OSError."""
        sealed = self._sealer.seal(_nonce(place.offset), body, self.segment_id.encode())
        # PERF: the kernel has one writer of a file at a time, and others burn time in its lock.
        with self._writing:
            self._handle.write_at(place.offset, sealed)

    def sync(self) -> OSError | None:
        """Make what was written durable, or return the failure.

        INVARIANT: once that failed, no later frame of the segment counts as durable: the kernel
        tells of a page that it could not write once.
        """
        if self._failure is None:
            try:
                self._handle.sync()
            except OSError as failure:
                self._failure = failure
        return self._failure

    def close(self) -> None:
        """Let go of the file."""
        self._handle.close()


class _Written:
    """A frame that waits to be durable."""

    __slots__ = ("failure", "is_durable", "segment")

    def __init__(self, segment: _Segment) -> None:
        self.segment = segment
        self.is_durable = False
        self.failure: OSError | None = None


class Segments:
    """The segments of a home: appends to one of its own, reads all.

    keys: Of the platform; asked for each new segment, and for each read.
    """

    def __init__(self, disk: LocalDisk, keys: Mapping[str, bytes]) -> None:
        self.disk = disk
        self._keys = keys
        self._placing = threading.Lock()
        self._segment: _Segment | None = None
        self._queueing = threading.Lock()
        self._queue: list[_Written] = []
        self._syncing = threading.Lock()

    def append(self, body: bytes) -> Place:
        """Make bytes durable and return where they lie; waits for the disk.

        Raises:
            Unavailable: the disk is full or fails; nothing was acknowledged.

        PERF: threads seal at the same time, and write while others wait for the disk; the first
        thread that comes to wait does so for all that have written meanwhile, with one fsync.
        """
        segment = None
        try:
            segment, place = self._placed(body)
            try:
                segment.write(place, body)
                self._make_durable(_Written(segment))
            finally:
                self._settle(segment)
        except OSError as failure:
            self._leave(segment)
            full = failure.errno in _FULL
            text = "the disk of the logs is full" if full else "no disk for logs"
            raise Unavailable(text) from failure
        return place

    def read(self, place: Place) -> bytes:
        """Return the bytes of a frame; waits for the disk.

        Raises:
            DamagedLogs: they are not there as they were written.
        """
        where = f"segment {place.segment_id} at {place.offset}"
        try:
            sealed = self.disk.read(place.segment_id, place.offset, place.length)
        except FileNotFoundError as gone:
            raise DamagedLogs(f"{where}: the file is gone") from gone
        sealer = _sealer(self._keys[KEY], place.segment_id)
        try:
            return sealer.open(_nonce(place.offset), sealed, place.segment_id.encode())
        except Undecipherable as bad:
            raise DamagedLogs(where) from bad

    def close(self) -> None:
        """Let go of the segment; appends afterwards begin another."""
        self._leave()

    def _placed(self, body: bytes) -> tuple[_Segment, Place]:
        """Give a body a place in the segment of now, or in a new one; raises OSError."""
        with self._placing:
            if self.disk.free() < len(body) + _RESERVE:
                raise OSError(errno.ENOSPC, "no room for logs")
            if self._segment is not None and self._segment.is_done:
                self._end_segment()
            if self._segment is None:
                self._segment = _Segment(self.disk, self._keys[KEY])
            return self._segment, self._segment.place_of(body)

    def _make_durable(self, mine: _Written) -> None:
        """Wait for the disk; raises OSError.

        A frame counts as durable only where an fsync began behind its write, and succeeded.
        """
        with self._queueing:
            self._queue.append(mine)
        with self._syncing:
            if not mine.is_durable and mine.failure is None:
                self._sync_all()
        if not mine.is_durable:
            known = errno.EIO if mine.failure is None else mine.failure.errno
            raise OSError(known, "the disk did not take the frame") from mine.failure

    def _sync_all(self) -> None:
        with self._queueing:
            waiting, self._queue = self._queue, []
        failures = {each: each.sync() for each in {one.segment for one in waiting}}
        for each in waiting:
            each.failure = failures[each.segment]
            each.is_durable = each.failure is None

    def _settle(self, segment: _Segment) -> None:
        """A frame needs its segment no longer."""
        with self._placing:
            segment.frames -= 1
            if segment.is_left and not segment.frames:
                segment.close()

    def _leave(self, segment: _Segment | None = None) -> None:
        """Go on in another segment, unless the process has left this one already."""
        with self._placing:
            if segment is None or segment is self._segment:
                self._end_segment()

    def _end_segment(self) -> None:
        """Let no further frame into the segment; its file is closed behind the last of them."""
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.is_left = True
            if not segment.frames:
                segment.close()


NO_SEGMENTS = Segments(NOWHERE, {})
"""Of a platform without a home: no logs can be kept."""


def _sealer(key: bytes, segment_id: str) -> AesGcm:
    return AesGcm(derive_key(key, segment_id))


def _nonce(offset: int) -> bytes:
    return offset.to_bytes(NONCE_BYTES, "big")
