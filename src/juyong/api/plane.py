"""The port of data planes: supervised work outside of calls, as the network or the key process.

A plane is told the desired state and converges to it, after any crash too, and gives events back in
batches. The app starts planes, looks after them and stops them; a plane starts nothing by itself.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Generic, Protocol, TypeVar

import msgspec

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
    STOPPED = "stopped"


class PlaneHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a plane does. reason: Why it does not run, in words for an operator."""

    state: PlaneState
    reason: str = ""
    restarts: int = 0


class Plane(Protocol, Generic[D_contra, E_co]):
    """A data plane. All functions may block, and are called by one thread of the supervisor.

    name: In small letters, as /health and metrics show it.
    """

    name: str

    def start(self) -> None:
        """Start, with nothing desired.

        Raises:
            PlaneUnavailable: the machine refuses, and will refuse again.
            OSError: starting failed this time.
        """

    def alive(self) -> bool:
        """Tell whether the plane does its work; a plane that does not is stopped and started."""

    def apply(self, desired: D_contra) -> None:
        """Converge to a whole desired state; returns once the state holds.

        Raises:
            OSError: the plane ended, or refuses.
        """

    def events(self) -> Sequence[E_co]:
        """Return what happened since the last call, in its order; never waits."""

    def stop(self) -> None:
        """End all that was started; may be called twice, and on a plane that is not started."""
