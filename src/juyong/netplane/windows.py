"""Windows of flow records: a thread that has the counters of all routers dumped and compared."""

import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from juyong.base.clock import Clock
from juyong.engines.packet import Compiled
from juyong.engines.packet.nft_words import MOST_FLOWS, PASSED, REFUSED
from juyong.netplane import messages as m
from juyong.netplane.client import Helper
from juyong.netplane.desired import Flow, Watched
from juyong.netplane.flows import (
    BadCounters,
    Counted,
    Counters,
    FlowKey,
    counters_of,
    records,
    since,
)

_MOST_RECORDS = 200_000
_DUMP_SECONDS = 20.0
_CHUNK = 1 << 20
_NONE: Counters = {}

State = tuple[Mapping[int, str], Compiled]
"""The VPC of each router, and what judges their packets."""


class Windows:
    """The records of the windows that have ended, until someone takes them.

    Args:
        state: What holds now, read at the end of each window.
        window_s: Seconds of a window; none ends by itself when they are 0.
        knock: Called when a window has ended with records.
    """

    def __init__(
        self,
        helper: Helper,
        state: Callable[[], State],
        clock: Clock,
        window_s: float,
        knock: Callable[[], None],
    ) -> None:
        self._knock = knock
        self._helper, self._state, self._clock = helper, state, clock
        self._window_s = window_s
        self._before: dict[int, tuple[Counters, Counters]] = {}
        self._start = int(clock())
        self._judged_by: Compiled | None = None
        self._records: deque[Flow | Watched] = deque(maxlen=_MOST_RECORDS)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flows", daemon=True)
        if window_s:
            self._thread.start()

    def take(self) -> list[Flow | Watched]:
        """Return the records since the last call, and after those of a window the window."""
        found = []
        while self._records:
            found.append(self._records.popleft())
        return found

    def stop(self) -> None:
        """End the thread; the helper must have ended, or end soon."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def close_window(self) -> None:
        """End the window now.

        Raises:
            OSError: the helper is gone.
        """
        with self._lock:
            end = int(self._clock())
            vpcs, compiled = self._state()
            whole, held = True, len(self._records)
            for router, vpc_id in vpcs.items():
                try:
                    passed, refused = self._dump(router, PASSED), self._dump(router, REFUSED)
                except (BadCounters, m.NotDone):
                    whole = False
                    continue  # The router is gone, or its rules were changed from elsewhere.
                # A set that is full counts no new flow.
                whole = whole and max(len(passed), len(refused)) < MOST_FLOWS
                before = self._before.get(router, (_NONE, _NONE))
                self._before[router] = (passed, refused)
                found = since(passed, before[0]), since(refused, before[1])
                window = (self._start, end)
                judged_by = self._judged_by
                told = list(records(*found, compiled, vpc_id, window, before=judged_by))
                held += len(told)
                self._records.extend(told)
            for router in self._before.keys() - vpcs.keys():
                del self._before[router]
            if whole and held < _MOST_RECORDS:
                self._records.append(Watched(start_s=self._start, end_s=end))
            self._start, self._judged_by = end, compiled

    def _run(self) -> None:
        while not self._stopped.wait(self._window_s):
            try:
                self.close_window()
            except OSError:
                return  # The helper is gone, and with it all that was counted.
            if self._records:
                self._knock()

    def _dump(self, router: int, names: tuple[str, ...]) -> Counters:
        found: dict[FlowKey, Counted] = {}
        for name in names:
            hear, inner = os.pipe2(os.O_CLOEXEC)
            try:
                try:
                    request = m.Flows(number=self._helper.number(), router=router, which=name)
                    self._helper.ask(request, (inner,))
                finally:
                    os.close(inner)
                found |= counters_of(_read_all(hear))
            finally:
                os.close(hear)
        return found


def _read_all(pipe: int) -> bytes:
    """Read to the end.

    Raises:
        BadCounters: it is too long, or takes too long.
    """
    found = bytearray()
    deadline = time.monotonic() + _DUMP_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(pipe, _CHUNK)
            if not chunk:
                return bytes(found)
            found += chunk
            if len(found) > m.MOST_BYTES:
                break
    raise BadCounters("the dump did not end")
