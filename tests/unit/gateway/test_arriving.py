"""A body that arrives: whatever ends it early leaves no file, and closes none that is in use."""

import asyncio
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from juyong.blobs.blob import Spool
from juyong.blobs.blocks import BLOCK
from juyong.blobs.disk import LocalDisk
from juyong.gateway.arriving import ClientGone, Received, spooled
from juyong.gateway.errors import BodyTooLarge
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


@pytest.mark.parametrize("where", ["add", "finish"])
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
    arrived, add = threading.Event(), Spool.add
    written_after = []

    def slow(self: Spool, block: bytes) -> None:
        if not written_after:
            written_after.append(arrived.wait(10))
        add(self, block)

    monkeypatch.setattr(Spool, "add", slow)
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

    monkeypatch.setattr(Spool, "add", full)
    for parts in ([bytes(BLOCK)], [bytes(BLOCK), bytes(BLOCK)], [bytes(BLOCK), None]):
        with pytest.raises((Unavailable, ClientGone)):
            asyncio.run(spooled(body_of(*parts), disk, MOST))
    assert files(disk) == []
