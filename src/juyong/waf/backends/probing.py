"""Looks at backends every few seconds: where their names lead, and whether they answer."""

import asyncio

from juyong.base.log import log
from juyong.waf.backends.guard import Guarded
from juyong.waf.backends.link import Link
from juyong.waf.backends.pool import Backend
from juyong.waf.http1.reading import AnyResponse
from juyong.waf.plane import Plane

_WELL = range(200, 400)


class Prober:
    """Keeps addresses and health of the backends of a site."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._task: asyncio.Task[None] | None = None

    async def first(self) -> None:
        """Look once, and go on looking.

        Raises:
            Guarded: a backend may not be dialled; the site is not served.
        """
        for each in self._plane.backends.all:
            try:
                await each.resolve(self._plane.own_ports)
            except OSError as failure:
                log().warning("backend not resolved", backend=str(each.origin), cause=str(failure))
        self._task = self._plane.task(self._go_on())

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(self._plane.site.times.probe)
            for each in self._plane.backends.all:
                await self._look(each)

    async def _look(self, backend: Backend) -> None:
        path = self._plane.site.health_path
        try:
            await backend.resolve(self._plane.own_ports)
            well = not path or await self._answers(backend, path)
        except Guarded as guarded:
            log().error("backend guarded", backend=str(backend.origin), cause=str(guarded))
            well = False
        except OSError:
            well = bool(backend.addresses) and not path
        if well != backend.healthy:
            log().warning("backend changed", backend=str(backend.origin), healthy=well)
        backend.healthy = well

    async def _answers(self, backend: Backend, path: str) -> bool:
        link = await backend.connect()
        probe = Probe()
        link.begin(probe, b"GET")
        host = str(backend.origin).partition("://")[2]
        link.transport.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        link.sent = True
        try:
            async with asyncio.timeout(self._plane.site.times.connect):
                return await probe.status in _WELL
        except TimeoutError:
            return False
        finally:
            _leave(link)


class Probe:
    """Waits for the status of one answer."""

    def __init__(self) -> None:
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def answer_head(self, head: AnyResponse, _length: int) -> None:
        """Take the status."""
        self._tell(head.status)

    def answer_body(self, _data: bytes) -> None:
        """Ignore the body."""

    def answer_end(self) -> None:
        """Ignore the end."""

    def answer(self, head: AnyResponse, _body: bytes) -> None:
        """Take the status."""
        self._tell(head.status)

    def answer_failed(self, _reason: str, *, malformed: bool) -> None:  # noqa: ARG002
        """Take a failure for no health."""
        self._tell(0)

    def backend_takes(self, *, more: bool) -> None:
        """Ignore how fast the backend takes bytes: a probe has no body."""

    def turn_ends(self) -> None:
        """Ignore the end of a turn."""

    def _tell(self, status: int) -> None:
        if not self.status.done():
            self.status.set_result(status)


def _leave(link: Link) -> None:
    if link.exchange is not None:
        link.leave()
