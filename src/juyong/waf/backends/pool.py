"""The backends of a site: which one takes a request, over which connection.

Names are resolved every few seconds, every address is judged each time, and connections go to
judged addresses: a name that leads elsewhere at the next look gains nothing.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from functools import partial

from juyong.base.log import log
from juyong.waf.backends.guard import Guarded, Origin, check, origin_of
from juyong.waf.backends.link import Link
from juyong.waf.site import Site

_MOST_IDLE = 64
_FAILURES = 3
_REST_SECONDS = 5.0
_SILENT_SECONDS = 60.0

Resolve = Callable[[str, int], "asyncio.Future[Sequence[str]]"]


class Unreachable(ConnectionError):
    """No backend takes the request; the text says why."""


class Backend:
    """One server: its addresses, its connections, and whether requests go there.

    host: The Host header of a request that came without.
    rests_until: On the loop's clock, until when the backend is passed over after failures.
    healthy: By the last probe; True where there are none.
    """

    def __init__(self, origin: Origin, site: Site, context: ssl.SSLContext | None) -> None:
        self.origin = origin
        self.host = str(origin).partition("://")[2].encode()
        self.addresses: tuple[str, ...] = ()
        self.healthy = True
        self.rests_until = 0.0
        self.open = 0
        self._site = site
        self._context = context
        self._failures = 0
        self._silent_until = 0.0
        self._at = 0
        self._now = asyncio.get_running_loop().time()
        self._idle: list[Link] = []

    def take(self, *, surely_open: bool = False) -> Link | None:
        """Return a connection that waits for a request.

        surely_open: For a request that must not be sent twice. Servers close a connection that
            waits, some after two seconds, and a request that meets the close is lost; so the
            connection waits since the last look at deadlines, which is a second at most.
        """
        while self._idle:
            link = self._idle[-1]
            if surely_open and link.idle_since != self._now:
                return None
            self._idle.pop()
            if not link.transport.is_closing():
                return link
        return None

    def idle(self, link: Link) -> None:
        """Keep a connection for the next request, unless it is closing; see `take`."""
        if len(self._idle) >= _MOST_IDLE:
            link.transport.abort()
            return
        # PERF: asking the loop costs a call of the system; a link may wait a second less.
        link.idle_since = self._now
        self._idle.append(link)

    def lost(self, link: Link) -> None:
        """Forget a connection."""
        self.open -= 1
        if link in self._idle:
            self._idle.remove(link)

    def tick(self, now: float) -> None:
        """Close connections that waited long: the backend may be closing them too."""
        self._now = now
        while self._idle and now - self._idle[0].idle_since > self._site.times.backend_idle:
            self._idle.pop(0).transport.abort()

    def close(self) -> None:
        """Close the connections that wait."""
        while self._idle:
            self._idle.pop().transport.abort()

    async def connect(self) -> Link:
        """Open a connection.

        Raises:
            OSError: the backend cannot be reached.
        """
        loop = asyncio.get_running_loop()
        if not self.addresses:
            raise ConnectionError("the backend's name has no address that may be dialled")
        self._at += 1
        address = self.addresses[self._at % len(self.addresses)]
        self.open += 1
        try:
            async with asyncio.timeout(self._site.times.connect):
                _, link = await loop.create_connection(
                    partial(Link, self),
                    address,
                    self.origin.port,
                    ssl=self._context,
                    server_hostname=self.origin.host if self._context else None,
                )
        except OSError as failure:
            self.open -= 1
            self.failed(loop.time(), failure)
            raise
        except BaseException:
            self.open -= 1
            raise
        self._failures = 0
        return link

    def failed(self, now: float, failure: OSError) -> None:
        """Count a failure, and tell the operator once a minute; after a few the backend rests."""
        self._failures += 1
        if now >= self._silent_until:
            self._silent_until = now + _SILENT_SECONDS
            cause = failure.strerror or type(failure).__name__
            log().warning("backend not reached", backend=str(self.origin), cause=cause)
        if self._failures >= _FAILURES:
            self.rests_until = now + _REST_SECONDS

    async def resolve(self, own_ports: Sequence[int]) -> None:
        """Look the name up, and keep the addresses that may be dialled.

        Raises:
            Guarded: the name leads to an address that is never dialled; none is kept.
            OSError: the name has no address; the earlier ones are kept.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self.origin.host, self.origin.port, type=1)
        addresses = tuple(dict.fromkeys(str(place[4][0]) for place in found))
        try:
            for each in addresses:
                check(each, self.origin.port, own_ports)
        except Guarded:
            self.addresses = ()
            self.close()
            raise
        self.addresses = addresses


class Backends:
    """All backends of a site, asked in turn."""

    def __init__(self, site: Site) -> None:
        self._most = site.backend_connections
        self._turn = 0
        context = None
        origins = [origin_of(url) for url in site.backends]
        if any(each.scheme == "https" for each in origins):
            context = ssl.create_default_context(cafile=site.backend_ca or None)
        self.all = [
            Backend(each, site, context if each.scheme == "https" else None) for each in origins
        ]
        self._only = self.all[0] if len(self.all) == 1 else None

    def pick(self, now: float, passed_over: Sequence[Backend] = ()) -> Backend:
        """Choose the next backend that is well, or one that is not where all are ill.

        Raises:
            Unreachable: each was tried, or has as many connections as it may.
        """
        count = len(self.all)
        ill: Backend | None = None
        for _ in range(count):
            self._turn = (self._turn + 1) % count
            each = self.all[self._turn]
            if each in passed_over or each.open >= self._most:
                continue
            if each.healthy and each.rests_until <= now:
                return each
            ill = ill or each
        if ill is None:
            raise Unreachable("no backend is left to ask")
        return ill

    def at_hand(self, now: float) -> Link | None:
        """Return a connection at hand of the backend that `pick` chooses; None where is none.

        Whoever picks then gets the same backend.
        """
        each = self._only
        if each is not None and each.healthy and each.rests_until <= now and each.open < self._most:
            # PERF: what the steps below come to for a site with one server.
            return each.take()
        turn = self._turn
        try:
            link = self.pick(now).take()
        except Unreachable:
            return None
        if link is None:
            self._turn = turn
        return link

    def tick(self, now: float) -> None:
        """Close what waited long."""
        for each in self.all:
            each.tick(now)

    def close(self) -> None:
        """Close what waits."""
        for each in self.all:
            each.close()
