"""The events of a plane on their way to the service: in their order, and again after a failure."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from juyong.api.bench import Bench
from juyong.api.plane import PlaneSpec
from juyong.app.planes.figures import PlaneFigures
from juyong.base.log import log
from juyong.store.errors import StoreError

E = TypeVar("E")
Said = Callable[[Exception], str]
_MOST_EVENTS = 1000
_TRIES = 3
"""How often a batch is offered to a service that fails at it."""


class Handing(Generic[E]):
    """Events that wait for the service; `hand_on` is called by one thread at a time.

    said: Says what failed, in words for an operator.
    """

    def __init__(
        self, spec: PlaneSpec[Any, E], bench: Bench, figures: PlaneFigures, said: Said
    ) -> None:
        self._spec, self._bench, self._figures, self._said = spec, bench, figures, said
        self._events: deque[E] = deque()
        self._tries = 0

    @property
    def waits(self) -> bool:
        """Whether there are events."""
        return bool(self._events)

    def put(self, events: Iterable[E]) -> None:
        """Take more events, from any thread."""
        self._events.extend(events)

    def hand_on(self) -> str:
        """Give the events to the service; returns why that failed."""
        while self._events:
            batch = [self._events[n] for n in range(min(len(self._events), _MOST_EVENTS))]
            try:
                self._spec.take_events(self._bench, batch)
            except Exception as failure:  # noqa: BLE001  # told, and tried again
                if not self._is_given_up(batch, failure):
                    return f"events wait: {self._said(failure)}"
            else:
                self._figures.events += len(batch)
            self._tries = 0
            for _ in batch:
                self._events.popleft()
        return ""

    def _is_given_up(self, batch: list[E], failure: Exception) -> bool:
        """Tell whether a batch is dropped, which must not stop all that follow."""
        if isinstance(failure, StoreError):
            return False
        self._tries += 1
        if self._tries < _TRIES:
            return False
        self._figures.events_lost += len(batch)
        log().error("plane", plane=self._spec.name, lost=len(batch), cause=shown(failure))
        return True


class SlowHanding(Generic[E]):
    """Hands on events whose taking takes long, on a thread that begins with the first of them.

    pause: Seconds before events that the service could not take are offered again.
    """

    def __init__(self, handing: Handing[E], name: str, pause: float) -> None:
        self._handing, self._pause = handing, pause
        self._changing = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def put(self, events: list[E]) -> None:
        """Take more events."""
        if not events:
            return
        with self._changing:
            self._handing.put(events)
            self._changing.notify_all()
        if self._thread.ident is None:
            self._thread.start()

    def finish(self) -> None:
        """Return once all events were handed on, or failed once more."""
        with self._changing:
            self._ending = True
            self._changing.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        failed = ""
        while True:
            with self._changing:
                if failed:
                    self._changing.wait_for(lambda: self._ending, self._pause)
                self._changing.wait_for(lambda: self._ending or self._handing.waits)
                ending = self._ending
            failed = self._handing.hand_on()
            if ending and (failed or not self._handing.waits):
                return


def shown(failure: Exception) -> str:
    """Say what failed. SECURITY: errors other than the system's may name what callers sent."""
    return str(failure) if isinstance(failure, OSError) else type(failure).__name__
