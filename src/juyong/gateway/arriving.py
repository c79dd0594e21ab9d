"""The body of a request, taken while it arrives."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

from juyong.api.request import Arriving
from juyong.api.wire import Promise
from juyong.blobs.arrived import Blob
from juyong.blobs.blocks import BLOCK
from juyong.blobs.disk import Disk
from juyong.gateway.errors import BodyTooLarge

T = TypeVar("T")
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGone(ConnectionError):
    """The client left before its request was whole."""


class Received:
    """A body that is read once, in parts; a client that sends faster is made to wait.

    length: Bytes that the client announced; None where the body ends with its last chunk.
    """

    def __init__(self, receive: Receive, length: int | None) -> None:
        self._receive = receive
        self.length = length

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
        return b"".join([part async for part in _bounded(self, most)])


class AtHand(Received):
    """A body that arrived with its head."""

    def __init__(self, body: bytes) -> None:
        super().__init__(_never, len(body))
        self._body = body

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        if self._body:
            yield self._body


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


async def _never() -> MutableMapping[str, Any]:
    raise AssertionError("the body is at hand")


async def spooled(body: Arriving, disk: Disk, most: int, promise: Promise | None = None) -> Blob:
    """Take a body to the disk; it is durable, and no row knows it.

    Raises:
        ApiError: it is not the body that was promised; the refusal is the promise's.
        BodyTooLarge: it is longer than `most`.
        ClientGone: the client left before its end.
        Unavailable: the disk is full.

    Cost: memory for two blocks; a thread does what waits for the disk.
    """
    from juyong.blobs.blob import SMALL, Spool, refuse_without_room  # noqa: PLC0415  # the first body imports it

    if body.length is not None:
        if body.length > most:
            raise BodyTooLarge
        refuse_without_room(disk, body.length)
    spool, pending, size = Spool(disk), bytearray(), 0
    digest = hashlib.new(promise.algorithm, usedforsecurity=False) if promise else None
    try:
        async for part in _bounded(body, most):
            size += len(part)
            pending += part
            if digest is not None:
                digest.update(part)
            while len(pending) >= BLOCK:
                block = bytes(memoryview(pending)[:BLOCK])
                del pending[:BLOCK]
                await _to_its_end(spool.add, block)
        if digest is not None and promise is not None:
            _refuse_another(promise, digest.digest())
        if size <= SMALL:
            return spool.finish(bytes(pending))
        return await _to_its_end(spool.finish, bytes(pending))
    except BaseException:
        if size > SMALL:
            await asyncio.to_thread(spool.discard)
        raise


def _refuse_another(promise: Promise, digest: bytes) -> None:
    if promise.digest is None or not hmac.compare_digest(promise.digest, digest):
        raise promise.refusal


async def _to_its_end(work: Callable[[bytes], T], data: bytes) -> T:
    """Run work on a thread; a cancelled call waits for the end, since its file is closed next."""
    running = asyncio.ensure_future(asyncio.to_thread(work, data))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
