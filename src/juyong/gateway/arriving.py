"""The body of a request, taken while it arrives."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from juyong.api.errors import ServiceUnavailable
from juyong.api.request import Arriving
from juyong.api.wire import Promise
from juyong.blobs.arrived import Blob, Cipher
from juyong.blobs.blocks import BLOCK
from juyong.blobs.disk import Disk
from juyong.gateway.errors import BodyTooLarge
from juyong.gateway.holding import Holding, Room
from juyong.gateway.thread_work import ThreadWork

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_SMALL = 16 * 1024
"""Bytes of a body that may be held uncounted."""


class ClientGone(ConnectionError):
    """The client left before its request was whole."""


class Received:
    """A body that is read once, in parts; a client that sends faster is made to wait.

    length: Bytes that the client announced; None where the body ends with its last chunk.
    room: Bounds what is held of the bodies of all requests; None where the body is bounded before.
    """

    def __init__(self, receive: Receive, length: int | None, room: Room | None = None) -> None:
        self._receive = receive
        self.length = length
        self._room = room
        self._holding: Holding | None = None
        self._makes_room = False

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the body.

        Raises:
            ClientGone: before its end.
        """
        more = True
        while more:
            message = await arrived(self._receive)
            more = message.get("more_body", False)
            body = message.get("body", b"")
            if body:
                yield body

    async def whole(self, most: int) -> bytes:
        """Return the whole body.

        Raises:
            BodyTooLarge: it is longer than `most`, and was not read to its end.
            ClientGone: before its end.
        """
        if self.length is not None and self.length > most:
            raise BodyTooLarge
        parts = []
        with self.holding() as hold:
            async for part in _bounded(self, most):
                parts.append(part)
                hold(len(part))
        return b"".join(parts)

    @contextmanager
    def holding(self) -> Iterator[Callable[[int], None]]:
        """Count what the block keeps of the body, until `let_go`; it is told how much more.

        Raises:
            ServiceUnavailable: the bodies of all requests take too much memory, and this one has
                been arriving longest.
        """
        task, size = asyncio.current_task(), 0

        def make_room() -> None:
            self._makes_room = True
            if task is not None:
                task.cancel()

        def hold(more: int) -> None:
            nonlocal size
            size += more
            if self._room is None or size <= _SMALL:
                return
            if self._holding is None:
                self._holding = self._room.begin(make_room)
            if not self._holding.grow_to(size):
                raise ServiceUnavailable

        try:
            yield hold
        except asyncio.CancelledError:
            if task is None or not self._makes_room:
                raise
            task.uncancel()
            raise ServiceUnavailable from None
        if self._holding is not None:
            self._holding.arrived()

    def let_go(self) -> None:
        """Hold nothing any more: the request is answered."""
        if self._holding is not None:
            self._holding.end()


class AtHand(Received):
    """A body that arrived with its head."""

    def __init__(self, body: bytes) -> None:
        super().__init__(never, len(body))
        self._body = body

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        if self._body:
            yield self._body


class Promised(Received):
    """A body that is held to the digest which its signature covers."""

    def __init__(self, body: Arriving, promise: Promise) -> None:
        super().__init__(never, body.length)
        self._body, self._promise = body, promise

    @contextmanager
    def holding(self) -> Iterator[Callable[[int], None]]:
        """Count what the block keeps of the body."""
        with self._body.holding() as hold:
            yield hold

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the body.

        Raises:
            ApiError: at the end, when another body was promised.
            ClientGone: before its end.
        """
        promise = self._promise
        digest = hashlib.new(promise.algorithm, usedforsecurity=False)
        async for part in self._body.parts():
            digest.update(part)
            yield part
        if promise.digest is None or not hmac.compare_digest(promise.digest, digest.digest()):
            raise promise.refusal


async def arrived(receive: Receive) -> MutableMapping[str, Any]:
    """Wait for more of a body.

    Raises:
        ClientGone: the client left.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


async def _bounded(body: Arriving, most: int) -> AsyncIterator[bytes]:
    size = 0
    async for part in body.parts():
        size += len(part)
        if size > most:
            raise BodyTooLarge
        yield part


async def never() -> MutableMapping[str, Any]:
    """Stand for a client that sends no more."""
    raise AssertionError("the body is at hand")


async def spooled(
    body: Arriving, disk: Disk, most: int, cipher: Cipher = Cipher.AES_256_GCM
) -> Blob:
    """Take a body to the disk; it is durable, and no row knows it.

    Raises:
        ApiError: the body refuses itself, such as one that was not promised.
        BodyTooLarge: it is longer than `most`.
        ClientGone: the client left before its end.
        Unavailable: the disk is full, or away; where that is known, nothing of the body was read.

    Cost: memory for four blocks. Of a block, one thread hashes while another seals and writes, and
    the next block arrives.
    """
    from juyong.blobs.blob import SMALL, Spool, refuse_without_room  # noqa: PLC0415  # the first body imports it

    if body.length is not None and body.length > most:
        raise BodyTooLarge
    if disk.far:
        await asyncio.to_thread(refuse_without_room, disk, body.length or most)
    elif body.length is not None:
        refuse_without_room(disk, body.length)
    spool, pending, size = Spool(disk, cipher), bytearray(), 0
    hashing, writing = ThreadWork(), ThreadWork()
    try:
        async for part in _bounded(body, most):
            size += len(part)
            pending += part
            while len(pending) >= BLOCK:
                block = bytes(memoryview(pending)[:BLOCK])
                del pending[:BLOCK]
                await hashing.begin(spool.digest, block)
                await writing.begin(spool.write, block)
        if size <= SMALL:
            return spool.finish(bytes(pending))
        await hashing.end()
        await writing.begin(spool.finish, bytes(pending))
        blob: Blob = await writing.end()
    except BaseException:
        await writing.settle()
        await hashing.settle()
        if size > SMALL:
            await asyncio.to_thread(spool.discard)
        raise
    return blob
