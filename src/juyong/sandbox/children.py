"""The runs under way: a user id for each, and a way to stop them all."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from juyong.base.own_process import Child, kill_group, python, started
from juyong.sandbox.job import Busy

_CHILD = Path(__file__).with_name("child.py")
_FIRST_UID = 2_000_000_000
SLOTS = max(4, os.cpu_count() or 1)
"""How many may run at once: fewer than the server has threads for slow work."""
OWNERS_SLOTS = max(1, SLOTS // 2)
"""How many of them one owner may have, so that no owner takes all."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for one run. `uid` is its own user id, so that runs cannot see or starve each other."""

    uid: int
    stops: int = field(repr=False)


class Children(msgspec.Struct):
    """Ensures that each child that is started is ended.

    refusal: Why the system could not isolate the last run; empty when it could.
    """

    refusal: str = ""
    _taken: dict[int, str] = msgspec.field(default_factory=dict)
    _running: set[int] = msgspec.field(default_factory=set)
    _stops: int = 0
    _lock: threading.Lock = msgspec.field(default_factory=threading.Lock)

    @contextmanager
    def slot(self, owner: str) -> Iterator[Slot]:
        """Hold room for a run of an owner's.

        Raises:
            Busy: there is none, or the owner has their share.
        """
        with self._lock:
            free = set(range(_FIRST_UID, _FIRST_UID + SLOTS)) - self._taken.keys()
            if not free or list(self._taken.values()).count(owner) >= OWNERS_SLOTS:
                raise Busy
            slot = Slot(min(free), self._stops)
            self._taken[slot.uid] = owner
        try:
            yield slot
        finally:
            with self._lock:
                del self._taken[slot.uid]

    def start(self, slot: Slot) -> Child:
        """Start the child of a slot.

        Raises:
            Busy: all runs have been stopped since the slot was taken.
        """
        with self._lock:
            if slot.stops != self._stops:
                raise Busy
            child = started(python(_CHILD), piped=("stdin", "stdout", "stderr"))
            self._running.add(child.pid)
        return child

    def end(self, child: Child) -> int:
        """Kill whatever is left of a child, and wait for it; returns its exit code."""
        with self._lock:
            # Once it has been waited for, the number may be another process's.
            self._running.discard(child.pid)
            kill_group(child.pid)
        return child.wait()

    def running(self) -> int:
        """Return how many run."""
        return len(self._running)

    def stop_all(self) -> None:
        """Kill every child; slots taken before start none any more."""
        with self._lock:
            self._stops += 1
            for pid in self._running:
                kill_group(pid)


children = Children()


def stop_all() -> None:
    """Stop every function of this process's, whoever waits for it."""
    children.stop_all()
