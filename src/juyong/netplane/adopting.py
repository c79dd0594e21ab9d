"""A plane takes over what an earlier one left: read as a plan, and changed from there.

Pure. The note of before tells names and what machines were started with; what the helper found in
the kernel decides. Of rules and routes nothing is believed: a router that is taken over is told all
of them anew. A machine that was being changed when the server was killed is not in the note.
"""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from juyong.engines.packet.nft_table import Table
from juyong.netplane import layout
from juyong.netplane.desired import Machine, MachineDisk
from juyong.netplane.keeping import Device, Devices, Found
from juyong.netplane.messages import INTERNET, AddLink, RemoveRouter, Roads, RouterStep
from juyong.netplane.plan import MachinePlan, Numbers, Plan, RouterPlan

_UNKNOWN = RouterPlan(rules=Table(sets={}, chains={}))
_NEVER = -1
"""The boot of a machine of which nothing is known: no desired one has it."""


class NotedMachine(msgspec.Struct, frozen=True, kw_only=True):
    """The state in which a machine was started, without user data, which may hold secrets."""

    boot: int
    hostname: str
    memory_mb: int
    disks: tuple[MachineDisk, ...]
    links: Mapping[str, AddLink]


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """The message of a plane to the next one. numbers: As `Numbers` gives them."""

    numbers: Mapping[str, int]
    machines: Mapping[str, NotedMachine]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The part that is taken over: the plan of before, as far as the kernel confirms the plan.

    routers: Of which rules and routes are not known. strays: Steps that remove what no plan has.
    """

    plan: Plan
    routers: frozenset[int]
    strays: tuple[RouterStep, ...]


def noted(numbers: Numbers, *plans: Plan) -> bytes:
    """Write a note of the machines that all plans have, in the same way."""
    first, *others = (
        {name: _noted(each) for name, each in plan.machines.items()} for plan in plans
    )
    kept = {name: each for name, each in first.items() if all(o.get(name) == each for o in others)}
    return msgspec.msgpack.encode(Note(numbers=numbers.known(), machines=kept))


def read_note(found: Found) -> Note:
    """Return the note of what was found; an empty one for none that can be read."""
    try:
        return msgspec.msgpack.decode(found.note, type=Note)
    except msgspec.DecodeError:
        return Note(numbers={}, machines={})


def taken(found: Found, note: Note) -> Taken:
    """Return what of a note the kernel confirms."""
    edge = found.routers[INTERNET]
    routers = {INTERNET} | {
        number
        for number, devices in found.routers.items()
        if number in note.numbers.values()
        and _stands(devices, layout.OUTSIDE, layout.OUTER_MAC)
        and _stands(edge, layout.edge_device_of(number), layout.EDGE_MAC)
    }
    peers = frozenset(
        (one, other)
        for one in routers - {INTERNET}
        for other in routers - {INTERNET}
        if one < other
        and _stands(found.routers[one], layout.peer_device_of(other), layout.PEER_MAC)
        and _stands(found.routers[other], layout.peer_device_of(one), layout.PEER_MAC)
    )
    machines = {
        name: _machine(name, note.machines.get(name), devices, found, routers)
        for name, devices in found.machines.items()
    }
    plan = Plan(routers=dict.fromkeys(sorted(routers), _UNKNOWN), machines=machines, peers=peers)
    return Taken(plan=plan, routers=frozenset(routers), strays=_strays(found, plan))


def _machine(
    name: str, noted: NotedMachine | None, inner: Devices, found: Found, routers: set[int]
) -> MachinePlan:
    if noted is None:
        unknown = Machine(id=name, hostname="", interface_ids=(), boot=_NEVER)
        return MachinePlan(machine=unknown, links={})
    links = {
        device: link
        for device, link in noted.links.items()
        if link.router in routers
        and _stands(found.routers[link.router], device, link.mac)
        and _stands(inner, link.inner, link.inner_mac)
    }
    machine = Machine(
        id=name,
        hostname=noted.hostname,
        interface_ids=(),
        boot=noted.boot,
        memory_mb=noted.memory_mb,
        disks=noted.disks,
    )
    return MachinePlan(machine=machine, links=links)


def _strays(found: Found, plan: Plan) -> tuple[RouterStep, ...]:
    """Return the steps that remove routers and devices that are not taken over."""
    kept: dict[int, set[str]] = {number: {"lo"} for number in plan.routers}
    for number in plan.routers.keys() - {INTERNET}:
        kept[number].add(layout.OUTSIDE)
        kept[INTERNET].add(layout.edge_device_of(number))
    for one, other in plan.peers:
        kept[one].add(layout.peer_device_of(other))
        kept[other].add(layout.peer_device_of(one))
    for machine in plan.machines.values():
        for device, link in machine.links.items():
            kept[link.router].add(device)
    steps: list[RouterStep] = []
    for number in plan.routers:
        gone = sorted(found.routers[number].keys() - kept[number])
        if gone:
            steps.append(Roads(router=number, lines=tuple(f"link del {each}" for each in gone)))
    steps += [RemoveRouter(router=number) for number in found.routers if number not in plan.routers]
    return tuple(steps)


def _noted(planned: MachinePlan) -> NotedMachine:
    machine = planned.machine
    return NotedMachine(
        boot=machine.boot,
        hostname=machine.hostname,
        memory_mb=machine.memory_mb,
        # Content that a tree begins with is no matter once the tree is there.
        disks=tuple(replace(disk, sealed=None, snapshots={}) for disk in machine.disks),
        links=planned.links,
    )


def _stands(devices: Devices, name: str, mac: str) -> bool:
    return devices.get(name) == Device(mac=mac, is_up=True)
