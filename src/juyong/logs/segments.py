"""Segments: files to which a process appends what writers sent, durably, and reads it back.

A frame is the sealed bytes of one batch; the row of the batch says where it lies. It is sealed with
AES-256-GCM under a key that is derived for its segment; the nonce is its offset, and the id of the
segment is authenticated. So a frame that was changed, moved or taken from elsewhere does not open.

INVARIANT: a process appends to segments of its own alone, and never twice at one offset: after any
failure it begins another segment, since a nonce must seal one frame only. What lies behind the last
row of a segment was not acknowledged, and is not read.
"""

import errno
import threading
import time
from collections.abc import Mapping

import msgspec

from juyong.base.ids import random_bytes
from juyong.blobs.disk import NOWHERE, Handle, LocalDisk
from juyong.engines.crypto.keys import Undecipherable
from juyong.engines.crypto.symmetric import NONCE_BYTES, AesGcm
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


class _Waiting:
    """A body that waits to be durable."""

    __slots__ = ("body", "failure", "place")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.place: Place | None = None
        self.failure: Unavailable | None = None


class _Segment:
    """The segment that a process appends to."""

    def __init__(self, disk: LocalDisk, key: bytes) -> None:
        self.segment_id = random_bytes(_ID_BYTES).hex()
        self._sealer = _sealer(key, self.segment_id)
        self._handle: Handle = disk.create(self.segment_id)
        self._handle.publish()
        self._begun = time.monotonic()
        self._end = 0

    @property
    def is_done(self) -> bool:
        """Whether it is long or old enough."""
        return self._end >= LONGEST or time.monotonic() - self._begun >= OLDEST_SECONDS

    def append(self, bodies: list[bytes]) -> list[Place]:
        """Append frames and make them durable; after an error the segment is not used again."""
        places, frames = [], []
        for body in bodies:
            sealed = self._sealer.seal(_nonce(self._end), body, self.segment_id.encode())
            places.append(Place(self.segment_id, self._end, len(sealed)))
            frames.append(sealed)
            self._end += len(sealed)
        self._handle.write(b"".join(frames))
        self._handle.sync()
        return places

    def close(self) -> None:
        """Let go of the file."""
        self._handle.close()


class Segments:
    """The segments of a home: appends to one of its own, reads all.

    keys: Of the platform; asked for each new segment, and for each read.
    """

    def __init__(self, disk: LocalDisk, keys: Mapping[str, bytes]) -> None:
        self.disk = disk
        self._keys = keys
        self._queue: list[_Waiting] = []
        self._queueing = threading.Lock()
        self._writing = threading.Lock()
        self._segment: _Segment | None = None

    def append(self, body: bytes) -> Place:
        """Make bytes durable and return where they lie; waits for the disk.

        Raises:
            Unavailable: the disk is full or fails; nothing was acknowledged.

        PERF: the first thread that comes writes what all others left meanwhile, with one fsync.
        """
        mine = _Waiting(body)
        with self._queueing:
            self._queue.append(mine)
        with self._writing:
            if mine.place is None and mine.failure is None:
                self._write_all()
        if mine.place is None:
            raise Unavailable("the disk of the logs cannot be written") from mine.failure
        return mine.place

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
        with self._writing:
            self._end_segment()

    def _write_all(self) -> None:
        with self._queueing:
            waiting, self._queue = self._queue, []
        try:
            places = self._durable([each.body for each in waiting])
        except OSError as failure:
            self._end_segment()
            full = failure.errno in _FULL
            refusal = Unavailable("the disk of the logs is full" if full else "no disk for logs")
            refusal.__cause__ = failure
            for each in waiting:
                each.failure = refusal
        else:
            for each, place in zip(waiting, places, strict=True):
                each.place = place

    def _durable(self, bodies: list[bytes]) -> list[Place]:
        if self.disk.free() < sum(map(len, bodies)) + _RESERVE:
            raise OSError(errno.ENOSPC, "no room for logs")
        if self._segment is not None and self._segment.is_done:
            self._end_segment()
        if self._segment is None:
            self._segment = _Segment(self.disk, self._keys[KEY])
        return self._segment.append(bodies)

    def _end_segment(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.close()


NO_SEGMENTS = Segments(NOWHERE, {})
"""Of a platform without a home: no logs can be kept."""


def _sealer(key: bytes, segment_id: str) -> AesGcm:
    return AesGcm(derive_key(key, segment_id))


def _nonce(offset: int) -> bytes:
    return offset.to_bytes(NONCE_BYTES, "big")
