"""A worker ends with its supervisor, however the supervisor ends."""

import asyncio
import socket
from functools import partial
from typing import cast

import msgspec
import pytest
from tests.waiting import until

from juyong.waf.messages import Asked
from juyong.waf.worker import Worker, serve


class Idle:
    """A worker that does nothing, and tells whether it was stopped."""

    stopped = False

    def keep_from(self, _ports: tuple[int, ...]) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Note the end."""
        self.stopped = True


def _waits(sock: socket.socket) -> bool:
    try:
        return bool(sock.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


@pytest.mark.parametrize("answers_are_read", [True, False])
def test_a_worker_stops_when_its_supervisor_is_gone(answers_are_read: bool) -> None:
    worker = Idle()

    async def work() -> None:
        supervisor, control = socket.socketpair()
        supervisor.settimeout(0)
        served = asyncio.create_task(serve(control, cast("Worker", worker)))
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(supervisor, msgspec.json.encode(Asked()) + b"\n")
        await until(partial(_waits, supervisor))
        if answers_are_read:
            supervisor.recv(4_096)
        # A socket that is closed with bytes unread resets its other end.
        supervisor.close()
        async with asyncio.timeout(5):
            await served

    asyncio.run(work())
    assert worker.stopped
