"""Messages between the plane in the server and its helper process, over a pair of sockets.

A message is its length in four bytes and msgpack; descriptors travel with the length. Both sides
refuse a message above the bound, so that neither can fill the other's memory.
"""

import socket
from collections.abc import Mapping

import msgspec

from juyong.netplane.keeping import Found

MOST_BYTES = 64 * 1024 * 1024
_HEAD = 4
_MOST_DESCRIPTORS = 8
INTERNET = 0
"""The number of the namespace that is the Internet; routers count from one."""


class Ended(OSError):
    """The other side closed the pair, or broke its rules."""


class NotDone(OSError):
    """The helper refused a request; the text says why."""


# -- steps, done in order ------------------------------------------------------------------------


class AddRouter(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make a router's namespace: it carries nothing until Forward."""

    router: int


class RemoveRouter(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Close a router's namespace, with all that is in it."""

    router: int


class Rules(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Change a namespace's packet filter in one transaction.

    change: Text for `nft`. whole: The text that builds the same from nothing.
    """

    router: int
    change: str
    whole: str


class Roads(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Change links, routes and neighbours of a namespace: lines for `ip -batch`."""

    router: int
    lines: tuple[str, ...]


class Clean(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let a router carry nothing, and take its routes and neighbours away; sessions stay known."""

    router: int


class Forward(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let a router carry packets."""

    router: int


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of the host that a machine writes into, as MachineDisk says."""

    path: str
    at: str
    most_mb: int


class StartMachine(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Build a machine's walls; its network is still empty, and nothing runs in it.

    trust: Certificates in PEM that its clients trust. outsider: It stands in the Internet, and sees
    no service of the platform's. trees: Those of its disks.
    """

    machine: str
    hostname: str
    memory_mb: int
    trust: bytes = b""
    outsider: bool = False
    trees: tuple[Tree, ...] = ()


class EndMachine(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Kill all processes of a machine."""

    machine: str


class AddTree(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Show a machine that runs one more tree, that of a data disk."""

    machine: str
    tree: Tree


class RemoveTree(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Take a data disk's tree out of a machine's sight."""

    machine: str
    at: str


class SizeTrees(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Say how much the disks of a machine that runs may hold now: in all, and in one file."""

    machine: str
    total_mb: int
    file_mb: int


class AddLink(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Join a router and a machine by a pair of devices.

    device, inner: Their names at the router and in the machine. mac, inner_mac: Their addresses.
    lines: For `ip -batch` in the machine.
    """

    router: int
    device: str
    mac: str
    machine: str
    inner: str
    inner_mac: str
    lines: tuple[str, ...]


class AddRouterLink(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Join a router and another, or the Internet, by a pair of devices."""

    router: int
    device: str
    mac: str
    other: int
    other_device: str
    other_mac: str


class Release(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let a machine run: it gives its powers up, then runs the user data."""

    machine: str
    user_data: bytes = b""

    def __repr__(self) -> str:
        """Leave out the user data, which may hold secrets."""
        return f"Release({self.machine!r})"


RouterStep = AddRouter | RemoveRouter | AddRouterLink | Rules | Roads | Clean | Forward
MachineStep = StartMachine | EndMachine | AddTree | RemoveTree | SizeTrees | AddLink | Release
Step = RouterStep | MachineStep


# -- requests ------------------------------------------------------------------------------------


class Apply(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Do steps in order; the first that the system refuses ends the helper's usefulness."""

    number: int
    steps: tuple[Step, ...]


class Run(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Run a command in a machine, with the three descriptors that come along."""

    number: int
    machine: str
    argv: tuple[str, ...]
    job: int


class Kill(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Kill a job's process group."""

    number: int
    job: int


class Listen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make a socket at an address of the platform's in a router."""

    number: int
    router: int
    address: str
    port: int
    datagrams: bool


class Dial(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Begin to connect from the Internet; the socket is handed over before it is connected."""

    number: int
    address: str
    port: int


class Sessions(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """List the sessions that a router knows."""

    number: int
    router: int


class Cut(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Forget sessions of a router."""

    number: int
    router: int
    sessions: tuple[bytes, ...]


class Flows(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Have flow counters of a router printed to the descriptor that comes along.

    which: The name of their set.
    """

    number: int
    router: int
    which: str


class Keep(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Keep a note for the next helper, in the place of the one before."""

    number: int
    note: bytes


class Take(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Copy trees of machines as they are at one moment; the result comes by the pipe that is sent.

    folders: Empty ones for the copies, by the folder of the tree. seconds: How long the machines
    may stand. stop_seconds: Of those, the part in which all processes must have stopped.
    """

    number: int
    machines: tuple[str, ...]
    folders: Mapping[str, str]
    seconds: float
    stop_seconds: float


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """The result of Take. refused: Empty, or why there are no copies."""

    refused: str = ""


Request = Apply | Run | Kill | Listen | Dial | Sessions | Cut | Flows | Keep | Take


# -- answers and events --------------------------------------------------------------------------


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The answer to a request. refused: Empty, or why it was not done."""

    number: int
    refused: str = ""
    items: tuple[bytes, ...] = ()


class Exited(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A job ended; `code` as a shell tells it, 128 and the signal for one that was killed."""

    job: int
    code: int


class Stopped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A machine ended by itself."""

    machine: str


class NotStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A machine could not be set up, and nothing of it is left; the others are not touched."""

    machine: str
    reason: str


class Rewrote(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Someone else changed the rules of a namespace, and the helper wrote them again."""

    router: int


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The first message of the helper.

    refused: Empty, or why the machine cannot carry it. found: What an earlier helper left, None
    where nothing outlives the helper. unkept: Why nothing does, where something was to. is_bounded:
    Control groups bound what each machine uses. unheld: Empty, or why no machine can be held still.
    """

    refused: str = ""
    found: Found | None = None
    unkept: str = ""
    is_bounded: bool = False
    unheld: str = ""


Told = Answer | Exited | Stopped | NotStarted | Rewrote | Ready

requests = msgspec.msgpack.Decoder(Request)
told = msgspec.msgpack.Decoder(Told)
stood = msgspec.msgpack.Decoder(Stood)
_encoder = msgspec.msgpack.Encoder()


def send(pair: socket.socket, message: msgspec.Struct, descriptors: tuple[int, ...] = ()) -> None:
    """Send a message.

    Raises:
        Ended: the other side is gone, or the message is too large.
    """
    body = _encoder.encode(message)
    if len(body) > MOST_BYTES:
        raise Ended(f"a message of {len(body)} bytes is too large")
    try:
        data = len(body).to_bytes(_HEAD, "big") + body
        sent = socket.send_fds(pair, [data], list(descriptors))
        if sent < len(data):
            pair.sendall(memoryview(data)[sent:])
    except OSError as gone:
        raise Ended(f"the other side is gone: {gone.strerror}") from gone


def receive(pair: socket.socket) -> tuple[bytes, list[int]]:
    """Return the bytes of the next message and its descriptors.

    Raises:
        Ended: there is none, or it is too large.
    """
    head, descriptors = b"", []
    while len(head) < _HEAD:
        data, found, _, _ = socket.recv_fds(
            pair, _HEAD - len(head), _MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
        )
        descriptors += found
        if not data:
            raise Ended("the other side is gone")
        head += data
    size = int.from_bytes(head, "big")
    if size > MOST_BYTES:
        raise Ended(f"a message of {size} bytes is too large")
    body = bytearray(size)
    view = memoryview(body)
    while view:
        count = pair.recv_into(view)
        if not count:
            raise Ended("the other side is gone")
        view = view[count:]
    return bytes(body), descriptors
