"""A peeked socket gives its bytes once more, and waits for the next one."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import closing

import pytest
import uvloop

from juyong.base.peeking import PeerGone, peek, peek_beyond


def pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a TCP connection, the accepted one first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sent = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
    accepted.setblocking(False)  # noqa: FBT003
    sent.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return accepted, sent


def run(work: Callable[[socket.socket, socket.socket], Coroutine[None, None, None]]) -> None:
    async def bounded() -> None:
        accepted, sent = pair()
        with closing(accepted), closing(sent):
            async with asyncio.timeout(5):
                await work(accepted, sent)

    for factory in (uvloop.new_event_loop, asyncio.new_event_loop):
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(bounded())


def test_bytes_that_were_seen_do_not_wake() -> None:
    async def work(accepted: socket.socket, sent: socket.socket) -> None:
        sent.send(b"ab")
        assert await peek(accepted, 8) == b"ab"
        waits = asyncio.ensure_future(peek_beyond(accepted, 2, 8))
        done, _ = await asyncio.wait([waits], timeout=0.05)
        assert not done
        sent.send(b"c")
        assert await waits == b"abc"
        assert accepted.recv(8) == b"abc"
        # The next byte wakes a reader again, whatever was awaited before.
        sent.send(b"d")
        assert await peek(accepted, 8) == b"d"
        assert await peek_beyond(accepted, 0, 8) == b"d"

    run(work)


def test_a_peer_that_closes_its_side_is_waited_for_without_haste() -> None:
    async def work(accepted: socket.socket, sent: socket.socket) -> None:
        sent.send(b"ab")
        assert await peek(accepted, 8) == b"ab"
        sent.shutdown(socket.SHUT_WR)
        looks = 0
        recv = accepted.recv

        class Counted:
            """The socket, counting looks."""

            def __getattr__(self, name: str) -> object:
                return getattr(accepted, name)

            def recv(self, *args: int) -> bytes:
                nonlocal looks
                looks += 1
                return recv(*args)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await peek_beyond(Counted(), 2, 8)  # type: ignore[arg-type]
        assert 2 <= looks < 20

    run(work)


def test_a_peer_that_left_without_a_word_is_gone() -> None:
    async def work(accepted: socket.socket, sent: socket.socket) -> None:
        sent.shutdown(socket.SHUT_WR)
        with pytest.raises(PeerGone):
            await peek_beyond(accepted, 0, 8)

    run(work)
