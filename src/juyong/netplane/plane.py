"""The network plane: converges a helper's namespaces to a desired state.

Any failure leaves the plane not alive, and it is started anew: from nothing, so that no half-known
state goes on carrying packets; or, as root, from what the kernel confirms of a killed helper's.
A helper that refuses a step leaves nothing.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from juyong.api.plane import PlaneUnavailable
from juyong.base.clock import Clock, system_clock
from juyong.blobs.disk import NOWHERE, Disk
from juyong.engines.packet import Compiled, Network
from juyong.netplane import messages as m
from juyong.netplane.adopting import Taken, noted, read_note, taken
from juyong.netplane.client import Helper, Refusal
from juyong.netplane.desired import (
    Desired,
    Event,
    MachineEnded,
    MachineRefused,
    Mended,
)
from juyong.netplane.disks import Disks
from juyong.netplane.door import DISKS, PLANE, Door
from juyong.netplane.once import Once
from juyong.netplane.outsiders import Outsiders
from juyong.netplane.plan import Numbers, Plan, plan_of
from juyong.netplane.reaching import Reaching
from juyong.netplane.room import Room
from juyong.netplane.sessions import unwanted
from juyong.netplane.steps import Change
from juyong.netplane.windows import State, Windows

UNBOUNDED = (
    "no control group bounds a machine as a whole: none is delegated with `memory` and `pids`"
)
UNHELD = "snapshots of instances that run fail, since the system lets no process be traced"
_GLANCE_SECONDS = 0.05
"""How long a state waits for disks that are opened, before the next one may come."""


def _no_one() -> None:
    """Hear a knock and do nothing."""


class NetworkPlane(Reaching):
    """Network namespaces for all VPCs, in one helper process.

    Args:
        folder: Where the door for the operator's commands is; None for no door. As root, machines
            outlive the server that a plane with a folder runs in, until `stop`.
        name: As /health and metrics show it.
        certificate: Of an authority (PEM) that clients in machines trust, with those told.
        window_s: Seconds of a window of flow records; none ends by itself when they are 0.
        knock: Called by any thread when there are events, or the helper has ended.
        blobs: Where the content of disks is.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        name: str = PLANE,
        certificate: Path | None = None,
        window_s: float = 60.0,
        clock: Clock = system_clock,
        knock: Callable[[], None] = _no_one,
        blobs: Disk = NOWHERE,
    ) -> None:
        self.name = name
        self._certificate = certificate
        self._window_s, self._clock, self._knock = window_s, clock, knock
        self._windows: Windows | None = None
        self._lock = threading.Lock()
        self._folder = folder
        self._disks = (
            Disks(folder / DISKS, blobs, knock, self._running) if folder is not None else None
        )
        self._room = Room(folder) if folder is not None and os.geteuid() == 0 else None
        self._door: Door | None = None
        self._helper: Helper | None = None
        self._once: Once | None = None
        self._forget()

    def _forget(self) -> None:
        self._plan, self._numbers = Plan(), Numbers()
        self._desired = Desired()
        self._compiled = Compiled(Network())
        self._outsiders = Outsiders()
        self._failed = self._is_wrong = False
        self._note = b""
        self._taken: Taken | None = None
        """All that an earlier helper left, until the first desired state is applied."""
        self._refused: dict[str, str] = {}
        """Why a machine of the plan does not run, by its id."""

    # -- the port of planes ----------------------------------------------------------------------

    def start(self) -> None:
        """Start, with nothing desired.

        Raises:
            PlaneUnavailable: the machine refuses, and will refuse again.
            OSError: starting failed this time.
        """
        self.leave()
        helper = self._helped()
        with self._lock:
            self._helper = helper
            self._forget()
            if helper.found is not None:
                note = read_note(helper.found)
                self._numbers, self._taken = Numbers(note.numbers), taken(helper.found, note)
            self._once = Once(helper, self._knock)
            self._windows = Windows(helper, self._state, self._clock, self._window_s, self._knock)
        if self._disks is not None:
            self._disks.begin()
        if self._taken is None:
            self.apply(Desired())
        if self._folder is not None:
            self._door = Door(self, self._folder)

    def _helped(self) -> Helper:
        try:
            return Helper(self._knock, self._room)
        except Refusal as refused:
            raise PlaneUnavailable(str(refused)) from None
        except OSError:
            if self._room is not None:
                # What is left must not be what fails each start.
                self._room.clear()
            raise

    def remark(self) -> str:
        """Return what lacks: a life behind the server, bounds of instances, seals of disks."""
        helper, found = self._helper, []
        if helper is not None and helper.unkept:
            found.append(f"machines end with the server, since the system refuses: {helper.unkept}")
        if helper is not None and not helper.is_bounded:
            found.append(UNBOUNDED)
        if helper is not None and helper.unheld:
            found.append(f"{UNHELD}: {helper.unheld}")
        if plain := self._disks.plain() if self._disks is not None else 0:
            found.append(f"disks that no instance uses and that are not sealed yet: {plain}")
        if copies := self._disks.copies() if self._disks is not None else 0:
            found.append(
                f"copies that snapshots are taken of and that are not sealed yet: {copies}"
            )
        return "; ".join(found)

    def progress(self) -> int:
        """Return how many bytes of disks were packed in this process."""
        return 0 if self._disks is None else self._disks.packed

    def alive(self) -> bool:
        """Tell whether the helper runs and holds what it was told."""
        helper = self._helper
        return helper is not None and not helper.ended.is_set() and not self._failed

    def apply(self, desired: Desired) -> None:
        """Converge to a whole desired state; returns once the state holds.

        Sessions whose packets are no longer let through are forgotten as soon as the rules stand.
        A machine that cannot be set up is told as an event, and the others run.

        Raises:
            OSError: the helper ended, or the system refuses.
            PacketError: the network's parts do not fit each other; nothing was changed.
        """
        helper = self._running()
        if self._certificate is not None and desired.machines:
            trust = self._certificate.read_bytes() + desired.trust
            desired = msgspec.structs.replace(desired, trust=trust)
        with self._lock:
            self._converge(helper, desired)
            # Most disks take a moment; the others have the plane converge again once they are open.
            if self._disks is not None and self._disks.wait(_GLANCE_SECONDS):
                self._converge(helper, desired)
            self._desired = desired

    def _converge(self, helper: Helper, wanted: Desired) -> None:
        desired = wanted if self._disks is None else self._disks.ready(wanted, self._held())
        compiled = Compiled(desired.network)
        plan = plan_of(desired, compiled, self._numbers)
        try:
            self._change(helper, plan, compiled)
        except OSError as failure:
            self._failed = True
            self._is_wrong = isinstance(failure, m.NotDone)
            raise
        self._plan, self._compiled = plan, compiled
        if self._disks is not None:
            self._disks.note(plan)
        if self._once is not None:
            self._once.converge(desired.commands)

    def settling(self) -> bool:
        """Tell whether machines wait for their disks."""
        return self._disks is not None and bool(self._disks.waiting)

    def _held(self) -> Plan:
        """Return the plan that holds, which an earlier helper may have left."""
        return self._plan if self._taken is None else self._taken.plan

    def _change(self, helper: Helper, plan: Plan, compiled: Compiled) -> None:
        """Lead the helper from the plan that holds, or that was taken over, to another."""
        over, old = self._taken, self._held()
        if over is not None:
            self._do(helper, over.strays)
        unknown = over.routers if over is not None else ()
        change = Change(old, plan, helper.lost(), unknown)
        for machine_id in self._refused.keys() & change.started:
            del self._refused[machine_id]
        self._do(helper, change.judging)
        for number in change.judged:
            self._cut(helper, number, plan.vpcs[number], compiled)
        self._keep(helper, old, plan)
        self._do(helper, change.building)
        self._keep(helper, plan)
        self._taken = None

    def _keep(self, helper: Helper, *plans: Plan) -> None:
        """Keep a note of the machines that all plans have, for the next plane."""
        if self._room is None or helper.unkept:
            return
        note = noted(self._numbers, *plans)
        if note != self._note:
            helper.ask(m.Keep(number=helper.number(), note=note))
            self._note = note

    def events(self) -> Sequence[Event]:
        """Return what happened since the last call, in its order.

        Disks that came meanwhile have their machines start.

        Raises:
            OSError: as `apply`.
        """
        self._start_opened()
        found: list[Event] = self._disks.take() if self._disks is not None else []
        for told in found:
            if isinstance(told, MachineRefused):
                self._refused[told.machine_id] = told.reason
        helper = self._helper
        if helper is None:
            return found
        found += self._heard(helper)
        if self._windows is not None:
            found += self._windows.take()
        if self._once is not None:
            found += self._once.take()
        return found

    def _heard(self, helper: Helper) -> Iterator[Event]:
        for heard in helper.events():
            if isinstance(heard, m.Stopped):
                yield MachineEnded(machine_id=heard.machine)
            elif isinstance(heard, m.NotStarted):
                self._refused[heard.machine] = heard.reason
                yield MachineRefused(machine_id=heard.machine, reason=heard.reason)
            elif isinstance(heard, m.Rewrote):
                yield Mended(vpc_id=self._plan.vpcs.get(heard.router, ""))

    def _start_opened(self) -> None:
        if self._disks is not None and self.alive() and self._disks.has_more():
            with self._lock:
                self._converge(self._running(), self._desired)

    def runs(self, machine_id: str) -> bool:
        """Tell whether a machine runs, so that it would run a command."""
        planned = machine_id in self._plan.machines and machine_id not in self._refused
        return self.alive() and planned

    def closed(self) -> frozenset[str]:
        """Return the VPCs that carry no packet, since the kernel cannot be told their routes."""
        return self._plan.closed

    def close_window(self) -> None:
        """End the window of flow records now, whatever its length.

        Raises:
            OSError: the plane does not run.
        """
        self._running()
        if self._windows is not None:
            self._windows.close_window()

    def _state(self) -> State:
        with self._lock:
            return self._plan.vpcs, self._compiled

    def stop(self) -> None:
        """End all machines and namespaces, also those of an earlier life; may be called twice.

        Raises:
            OSError: another process holds what an earlier life left.
        """
        self._end(clear=True)
        if self._room is not None and self._room.is_left():
            self._room.clear()
            if self._disks is not None:
                self._disks.end()

    def leave(self) -> None:
        """End the helper; what outlives the helper goes on, unless the helper refused a step."""
        self._end(clear=self._is_wrong)

    def _end(self, *, clear: bool) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None
        with self._lock:
            helper, self._helper = self._helper, None
            windows, self._windows = self._windows, None
            self._once = None
            if helper is not None:
                helper.close(clear=clear)
                if self._disks is not None:
                    self._disks.end() if clear else self._disks.leave()
        if windows is not None:
            windows.stop()

    def _do(self, helper: Helper, steps: tuple[m.Step, ...]) -> None:
        if steps:
            helper.ask(m.Apply(number=helper.number(), steps=steps))

    def _cut(self, helper: Helper, number: int, vpc_id: str, compiled: Compiled) -> None:
        known = helper.ask(m.Sessions(number=helper.number(), router=number))
        cut = unwanted(known, compiled, vpc_id)
        if cut:
            helper.ask(m.Cut(number=helper.number(), router=number, sessions=cut))
