"""A body that arrives: whatever ends it early leaves no file, and closes none that is in use."""

import asyncio
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from juyong.api.errors import ServiceUnavailable
from juyong.blobs.blob import Spool
from juyong.blobs.blocks import BLOCK
from juyong.blobs.disk import LocalDisk
from juyong.gateway.arriving import ClientGone, Received, spooled
from juyong.gateway.errors import BodyTooLarge
from juyong.gateway.holding import Room
from juyong.store.errors import Unavailable

MOST = 4 * BLOCK


@pytest.fixture
def disk(tmp_path: Path) -> LocalDisk:
    return LocalDisk(tmp_path / "blobs")


def body_of(*messages: bytes | None, length: int | None = None) -> Received:
    """Return a body of such parts; None stands for a client that leaves."""
    waiting = list(messages)

    async def receive() -> MutableMapping[str, Any]:
        part = waiting.pop(0)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    return Received(receive, length)


def files(disk: LocalDisk) -> list[str]:
    return [blob_id for blob_id, _ in (*disk.published(), *disk.unpublished())]


@pytest.mark.parametrize("before", [0, 9, 20_000, BLOCK + 1])
def test_a_client_that_leaves_leaves_no_file(disk: LocalDisk, before: int) -> None:
    with pytest.raises(ClientGone):
        asyncio.run(spooled(body_of(bytes(before), None), disk, MOST))
    assert files(disk) == []


def test_a_body_that_grows_too_long_leaves_no_file(disk: LocalDisk) -> None:
    parts = [bytes(BLOCK)] * 4
    assert asyncio.run(spooled(body_of(*parts), disk, MOST)).size == MOST
    kept = files(disk)
    with pytest.raises(BodyTooLarge):
        asyncio.run(spooled(body_of(*parts, b"x"), disk, MOST))
    with pytest.raises(BodyTooLarge):
        asyncio.run(spooled(body_of(None, length=MOST + 1), disk, MOST))
    assert files(disk) == kept


@pytest.mark.parametrize("where", ["digest", "write", "finish"])
def test_a_cancelled_call_waits_for_its_disk(
    disk: LocalDisk, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A file that is closed under a thread would let it write into another one."""
    entered, go_on, order = threading.Event(), threading.Event(), list[str]()
    real, discard = getattr(Spool, where), Spool.discard

    def slow(self: Spool, data: bytes) -> object:
        entered.set()
        go_on.wait(10)
        result = real(self, data)
        order.append("written")
        return result

    def discarded(self: Spool) -> None:
        order.append("discarded")
        discard(self)

    monkeypatch.setattr(Spool, where, slow)
    monkeypatch.setattr(Spool, "discard", discarded)

    async def main() -> None:
        call = asyncio.ensure_future(spooled(body_of(bytes(BLOCK), b"rest"), disk, MOST))
        await asyncio.to_thread(entered.wait, 10)
        call.cancel()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(main())
    assert order == ["written", "discarded"]
    assert files(disk) == []


def test_a_block_arrives_while_the_one_before_is_written(
    disk: LocalDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, write = threading.Event(), Spool.write
    written_after = []

    def slow(self: Spool, block: bytes) -> None:
        if not written_after:
            written_after.append(arrived.wait(10))
        write(self, block)

    monkeypatch.setattr(Spool, "write", slow)
    parts = [bytes(BLOCK), bytes(BLOCK)]

    async def receive() -> MutableMapping[str, Any]:
        if len(parts) == 1:
            arrived.set()
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    assert asyncio.run(spooled(Received(receive, None), disk, MOST)).size == 2 * BLOCK
    assert written_after == [True]


def test_a_block_that_can_not_be_written_ends_the_call(
    disk: LocalDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Spool, _block: bytes) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(Spool, "write", full)
    for parts in ([bytes(BLOCK)], [bytes(BLOCK), bytes(BLOCK)], [bytes(BLOCK), None]):
        with pytest.raises((Unavailable, ClientGone)):
            asyncio.run(spooled(body_of(*parts), disk, MOST))
    assert files(disk) == []


class Slow:
    """A body whose parts come when the test sends them."""

    def __init__(self, room: Room) -> None:
        self._parts: asyncio.Queue[bytes] = asyncio.Queue()
        self.body = Received(self._receive, None, room)

    async def _receive(self) -> MutableMapping[str, Any]:
        part = await self._parts.get()
        return {"type": "http.request", "body": part, "more_body": bool(part)}

    async def send(self, part: bytes) -> None:
        self._parts.put_nowait(part)
        for _ in range(5):
            await asyncio.sleep(0)


async def outcome(slow: Slow) -> object:
    try:
        return len(await slow.body.whole(MOST))
    except ServiceUnavailable as refusal:
        task = asyncio.current_task()
        assert task is not None
        assert not task.cancelling()
        return refusal.status


def test_the_body_that_arrives_longest_makes_room() -> None:
    room = Room(100_000)

    async def story() -> None:
        slows = [Slow(room) for _ in range(3)]
        first, second, small = (asyncio.create_task(outcome(each)) for each in slows)
        await slows[2].send(bytes(9_000))
        await slows[0].send(bytes(60_000))
        await slows[1].send(bytes(60_000))
        assert await first == 503
        await slows[1].send(b"")
        await slows[2].send(b"")
        assert (await second, await small) == (60_000, 9_000)
        assert room.held == 60_000
        # One that has arrived keeps its room until its request is answered.
        third = Slow(room)
        late = asyncio.create_task(outcome(third))
        await third.send(bytes(50_000))
        assert await late == 503
        for each in (*slows, third):
            each.body.let_go()
        assert room.held == 0

    asyncio.run(story())


def test_a_call_that_is_cancelled_for_another_reason_is_cancelled() -> None:
    async def story() -> None:
        slow = Slow(Room(100_000))
        task = asyncio.create_task(outcome(slow))
        await slow.send(bytes(60_000))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
