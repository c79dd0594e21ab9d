"""The port of data planes: supervised work outside of calls, as the network or the key process.

A plane is told the desired state and converges to it, after any crash too, and gives events back in
batches. The app starts planes, looks after them and stops them; a plane starts nothing by itself.

A service has a plane by a module `planes.py` with a `PlaneSpec`, found by scanning:

    DATAPLANE = PlaneSpec(
        name="dataplane", wakes=("ACS::VPC::", "ACS::ECS::"), make=…, read=…, take_events=…
    )
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from juyong.api.bench import Bench
from juyong.blobs.disk import Disk
from juyong.store.transaction import Transaction

D = TypeVar("D")
E = TypeVar("E")
D_contra = TypeVar("D_contra", contravariant=True)
E_co = TypeVar("E_co", covariant=True)


class PlaneUnavailable(Exception):
    """The machine cannot carry the plane; the text says why, in words for an operator."""


class PlaneState(Enum):
    """The states of a plane, as /health shows them."""

    NONE = "none"
    """The machine refuses the plane, or a setting turns it off: what it would do is simulated."""
    STARTING = "starting"
    RUNNING = "running"
    FAILING = "failing"
    """The plane ends again and again; it is started after a growing pause."""
    IDLE = "idle"
    """Nothing runs, since nothing is asked of the plane: the first need starts the plane."""
    STOPPED = "stopped"
    """Sealed or stopping, or another server of the database runs the plane."""


class PlaneHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a plane does. reason: Why it does not run, in words for an operator."""

    state: PlaneState
    reason: str = ""
    restarts: int = 0

    def __str__(self) -> str:
        """Return the state, and why, as /health shows it."""
        return f"{self.state.value} ({self.reason})" if self.reason else self.state.value


class Plane(Protocol, Generic[D_contra, E_co]):
    """A data plane. All functions may block, and are called by one thread of the supervisor.

    The thread lives from `start` until `stop` returned, so that a child may ask the kernel for a
    signal when its parent, which is that thread, ends.

    name: In small letters, as /health and metrics show it.
    """

    @property
    def name(self) -> str:
        """Return the name of its spec."""

    def start(self) -> None:
        """Start, with nothing desired.

        Raises:
            PlaneUnavailable: the machine refuses, and will refuse again.
            OSError: starting failed this time.
        """

    def alive(self) -> bool:
        """Tell whether the plane does its work; a plane that does not is stopped and started."""

    def apply(self, desired: D_contra) -> None:
        """Converge to a whole desired state; returns once all of it holds but what is `settling`.

        Raises:
            OSError: the plane ended, or refuses; the plane is started anew.
            Exception: the state makes no sense; nothing was changed, and the plane goes on.
        """

    def settling(self) -> bool:
        """Tell whether a part of the applied state is still on its way, and will knock."""

    def events(self) -> Sequence[E_co]:
        """Return what happened since the last call, in its order; never waits."""

    def progress(self) -> int:
        """Return a number that changes while the slow events are taken: a stop waits for that."""

    def remark(self) -> str:
        """Return what an operator should know of a plane that runs; empty for nothing."""

    def leave(self) -> None:
        """End a life that failed, or that another one follows, and let all processes go.

        What the system keeps past the plane's processes may go on: the next `start` takes it over,
        and `stop` ends it.
        """

    def stop(self) -> None:
        """End all that was started, by this life or by an earlier one that was killed.

        May be called twice, and on a plane that is not started.

        Raises:
            OSError: a living process still has what an earlier life left.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The surroundings in which a plane is made.

    folder: Of the plane alone, in the home, mode 0700; what a killed plane left is still there.
    knock: Has the supervisor look at `alive` and `events` at once, instead of within a second; may
        be called from any thread, and never waits.
    certificate: That of the local authority (PEM), which clients that the plane runs trust.
    blobs: Where blobs are.
    """

    folder: Path
    certificate: Path
    knock: Callable[[], None]
    blobs: Disk


def _always(_desired: object) -> bool:
    return True


def _never(_asked: object) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneSpec(Generic[D, E]):
    """The declaration of a service's plane, in its module `planes.py`.

    name: As /health, metrics and the setting `planes_off` name the plane.
    wakes: Types of resources, or the beginnings of types, whose changes wake the plane.
    make: Makes the plane; starts nothing, and may be called again after a seal.
    read: Reads the whole desired state, in one view of the store.
    needed: Whether a desired state asks for the plane; it is started for the first that does.
    is_left: Whether an earlier life left something that goes on in the system; is given the plane's
        folder. Where no plane is needed, one is made to stop that.
    has_work: Whether an earlier life left work that a plane alone does; is given the plane's
        folder. A plane is started for that although no desired state asks for one.
    take_events: Gets events of the plane, a thousand at most, in their order. They come again when
        this raises StoreError, and three times when this raises something else.
    slow: Whether taking an event takes long: such events are handed on by a thread of their own, in
        their order, while the plane converges and others are taken.
    """

    name: str
    wakes: tuple[str, ...]
    make: Callable[[Place], Plane[D, E]]
    read: Callable[[Transaction], D]
    take_events: Callable[[Bench, Sequence[E]], None]
    needed: Callable[[D], bool] = _always
    slow: Callable[[E], bool] = _never
    is_left: Callable[[Path], bool] = _never
    has_work: Callable[[Path], bool] = _never
