"""One plane and the thread that looks after it: start, converge, hand on events, start again."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from traceback import extract_tb
from typing import Any, Generic, TypeVar

from juyong.api.bench import Bench
from juyong.api.plane import Plane, PlaneHealth, PlaneSpec, PlaneState, PlaneUnavailable
from juyong.app.planes.ending import await_end
from juyong.app.planes.figures import PlaneFigures
from juyong.app.planes.handing import Handing, SlowHanding, shown
from juyong.app.planes.lives import PACE, Lives, Pace
from juyong.base.log import log
from juyong.store.errors import StoreError
from juyong.store.executor import Executor
from juyong.store.inventory_reads import Mark, newest, types_changed
from juyong.store.transaction import Transaction

D = TypeVar("D")
E = TypeVar("E")
_NOWHERE = Mark(-1, "")
_CARRIES_NOTHING = (PlaneState.NONE, PlaneState.STOPPED)
Watch = Callable[[Plane[Any, Any], Any], None]


def _never() -> bool:
    return False


class Supervisor(Generic[D, E]):
    """Looks after one plane, on a thread of its own, from `start` to `stop`.

    make: Makes the plane, for each of its lives; is given the knock.
    is_left: Tells whether an earlier life left something that goes on in the system. has_work:
    Tells whether an earlier life left work for a plane, although nothing asks for one.
    watch: Told of each state that came to hold, and of the plane, on the plane's thread.
    """

    def __init__(
        self,
        spec: PlaneSpec[D, E],
        make: Callable[[Callable[[], None]], Plane[D, E]],
        store: Executor,
        bench: Bench,
        *,
        is_left: Callable[[], bool] = _never,
        has_work: Callable[[], bool] = _never,
        pace: Pace = PACE,
        watch: Watch | None = None,
    ) -> None:
        self.spec = spec
        self._watch = watch
        self.figures = PlaneFigures()
        self.plane: Plane[D, E] | None = None
        """The plane while it holds a desired state."""
        self._make, self._store, self._bench, self._pace = make, store, bench, pace
        self._is_left, self._has_work = is_left, has_work
        self._living: Plane[D, E] | None = None
        """The plane of this life, or of the last one."""
        self._changing = threading.Condition()
        self._health = PlaneHealth(state=PlaneState.STARTING)
        self._thread = threading.Thread(target=self._run, name=f"plane-{spec.name}", daemon=True)
        self._stopping = False
        self._rung = self._knocked = self._unread = False
        self._applied = _NOWHERE
        """The newest change that the plane was told."""
        self._in_force = _NOWHERE.position
        self._trouble = self._mistake = ""
        self._lives = Lives(pace)
        self._quick: Handing[E] = Handing(spec, bench, self.figures, self._said)
        self._slow = SlowHanding(
            Handing(spec, bench, self.figures, self._said), f"plane-{spec.name}-slow", pace.look
        )

    def clear(self) -> None:
        """Stop what an earlier life left; called on the thread that runs the plane."""
        if self._is_left():
            plane = self._make(self._knock)
            self._end(plane.stop)
            self._hand_on(plane)

    def health(self) -> PlaneHealth:
        """Return how the plane does."""
        return self._health

    def start(self) -> None:
        """Begin to look after the plane."""
        self._thread.start()

    def part(self) -> None:
        """Have the plane stop; `stop` waits for that."""
        with self._changing:
            self._stopping = True
            self._changing.notify_all()

    def stop(self, seconds: float) -> None:
        """Stop the plane and wait for its end, so many seconds without progress at most."""
        self.part()
        if not await_end(self._thread, seconds, self.progress):
            log().error("plane", plane=self.spec.name, cause="it does not stop")
        with self._changing:
            self._health = PlaneHealth(state=PlaneState.STOPPED, restarts=self._health.restarts)
            self._changing.notify_all()

    def progress(self) -> int:
        """Return a number that changes while slow events are taken."""
        plane = self._living
        return 0 if plane is None else plane.progress()

    def ring(self) -> None:
        """Tell that resources may have changed."""
        with self._changing:
            self._rung = True
            self._changing.notify_all()

    def applied(self, position: int, seconds: float) -> bool:
        """Wait until the changes up to a position of the inventory are in force.

        Returns:
            False if they are not in that time, or if the machine cannot carry the plane.
        """
        with self._changing:
            # A commit that changed other types alone did not ring.
            self._rung = True
            self._changing.notify_all()
            self._changing.wait_for(
                lambda: self._in_force >= position or self._health.state in _CARRIES_NOTHING,
                seconds,
            )
            return self._in_force >= position

    # --- on the thread ---

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._lives.begin()
                why = self._life()
                if not self._stopping:
                    self._note_end(why)
            self.clear()
        except PlaneUnavailable as refused:
            self._tell(PlaneState.NONE, str(refused))
        finally:
            self._slow.finish()

    def _life(self) -> str:
        """Run the plane until it ends or must be stopped; returns why it ended."""
        plane: Plane[D, E] | None = None
        if not self._is_needed():
            return "nothing asks for it"
        try:
            plane = self._living = self._make(self._knock)
            plane.start()
            self._live(plane)
        except PlaneUnavailable:
            raise
        except Exception as failure:  # noqa: BLE001  # told, and the plane is started again
            return self._said(failure)
        finally:
            self.plane = None
            self._forget_force()
            if plane is not None:
                stopping = self._stopping
                self._end(plane.stop if stopping else plane.leave)
                if stopping:
                    # No plane runs until the next start: what this one leaves must be taken now.
                    self._hand_on(plane)
        return "it ended"

    def _is_needed(self) -> bool:
        """Wait until something asks for the plane; False once the plane must be stopped."""
        with self._changing:
            self._applied, self._in_force = _NOWHERE, _NOWHERE.position
        while not self._stopping:
            with self._changing:
                self._rung = False
            try:
                mark, found = self._store.look(self._read)
            except Exception as failure:  # noqa: BLE001  # told, and tried again at the next look
                self._tell(
                    PlaneState.FAILING, f"the desired state cannot be read: {shown(failure)}"
                )
                pause: float | None = self._pace.look
            else:
                if any(map(self.spec.needed, found)) or self._has_work():
                    return True
                self.clear()
                self._tell(PlaneState.IDLE)
                pause = None
                with self._changing:
                    self._applied, self._in_force = mark, mark.position
                    self._changing.notify_all()
            with self._changing:
                self._changing.wait_for(lambda: self._stopping or self._rung, pause)
        return False

    def _live(self, plane: Plane[D, E]) -> None:
        """Keep the plane at the desired state until it ends or must be stopped."""
        self._forget_force()
        while not self._stopping:
            with self._changing:
                self._knocked = False
            self._converge(plane)
            waits = self._hand_on(plane)
            if not plane.alive():
                return
            self._note_force(plane)
            self._note_life(self._trouble or waits, plane.remark())
            with self._changing:
                self._changing.wait_for(self._is_called, self._pace.look)
        self._hand_on(plane)

    def _is_called(self) -> bool:
        """Tell whether there is something to do; while events wait, knocks do not hurry."""
        return self._stopping or self._rung or (self._knocked and not self._quick.waits)

    def _converge(self, plane: Plane[D, E]) -> None:
        """Apply the desired state if it may have changed.

        The plane goes on with the state that it has as long as another one makes no sense.
        """
        with self._changing:
            if not (self._rung or self._unread or self._applied == _NOWHERE):
                return
            self._rung = False
        self._unread = True
        try:
            mark, found = self._store.look(self._read)
        except Exception as failure:  # noqa: BLE001  # told, and tried again at the next look
            self._trouble = f"the desired state cannot be read: {self._said(failure)}"
            return
        self._unread = False
        for desired in found:
            began = time.monotonic()
            try:
                plane.apply(desired)
            except (OSError, PlaneUnavailable):
                raise
            except Exception as failure:  # noqa: BLE001  # told, and tried again at the next ring
                self._trouble = f"the desired state cannot be applied: {self._said(failure)}"
                return
            self.figures.applies += 1
            self.figures.apply_seconds += time.monotonic() - began
            if self._watch is not None:
                self._watch(plane, desired)
        self._trouble, self.plane = "", plane
        self._lives.hold()
        with self._changing:
            self._applied = mark
        self._note_force(plane)

    def _note_force(self, plane: Plane[D, E]) -> None:
        if not self._unread and not plane.settling():
            with self._changing:
                self._in_force = self._applied.position
                self._changing.notify_all()

    def _forget_force(self) -> None:
        """Note that nothing is in force: no plane lives, or the one that does was told nothing."""
        with self._changing:
            self._applied, self._in_force = _NOWHERE, _NOWHERE.position

    def _read(self, tx: Transaction) -> tuple[Mark, tuple[D, ...]]:
        """Return the newest change, and the desired state unless no part of it changed."""
        types = None if self._applied == _NOWHERE else types_changed(tx, self._applied)
        if types is None or any(each.startswith(self.spec.wakes) for each in types):
            return newest(tx), (self.spec.read(tx),)
        return newest(tx), ()

    def _hand_on(self, plane: Plane[D, E]) -> str:
        """Give events to the service; returns why that failed.

        Slow events go to a thread of their own, and do not hold up the others.
        """
        if not self._quick.waits:
            events = list(plane.events())
            self._slow.put([each for each in events if self.spec.slow(each)])
            self._quick.put(each for each in events if not self.spec.slow(each))
        return self._quick.hand_on()

    def _end(self, how: Callable[[], None]) -> None:
        try:
            how()
        except Exception as failure:  # noqa: BLE001  # told; the plane is started again or left
            log().error("plane", plane=self.spec.name, cause=shown(failure))

    def _said(self, failure: Exception) -> str:
        """Say what failed; a mistake is logged with its place, once until another one is made."""
        if not isinstance(failure, OSError | StoreError):
            place = _place(failure)
            if place != self._mistake:
                self._mistake = place
                log().error("plane", plane=self.spec.name, mistake=shown(failure), at=place)
        return shown(failure)

    def _note_life(self, trouble: str, remark: str) -> None:
        if trouble:
            self._tell(PlaneState.FAILING, trouble)
        elif self._lives.is_well():
            self._tell(PlaneState.RUNNING, remark)

    def _note_end(self, why: str) -> None:
        """Tell why the plane ended, and pause."""
        pause = self._lives.end()
        log().warning("plane", plane=self.spec.name, ended=why, in_a_row=self._lives.in_a_row)
        state = PlaneState.FAILING if self._lives.is_loop() else PlaneState.STARTING
        self._tell(state, why, restarts=self._health.restarts + 1)
        with self._changing:
            self._changing.wait_for(lambda: self._stopping, pause)

    def _knock(self) -> None:
        with self._changing:
            self._knocked = True
            self._changing.notify_all()

    def _tell(self, state: PlaneState, reason: str = "", restarts: int | None = None) -> None:
        """Change what is shown, unless `stop` did."""
        with self._changing:
            if self._stopping:
                return
            shown = self._health.restarts if restarts is None else restarts
            self._health = PlaneHealth(state=state, reason=reason, restarts=shown)
            self._changing.notify_all()


def _place(failure: Exception) -> str:
    """Return where a failure was raised: a file and a line."""
    last = extract_tb(failure.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
