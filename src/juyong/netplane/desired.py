"""The state that the network plane converges to, and the events that it gives back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from juyong.blobs.content import Part
from juyong.engines.packet import Network

if TYPE_CHECKING:
    from juyong.netplane.taker import Taker
    from juyong.netplane.trees import TreeName, Trees


class MachineDisk(msgspec.Struct, frozen=True, kw_only=True):
    """A disk of a machine: a tree of files that the plane keeps while the machine runs.

    at: Where a data disk is seen in the machine, empty for a system disk. most_mb: MiB that it may
    hold. sealed: The content that the tree begins with, where there is no tree; None for nothing.
    base: Names the content that the store has. is_locked: That content cannot be opened now.
    snapshots: Those that wait to be taken of the tree, each with the group of those that are to be
    of one moment; empty for none.
    path: Where the tree is on the host; the plane fills it in.
    """

    id: str
    base: str = ""
    is_locked: bool = False
    snapshots: Mapping[str, str] = msgspec.field(default_factory=dict)
    at: str = ""
    most_mb: int = 1024
    sealed: Part | None = None
    path: str = ""

    @property
    def is_system(self) -> bool:
        """Whether the machine's own folders lie on the disk."""
        return not self.at


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that runs: a namespace with its interfaces, the primary one first.

    boot: Changes at each start, so that a restart is seen. user_data: Run at the first start.
    disks: The system disk first; a machine without disks has its files in memory alone.
    """

    id: str
    hostname: str
    interface_ids: tuple[str, ...]
    boot: int = 0
    user_data: bytes = b""
    memory_mb: int = 1024
    disks: tuple[MachineDisk, ...] = ()

    def __repr__(self) -> str:
        """Leave out the user data, which may hold secrets."""
        return f"Machine({self.id!r})"


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command that a machine is to run once, as its root.

    begun: The store says that a plane runs the command; until then the plane holds the command and
    tells CommandBegun. Of a command that was begun, the id and the machine alone are read.
    directory: Where the command starts. stdin: What the command reads.
    """

    id: str
    machine_id: str
    begun: bool = False
    argv: tuple[str, ...] = ()
    stdin: bytes = b""
    directory: str = "/"
    timeout_s: float = 60.0

    def __repr__(self) -> str:
        """Leave out what is run, which may hold secrets."""
        return f"Command({self.id!r}, begun={self.begun})"


class Desired(msgspec.Struct, frozen=True, kw_only=True):
    """All networks of all accounts, and the machines that run in them.

    Interfaces that belong to no running machine are judged by, but carry no packet. macs: The
    hardware addresses of interfaces; others have one that is made of their id. trust: Certificates
    in PEM that clients in machines trust from their start on. commands: A command that runs and is
    no longer among them is killed.
    """

    network: Network = Network()
    machines: tuple[Machine, ...] = ()
    macs: Mapping[str, str] = msgspec.field(default_factory=dict)
    trust: bytes = b""
    commands: tuple[Command, ...] = ()


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Packets of one flow at one interface within a window; times in seconds since 1970.

    peer: The interface at the other end, empty where the VPC has none. opens: The packets could
    open a session. used: The rules that judged the flow, told at one of the two interfaces.
    """

    interface_id: str
    ingress: bool
    accepted: bool
    protocol: int
    source: str
    source_port: int
    target: str
    target_port: int
    packets: int
    bytes: int
    start_s: int
    end_s: int
    peer: str = ""
    opens: bool = False
    used: tuple[str, ...] = ()


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """All flows of a window were told; times in seconds since 1970.

    A window of which some flows could not be counted is not told.
    """

    start_s: int
    end_s: int


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """Someone else changed the rules of a router, which were written again.

    vpc_id: Empty when the rules were those of the plane's Internet.
    """

    vpc_id: str


class MachineEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's first process ended by itself."""

    machine_id: str


class MachineRefused(msgspec.Struct, frozen=True, kw_only=True):
    """A machine could not be set up on this system; reason: In words, for an operator."""

    machine_id: str
    reason: str


class TreeLeft(msgspec.Struct, frozen=True, kw_only=True):
    """A tree on which no machine runs: its disk is to be sealed, and the tree dropped.

    trees: Where the tree is read, and dropped. stopping: The plane stopped, whatever is desired.
    """

    tree: "TreeName"
    trees: "Trees"
    stopping: bool = False


class NotTaken(OSError):
    """No copy was made, since the plane or a machine ended: the next state asks again."""


class TreeAsked(NamedTuple):
    """A snapshot is to be taken of a tree, while its machine runs on."""

    machine_id: str
    tree: "TreeName"


class TreesAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Snapshots are to be taken of trees as they are at one moment.

    asked: By the snapshot. taker: Makes the copies, and is told of snapshots that are still wanted.
    """

    asked: Mapping[str, TreeAsked]
    taker: "Taker"


class CommandBegun(msgspec.Struct, frozen=True, kw_only=True):
    """A command is held, and starts once the store says that it was begun."""

    id: str


class CommandEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A command ended.

    code: As a shell tells it. output: Both streams as they came, from their begin.
    dropped: Bytes of output that were too many.
    """

    id: str
    code: int
    output: bytes
    dropped: int = 0
    timed_out: bool = False

    def __repr__(self) -> str:
        """Leave out the output, which may hold secrets."""
        return f"CommandEnded({self.id!r}, code={self.code}, timed_out={self.timed_out})"


class CommandFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A command has no result.

    no_directory: The machine lacks its directory, and the command did not start; else the plane or
    the machine that began the command ended, or could not start the command.
    """

    id: str
    no_directory: bool = False


Event = (
    Flow
    | Watched
    | Mended
    | MachineEnded
    | MachineRefused
    | TreeLeft
    | TreesAsked
    | CommandBegun
    | CommandEnded
    | CommandFailed
)
