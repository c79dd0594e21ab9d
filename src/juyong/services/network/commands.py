"""Questions about networks: which places reach which, by the stored rules."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from msgspec.structs import replace

from juyong.api.command import (
    BadInput,
    CommandContext,
    OperatorError,
    Option,
    command,
    inner_command,
)
from juyong.api.doc import Doc
from juyong.api.moments import moment_or_now
from juyong.base.clock import Instant, iso
from juyong.services.network.answers import (
    CanReach,
    Changed,
    Cleaned,
    Drawn,
    Ended,
    Exposed,
    Paths,
)
from juyong.services.network.proving.answers import Proofs
from juyong.services.network.usage.answers import Reviewed, Unused

if TYPE_CHECKING:
    from juyong.services.network.view import View

A = TypeVar("A", CanReach, Paths, Exposed, Proofs)

AsOf = Annotated[
    str,
    Option(takes="TIME"),
    Doc("As the networks were: `2026-11-24`, `2026-11-24T10:00:00Z`, or `7d`, `12h` ago."),
]
_LAST_PORT = 65535
_MOST_MINUTES = 1440

Source = Annotated[str, Doc("Instance or interface by id or name, an address, or `internet`.")]


@command(
    "net can",
    answers=("yes", "no", "it cannot be told"),
    examples=("juyong net can web db tcp/5432", "juyong net can internet web tcp/443 --as-of 12h"),
)
def can(
    ctx: CommandContext,
    source: Source,
    target: Annotated[str, Doc("The other end, named alike.")],
    protocol: Annotated[str, Doc("`tcp/22`, `udp/53`, `icmp`, or the number of a protocol.")],
    *,
    as_of: AsOf = "",
) -> CanReach:
    """Tell whether a packet gets from one place to another, and which rule decides.

    All that the question leaves open is tried: addresses, source ports. TCP and ICMP need an answer
    that comes back.
    """
    from juyong.services.network.questions import can_reach  # noqa: PLC0415

    at = moment_or_now(as_of)
    return _told(ctx, can_reach(_view(ctx, at), source, target, protocol), at)


@command(
    "net paths",
    answers=("something gets there", "nothing does", "it cannot be told"),
    examples=("juyong net paths internet", "juyong net paths web db"),
)
def list_paths(
    ctx: CommandContext,
    source: Source,
    target: Annotated[str, Doc("The other end, named alike; every place if none.")] = "",
    *,
    as_of: AsOf = "",
) -> Paths:
    """List what gets from a place to another, by protocol and port."""
    from juyong.services.network.questions import paths  # noqa: PLC0415

    at = moment_or_now(as_of)
    return _told(ctx, paths(_whole(ctx, at), source, target), at)


@command(
    "net exposed",
    answers=("some port is open", "none is", "it cannot be told"),
    examples=("juyong net exposed --port 22 --port 3389",),
)
def list_exposed(
    ctx: CommandContext,
    *,
    port: Annotated[
        list[int], Doc("TCP port of an instance; repeatable. Logins, databases … if none.")
    ] = [],  # noqa: B006
    narrow: Annotated[bool, Doc("List ports too that are open to fewer than a /8.")] = False,
    as_of: AsOf = "",
) -> Exposed:
    """List the ports that the Internet reaches, by EIP and NAT gateway, and the rule that opens."""
    from juyong.services.network.questions import exposed  # noqa: PLC0415

    for each in port:
        if not 1 <= each <= _LAST_PORT:
            raise BadInput(f"`{each}`: a port is a number from 1 to {_LAST_PORT}")
    at = moment_or_now(as_of)
    return _told(ctx, exposed(_whole(ctx, at), port, narrow=narrow), at)


@command(
    "net unused",
    answers=("something is unused", "nothing is", "it cannot be told"),
    examples=("juyong net unused --since 30d",),
)
def list_unused(
    ctx: CommandContext,
    *,
    since: Annotated[
        str,
        Option(takes="TIME"),
        Doc("Also rules that no flow used since: `2026-11-24`, or `30d`."),
    ] = "",
    kept: Annotated[bool, Doc("Show what the server's last review found, at no cost.")] = False,
) -> Unused | Reviewed:
    """List the rules that decide no packet, and the groups without members.

    With `--since` also rules that could decide packets, of which none was seen: flows are those
    that the plane of a server recorded, and the last line says for which time there is no record.
    A server reviews the rules every hour, by the flows of 30 days; `/metrics` has their number.
    """
    from juyong.services.network.questions import unused  # noqa: PLC0415
    from juyong.services.network.usage.evidence import with_idle  # noqa: PLC0415
    from juyong.services.network.usage.reviewing import reviewed  # noqa: PLC0415
    from juyong.services.network.view import view  # noqa: PLC0415

    if kept and since:
        raise BadInput("--kept shows a review that was made: --since asks anew")
    begin = moment_or_now(since)
    with ctx.open() as home:
        if kept:
            return home.call(reviewed)
        if begin is None:
            return unused(home.call(view))
        return home.call(lambda tx: with_idle(tx, begin))


@command(
    "net compare",
    answers=("flows open or close", "none does", "it cannot be told"),
    examples=("juyong net compare plan.json", "juyong net compare --as-of 2026-11-24T10:00:00Z"),
)
def compare(
    ctx: CommandContext,
    plan: Annotated[
        Path | None, Doc("File that `terraform show -json PLANFILE` wrote; none with --as-of.")
    ] = None,
    *,
    as_of: AsOf = "",
) -> Changed:
    """List the flows that a Terraform plan opens and closes, or that did since, with a packet each.

    A change that is not judged is named, such as a peering with another account: the status is 2.
    A new instance is judged at the lowest free address of its vSwitch, unless the plan has another.
    """
    from juyong.services.network.comparing import compared, since  # noqa: PLC0415

    if (plan is None) == (not as_of):
        raise BadInput("name a plan, or an instant by --as-of, and not both")
    data = b"" if plan is None else _read(plan)
    at = moment_or_now(as_of)
    with ctx.open() as home:
        if at is not None:
            return home.call(lambda tx: since(tx, at))
        return home.call(lambda tx: compared(tx, data))


@command(
    "net prove",
    answers=("all hold", "one is refuted", "it cannot be told"),
    examples=("juyong net prove assertions.txt --plan plan.json",),
)
def prove(
    ctx: CommandContext,
    assertions: Annotated[Path, Doc("File with lines such as `deny internet -> tag:tier=db all`.")],
    *,
    plan: Annotated[Path | None, Doc("Prove them as after this plan; see `net compare`.")] = None,
) -> Proofs:
    """Prove assertions about what reaches what, or refute them by a packet.

    `deny A -> B tcp/1-1024` holds when no such packet gets from any A to any B, answered or not;
    `allow A -> B tcp/22` when each A reaches each B. An end is `tag:key=value`, an instance, an
    interface, a group, a vSwitch or a VPC by id or name, an address, `internet`, or, of `deny`, a
    block. Ends that name no interface prove nothing, and the status is 2.
    """
    from juyong.services.network.proving.proving import proofs  # noqa: PLC0415

    data = _read(assertions)
    changes = None if plan is None else _read(plan)
    with ctx.open() as home:
        return _told(ctx, home.call(lambda tx: proofs(tx, data, changes)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise BadInput(f"`{path}`: {failure.strerror}") from None


@command("net map", examples=("juyong net map network.html --minutes 60",))
def draw_map(
    ctx: CommandContext,
    file: Annotated[Path, Doc("File to write; one that exists is replaced.")] = Path(
        "net-map.html"
    ),
    *,
    minutes: Annotated[int, Doc("Draw the flows that were recorded so long: 0 to 1440.")] = 10,
) -> Drawn:
    """Draw VPCs, tiers, public ports, rules and live flows on one page that loads nothing.

    Flows are those that the plane of a server recorded: green lines passed, red ones were dropped.
    """
    from juyong.base.clock import system_clock  # noqa: PLC0415
    from juyong.services.network.drawing.live import live  # noqa: PLC0415
    from juyong.services.network.drawing.page import page  # noqa: PLC0415
    from juyong.services.network.view import view  # noqa: PLC0415

    if not 0 <= minutes <= _MOST_MINUTES:
        raise BadInput(f"--minutes is 0 to {_MOST_MINUTES}")
    with ctx.open() as home:
        seen = home.call(lambda tx: live(tx, minutes, system_clock()))
        drawn = page(home.call(view), seen)
    text = drawn.text.encode()
    try:
        file.write_bytes(text)
    except OSError as failure:
        raise BadInput(f"`{file}`: {failure.strerror}") from None
    return Drawn(
        file=str(file),
        size_bytes=len(text),
        interfaces=drawn.interfaces,
        flows=drawn.flows,
        live=sum(row.accepted for row in seen.rows),
        dropped=sum(not row.accepted for row in seen.rows),
    )


@command(
    "net from",
    json=False,
    statuses={
        0: "or any other: the status of the command",
        1: "the command was not run: no server runs networks, or the Internet has no such source",
        3: "bad input; the command was not run",
        127: "the command is not found",
    },
    examples=("juyong net from 203.0.113.9 -- curl -k https://198.18.0.1",),
)
def run_from(
    ctx: CommandContext,
    address: Annotated[str, Doc("A public IPv4 address, which no EIP has.")],
    command: Annotated[list[str], Doc("The command and its arguments, after --.")],
) -> int:
    """Run a command in the Internet of the networks: juyong net from ADDRESS -- CMD …"""
    from juyong.netplane.door import From, Refusal, Visit, door_of  # noqa: PLC0415
    from juyong.netplane.streams import run  # noqa: PLC0415

    words = inner_command(command, f"juyong net from {address} -- CMD …")
    try:
        return run(Visit(door_of(ctx.home)), From(address=address, argv=tuple(words)))
    except (OSError, Refusal) as failure:
        raise OperatorError(str(failure)) from failure


@command("net forward", examples=("juyong net forward 198.18.0.1:443",))
def forward(
    ctx: CommandContext,
    target: Annotated[str, Doc("Public address and port, such as `47.1.1.1:443`.")],
) -> Ended:
    """Lead a port of 127.0.0.1 to a public address of the networks, until interrupted."""
    from juyong.netplane.door import Refusal, Visit, door_of  # noqa: PLC0415

    address, _, port = target.rpartition(":")
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= _LAST_PORT):
        raise BadInput(f"`{target}` is no address with a port, such as 198.18.0.1:443")
    try:
        visit = Visit(door_of(ctx.home))
        ctx.person.tell(f"127.0.0.1:{visit.forward(address, int(port))} leads to {target}")
        visit.wait()
    except (OSError, Refusal) as failure:
        raise OperatorError(str(failure)) from failure
    return Ended(target=target)


@command("net clean")
def clean(ctx: CommandContext) -> Cleaned:
    """Remove the networks and instances that a killed server of root left in the system.

    The next server takes them over: the command is for a home without one. Disks stay as they are.
    """
    from juyong.netplane.door import carries, door_of  # noqa: PLC0415
    from juyong.netplane.room import Room  # noqa: PLC0415

    if carries(ctx.home):
        raise OperatorError("a server of the home runs the networks: they end with the server")
    try:
        was_left = Room(door_of(ctx.home)).clear()
    except OSError as failure:
        raise OperatorError(str(failure)) from failure
    return Cleaned(was_left=was_left)


def _told(ctx: CommandContext, found: A, at: Instant | None = None) -> A:
    """Say in an answer of when it is, or whether a server carries packets by the rules of now."""
    from juyong.netplane.door import carries  # noqa: PLC0415

    if at is not None:
        return replace(found, as_of=iso(at))
    return replace(found, simulated=not carries(ctx.home))


def _view(ctx: CommandContext, at: Instant | None) -> "View":
    """Return the networks as they are, or as they were.

    Raises:
        OperatorError: the networks of that time are not known.
    """
    from juyong.services.network.past import then  # noqa: PLC0415
    from juyong.services.network.view import view  # noqa: PLC0415

    with ctx.open() as home:
        if at is None:
            return home.call(view)
        return home.call(lambda tx: view(then(tx, at)))


def _whole(ctx: CommandContext, at: Instant | None) -> "View":
    """Return the networks for a list of flows: no part of the past may be missing.

    Raises:
        OperatorError: as `_view`, or a part is not known.
    """
    from juyong.services.network.comparing import whole  # noqa: PLC0415

    found = _view(ctx, at)
    return found if at is None else whole(found)
