"""All planes of a platform: one server of the database runs them, and a commit wakes them."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from juyong.api.bench import Bench
from juyong.api.plane import Place, Plane, PlaneHealth, PlaneSpec, PlaneState
from juyong.app.planes.ending import await_end
from juyong.base.log import log
from juyong.store.errors import Unavailable
from juyong.store.executor import Executor
from juyong.store.hearing import Hearing

if TYPE_CHECKING:
    from juyong.app.planes.lives import Pace
    from juyong.app.planes.supervisor import Supervisor, Watch

_LOOK_SECONDS = 60.0
"""Between looks at the feed without a ring: a process may be killed between commit and ring."""
_TURN_SECONDS = 2.0
"""Between tries to become the server that runs the planes."""
_GRACE_SECONDS = 10.0
_ELSEWHERE = "another server runs it"
OFF = "turned off by the setting `planes_off`"
Found = Callable[[], Sequence[PlaneSpec[Any, Any]]]
Residents = Callable[[], Mapping[str, Callable[[], PlaneHealth]]]


class Planes:
    """Runs the planes that are found, from `start` to `stop`; each of the two is called once.

    Nothing is found, imported or started before `start`, which returns at once.

    found: Imports and returns the specs. residents: Imports and returns, by name, the functions
    that report on the processes that every server starts when needed. folder: Holds a folder for
    each plane. bench: Makes the surroundings of the work on events, by the name of the work.
    certificate: The certificate of the local authority. off: Names of planes that must not run.
    """

    def __init__(
        self,
        found: Found,
        folder: Path,
        store: Executor,
        bench: Callable[[str], Bench],
        *,
        certificate: Path = Path(),
        residents: Residents = dict,
        off: Sequence[str] = (),
        pace: "Pace | None" = None,
    ) -> None:
        self._found, self._folder, self._store, self._bench = found, folder, store, bench
        self._certificate = certificate
        self._off, self._pace, self._find_residents = off, pace, residents
        self._residents: Mapping[str, Callable[[], PlaneHealth]] = {}
        self._watch: Watch | None = None
        self._specs: Sequence[PlaneSpec[Any, Any]] = ()
        self._running: dict[str, Supervisor[Any, Any]] = {}
        self._hearing: Hearing | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, watch: "Watch") -> None:
        """Have each state that came to hold told, with its plane, on the plane's thread.

        Called before `start`; an error of `watch` ends that life of the plane.
        """
        self._watch = watch

    def start(self) -> None:
        """Begin to run the planes, once no other server does."""
        self._thread = threading.Thread(target=self._run, name="planes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop all planes; returns once they ended, or after some seconds without progress."""
        self._stopping.set()
        hearing, thread = self._hearing, self._thread
        if hearing is not None:
            hearing.knock()
        if thread is not None:
            await_end(thread, 2 * _GRACE_SECONDS, self._progress)

    def _progress(self) -> int:
        return sum(each.progress() for each in tuple(self._running.values()))

    def health(self) -> dict[str, PlaneHealth]:
        """Return how each plane does, by name."""
        found = {spec.name: self._health_of(spec.name) for spec in self._specs}
        return found | {name: health() for name, health in self._residents.items()}

    def collect(self) -> Iterator[Any]:
        """Yield the metric families (the prometheus_client collector protocol)."""
        from juyong.app.planes.figures import families  # noqa: PLC0415  # not needed at the start

        figures = {name: each.figures for name, each in self._running.items()}
        return families(self.health(), figures)

    def applied(self, position: int, seconds: float) -> bool:
        """Wait until the changes up to a position of the inventory are in force in all planes.

        Returns:
            False if they are not in that time, or this server does not run the planes.
        """
        deadline = time.monotonic() + seconds
        running = tuple(self._running.values())
        return bool(running) and all(
            each.applied(position, max(0.0, deadline - time.monotonic())) for each in running
        )

    def plane(self, name: str) -> Plane[Any, Any] | None:
        """Return a plane of this server, for what it offers beyond the port; else None."""
        running = self._running.get(name)
        return None if running is None else running.plane

    async def until_applied(self, position: int, seconds: float = 30.0) -> bool:
        """As `applied`, for the event loop."""
        return await asyncio.to_thread(self.applied, position, seconds)

    def _health_of(self, name: str) -> PlaneHealth:
        if name in self._off:
            return PlaneHealth(state=PlaneState.NONE, reason=OFF)
        running = self._running.get(name)
        if running is not None:
            return running.health()
        if self._stopping.is_set():
            return PlaneHealth(state=PlaneState.STOPPED)
        return PlaneHealth(state=PlaneState.STOPPED, reason=_ELSEWHERE)

    # --- on the thread ---

    def _run(self) -> None:
        try:
            self._residents = self._find_residents()
            self._specs = self._found()
        except Exception as failure:  # noqa: BLE001  # one module must not stop the server
            log().error("planes", cause=repr(failure))
        for spec in self._specs:
            if spec.name in self._off:
                self._supervisor(spec).clear()
        wanted = [spec for spec in self._specs if spec.name not in self._off]
        self._store.ring_for(tuple(kind for spec in wanted for kind in spec.wakes))
        while wanted and not self._stopping.is_set():
            try:
                self._hearing = self._store.listen()
                if self._hearing is not None:
                    with closing(self._hearing):
                        self._serve(self._hearing, wanted)
            except Unavailable as failure:
                log().warning("planes", cause=str(failure))
            finally:
                self._hearing = None
            self._stopping.wait(_TURN_SECONDS)
        for spec in wanted:
            # A server that stops before it had the turn has ended nothing yet.
            self._supervisor(spec).clear()

    def _serve(self, hearing: Hearing, wanted: Sequence[PlaneSpec[Any, Any]]) -> None:
        """Run the planes while this server has the turn."""
        running = [self._supervisor(spec) for spec in wanted]
        self._running = {each.spec.name: each for each in running}
        try:
            for each in running:
                each.start()
            while not self._stopping.is_set():
                hearing.wait(_LOOK_SECONDS)
                for each in running:
                    each.ring()
        finally:
            for each in running:
                each.part()
            for each in running:
                each.stop(_GRACE_SECONDS)
            self._running = {}

    def _supervisor(self, spec: PlaneSpec[Any, Any]) -> "Supervisor[Any, Any]":
        from juyong.app.planes.lives import PACE  # noqa: PLC0415  # as above
        from juyong.app.planes.supervisor import Supervisor  # noqa: PLC0415  # as above

        bench = self._bench(f"plane.{spec.name}")
        made, pace = partial(self._made, spec), self._pace or PACE
        folder = self._folder / spec.name
        return Supervisor(
            *(spec, made, self._store, bench),
            is_left=partial(spec.is_left, folder),
            has_work=partial(spec.has_work, folder),
            pace=pace,
            watch=self._watch,
        )

    def _made(self, spec: PlaneSpec[Any, Any], knock: Callable[[], None]) -> Plane[Any, Any]:
        folder = self._folder / spec.name
        for each in (self._folder, folder):
            each.mkdir(mode=0o700, exist_ok=True)
        blobs = self._bench(f"plane.{spec.name}").platform.disk
        place = Place(folder=folder, knock=knock, certificate=self._certificate, blobs=blobs)
        return spec.make(place)
