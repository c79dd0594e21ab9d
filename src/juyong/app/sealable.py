"""The platform of a running server, which can be sealed and unsealed while the server listens."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from functools import partial

from juyong.app.home import BadHome, Home
from juyong.app.inside import Inside
from juyong.app.keys.unlocking import Unlocking
from juyong.app.metadata import metadata_of
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.log import log
from juyong.base.secret import Secret
from juyong.gateway.gate import Gate
from juyong.store.errors import StoreError
from juyong.worker.supervise import kept_running
from juyong.worker.threads import on_thread, wait_for_threads

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
GRACE_SECONDS = 30.0
_THREADS_SECONDS = 30.0
_MOST_WORDS = 300
"""Characters that are told of one plane."""
RunWorker = Callable[[Running], Awaitable[None]]


class Sealable:
    """Holds the platform while it is open, and nothing of it while it is sealed.

    Args:
        home: The home that holds the platform.
        settings: The settings of the platform.
        run_worker: Runs while the platform is open, until cancelled; started again if it ends.
        first_delay_seconds: How long the first refused unseal waits for its answer; each further
            one in a row twice as long, up to half a minute. Requests are handled one at a time.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        run_worker: RunWorker,
        *,
        first_delay_seconds: float = FIRST_DELAY_SECONDS,
    ) -> None:
        self.gate = Gate()
        self.inside: Inside | None = None
        """Serves instances, which planes of the platform run; set before `start_worker`."""
        self._home = home
        self._settings = settings
        self._run_worker = run_worker
        self._first_delay = first_delay_seconds
        self._failures = 0
        self._running: Running | None = None
        self._worker: asyncio.Task[None] | None = None
        self._busy = asyncio.Lock()

    @property
    def sealed(self) -> bool:
        """Whether there is no open platform."""
        return self._running is None

    def planes(self) -> dict[str, str]:
        """Return how the planes of the open platform do, in a few words each."""
        running = self._running
        found = {} if running is None else running.planes.health()
        return {name: str(how)[:_MOST_WORDS] for name, how in found.items()}

    def admit(self, running: Running) -> None:
        """Let calls through to a platform; from here on this object owns the platform."""
        self._running = running
        self.gate.open(running.application)

    def start_worker(self) -> None:
        """Start the worker and the planes of the open platform."""
        running = self._running
        if running is not None:
            if self.inside is not None:
                running.planes.watch(partial(self.inside.follow, partial(metadata_of, running)))
            running.planes.start()
            self._worker = asyncio.ensure_future(
                kept_running(
                    partial(self._run_worker, running),
                    running.figures,
                    lambda cause: log().error("the worker ended", cause=cause),
                )
            )

    def forget(self) -> None:
        """Overwrite the keys, whatever else the process does on its way out."""
        if self._running is not None:
            self._running.keys.forget()

    async def seal(self, user: int) -> str:
        """Finish calls under way and close the platform; returns why it failed, empty when done.

        Args:
            user: The user who asks for it, for the log.
        """
        return await self._alone(partial(self._seal, user))

    async def unseal(self, passphrase: Secret | None, user: int) -> str:
        """Open the platform; returns why it failed, empty when done.

        Args:
            passphrase: For a home that is sealed by one.
            user: The user who asks for it, for the log.
        """
        return await self._alone(partial(self._unseal, passphrase, user))

    async def stop(self) -> None:
        """Close the platform if it is open, and forget its keys."""
        await self.gate.shut(0)
        await self._close()

    async def _alone(self, work: Callable[[], Awaitable[str]]) -> str:
        if self._busy.locked():
            return "another seal or unseal is under way"
        async with self._busy:
            return await work()

    async def _unseal(self, passphrase: Secret | None, user: int) -> str:
        if self._running is not None:
            return "the server is not sealed"
        try:
            running = await asyncio.to_thread(self._open, passphrase)
        except (BadHome, StoreError) as failure:
            await self._refuse(failure, user)
            return str(failure)
        self._failures = 0
        self.admit(running)
        self.start_worker()
        log().info("unsealed", user=user)
        return ""

    def _open(self, passphrase: Secret | None) -> Running:
        from juyong.app.state.views import reachable  # noqa: PLC0415  # not needed at the start

        unlocking = None
        if passphrase is not None:
            unlocking = Unlocking(passphrase=lambda: passphrase, settings=self._settings)
        with reachable():
            running = open_platform(self._home.path, settings=self._settings, unlocking=unlocking)
        try:
            running.note("Unseal")
        except BaseException:
            running.close()
            raise
        return running

    async def _refuse(self, failure: Exception, user: int) -> None:
        self._failures += 1
        log().warning("unseal refused", user=user, cause=str(failure), in_a_row=self._failures)
        delay = self._first_delay * 2.0 ** min(self._failures - 1, 10)
        await asyncio.sleep(min(delay, LONGEST_DELAY_SECONDS))

    async def _seal(self, user: int) -> str:
        if self._running is None:
            return "it is sealed"
        if not await self.gate.shut(GRACE_SECONDS):
            log().warning("sealed while calls were under way")
        try:
            await asyncio.to_thread(self._running.note, "Seal")
        except StoreError as failure:
            # The seal goes on: a failing store is no reason to keep the keys.
            log().error("store", cause=repr(failure), by=repr(failure.__cause__))
        await self._close()
        if not await asyncio.to_thread(wait_for_threads, _THREADS_SECONDS):
            log().warning("sealed while jobs were under way")
        if plain := await asyncio.to_thread(_plain_disks, self._home):
            log().warning("sealed while disks are plain", disks=plain)
        # Caches of AccessKey secrets are in cycles with the pipeline.
        gc.collect()
        log().info("sealed", user=user)
        return ""

    async def _close(self) -> None:
        """Let go of everything that holds keys or secrets."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()
            await asyncio.wait([worker])
            # Its error remembers where it was, and so the platform.
            del worker
        running, self._running = self._running, None
        if running is not None:
            # A thread of a pool would keep the platform for a moment after it told the end.
            await on_thread("close", running.close)
            if self.inside is not None:
                await self.inside.leave()


def _plain_disks(home: Home) -> int:
    """Return how many disks of instances, and copies of disks, the planes could not seal."""
    from juyong.app.planes.plain import (  # noqa: PLC0415  # not needed at the start
        plain_copies,
        plain_disks,
    )

    return len(plain_disks(home)) + len(plain_copies(home))
