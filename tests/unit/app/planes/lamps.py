"""A small plane of a real process, which repeats the state that it is told; see lamp_child.py."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from juyong.api.bench import Bench
from juyong.api.plane import Place, PlaneSpec, PlaneUnavailable
from juyong.store.inventory import ResourceRow
from juyong.store.transaction import Transaction

_CHILD = str(Path(__file__).with_name("lamp_child.py"))


class Lit(msgspec.Struct, frozen=True):
    """The state of the plane: the names of the groups of all accounts."""

    names: tuple[str, ...]


@dataclass
class Lamps:
    """The house of the plane, in which a test sees the plane and does things to it."""

    refuses: str = ""
    fails: str = ""
    remark: str = ""
    is_left: bool = False
    needs_none: bool = False
    left: int = 0
    progresses: bool = False
    looks: int = 0
    has_work: bool = False
    slow_begun: bool = False
    stops: int = 0
    reading: Exception | None = None
    applying_fails: Exception | None = None
    taking: Exception | None = None
    settling: bool = False
    starts: int = 0
    reads: int = 0
    applied: list[Lit] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    taken: list[list[str]] = field(default_factory=list)
    child: "subprocess.Popen[bytes] | None" = None
    applying: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)
    slow_gate: threading.Event = field(default_factory=threading.Event)
    place: Place | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def spec(self) -> PlaneSpec[Lit, str]:
        return PlaneSpec(
            name="lamps",
            wakes=("ACS::RAM::Group",),
            make=self._made,
            read=self._read,
            take_events=self._take,
            slow=lambda event: event.startswith("slow"),
            needed=lambda _lit: not self.needs_none,
            is_left=lambda _folder: self.is_left,
            has_work=lambda _folder: self.has_work,
        )

    @property
    def lit(self) -> Path:
        """The file that the process writes."""
        assert self.place is not None
        return self.place.folder / "lit"

    def happen(self, *events: str) -> None:
        """Have the plane tell of events."""
        assert self.place is not None
        self.pending += events
        self.place.knock()

    def kill(self) -> None:
        """Kill the process, as a crash does."""
        assert self.child is not None
        self.child.kill()
        self.child.wait()

    def _made(self, place: Place) -> "LampPlane":
        self.place = place
        return LampPlane(self, place)

    def _read(self, tx: Transaction) -> Lit:
        self.reads += 1
        if self.reading is not None:
            raise self.reading
        found = tx.find(ResourceRow, resource_type="ACS::RAM::Group")
        return Lit(tuple(sorted(row.name for row in found)))

    def _take(self, _bench: Bench, events: Sequence[str]) -> None:
        if self.taking is not None:
            raise self.taking
        if events[0].startswith("slow"):
            self.slow_begun = True
            assert self.slow_gate.wait(30)
        self.taken.append(list(events))


class LampPlane:
    """Drives the process."""

    name = "lamps"

    def __init__(self, house: Lamps, place: Place) -> None:
        self._house, self._place = house, place
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._house.starts += 1
        if self._house.refuses:
            raise PlaneUnavailable(self._house.refuses)
        if self._house.fails:
            raise OSError(self._house.fails)
        command = [sys.executable, "-I", _CHILD, str(self._place.folder / "lit")]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._house.child = self._child

    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def apply(self, desired: Lit) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        if self._house.applying_fails is not None:
            raise self._house.applying_fails
        self._house.applying.set()
        assert self._house.gate.wait(30)
        self._child.stdin.write(" ".join(desired.names).encode() + b"\n")
        self._child.stdin.flush()
        if self._child.stdout.readline() != b"ok\n":
            raise OSError("the lamps went out")
        self._house.applied.append(desired)

    def settling(self) -> bool:
        return self._house.settling

    def events(self) -> Sequence[str]:
        found, self._house.pending = self._house.pending, []
        return found

    def progress(self) -> int:
        self._house.looks += 1
        return self._house.looks if self._house.progresses else 0

    def remark(self) -> str:
        return self._house.remark

    def leave(self) -> None:
        self._house.left += 1
        self._end()

    def stop(self) -> None:
        self._house.stops += 1
        self._house.is_left = False
        self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()
