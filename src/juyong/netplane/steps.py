"""The steps from one plan to the next, in an order that never lets a packet through by mistake.

Pure. Rules stand before links and before a router carries; what goes is unlinked before its rules
go. A router whose plan is the same is not touched.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from juyong.engines.packet.nft_table import Table
from juyong.netplane import layout
from juyong.netplane.desired import MachineDisk
from juyong.netplane.messages import (
    INTERNET,
    AddLink,
    AddRouter,
    AddRouterLink,
    AddTree,
    Clean,
    EndMachine,
    Forward,
    Release,
    RemoveRouter,
    RemoveTree,
    Roads,
    Rules,
    SizeTrees,
    StartMachine,
    Step,
    Tree,
)
from juyong.netplane.plan import MachinePlan, Plan, RouterPlan

_NOTHING = RouterPlan(rules=Table(sets={}, chains={}))


class Change:
    """The difference of two plans, as steps.

    judging: The steps that change who reaches what, done first. building: The rest. judged: The
    routers of the old plan whose rules change: their sessions are judged again. started: The
    machines that the steps start, or start anew.

    Args:
        lost: Machines that ended by themselves: they are started anew where they are still wanted.
        unknown: Routers of the old plan whose rules and routes are not known.
    """

    def __init__(
        self, old: Plan, new: Plan, lost: Collection[str] = (), unknown: Collection[int] = ()
    ) -> None:
        self._old, self._new, self._unknown = old, new, unknown
        self._restarted = {
            name
            for name in old.machines.keys() & new.machines.keys()
            if name in lost or _restarts(old.machines[name], new.machines[name])
        }
        self.started = frozenset(self._restarted | (new.machines.keys() - old.machines.keys()))
        self._unlinked = dict(self._links(old, new))
        self.judging: tuple[Step, ...] = tuple(self._judging())
        self.building: tuple[Step, ...] = tuple(self._building())
        self.judged = tuple(
            number
            for number, router in new.routers.items()
            if number in old.routers and number and router.rules != old.routers[number].rules
        )

    def _links(self, old: Plan, new: Plan) -> Iterator[tuple[str, AddLink]]:
        """Yield the links that go, by their device: of machines that end, or that change."""
        for name, machine in old.machines.items():
            kept = (
                {}
                if name in self._restarted or name not in new.machines
                else (new.machines[name].links)
            )
            for device, link in machine.links.items():
                if kept.get(device) != link:
                    yield device, link

    def _judging(self) -> Iterator[Step]:
        for number, lines in _by_router(self._unlinked.values()):
            yield Roads(router=number, lines=tuple(f"link del {line}" for line in lines))
        for one, other in sorted(self._old.peers - self._new.peers):
            yield Roads(router=one, lines=(f"link del {layout.peer_device_of(other)}",))
        for number, router in self._new.routers.items():
            before = self._old.routers.get(number)
            if before is None and number != INTERNET:
                yield AddRouter(router=number)
            if before is None or before.rules != router.rules:
                yield self._rules(number, router.rules, before)

    def _rules(self, number: int, rules: Table, before: RouterPlan | None) -> Rules:
        whole = rules.text()
        if number in self._unknown:
            # One transaction: no packet passes between the old rules and the new ones.
            return Rules(router=number, change=f"flush ruleset\n{whole}", whole=whole)
        change = whole if before is None else rules.change_from(before.rules)
        return Rules(router=number, change=change, whole=whole)

    def _building(self) -> Iterator[Step]:
        old, new = self._old, self._new
        started = [each for name, each in new.machines.items() if name in self.started]
        gone = [number for number in old.routers if number not in new.routers]
        yield from self._endings(gone)
        for each in started:
            yield StartMachine(
                machine=each.machine.id,
                hostname=_host_name(each.machine.hostname),
                memory_mb=each.machine.memory_mb,
                trust=each.trust,
                trees=tuple(map(_tree, each.machine.disks)),
            )
        yield from self._data_disks()
        yield from self._router_links()
        yield from self._machine_links()
        for number in new.routers:
            if number in self._unknown:
                yield Clean(router=number)
        yield from self._roads({*self._unlinked, *map(layout.edge_device_of, gone)})
        for number in new.routers:
            if number not in old.routers or number in self._unknown:
                yield Forward(router=number)
        for each in started:
            yield Release(machine=each.machine.id, user_data=each.machine.user_data)

    def _data_disks(self) -> Iterator[Step]:
        """Show machines that run on the data disks that they have now, and no others."""
        for name in self._old.machines.keys() & self._new.machines.keys() - self.started:
            before = {each.id: each for each in self._old.machines[name].machine.disks}
            now = {each.id: each for each in self._new.machines[name].machine.disks}
            for disk_id in before.keys() - now.keys():
                yield RemoveTree(machine=name, at=before[disk_id].at)
            for disk_id in now.keys() - before.keys():
                yield AddTree(machine=name, tree=_tree(now[disk_id]))
            sizes = [disk.most_mb for disk in now.values()]
            if sizes != [disk.most_mb for disk in before.values()]:
                yield SizeTrees(machine=name, total_mb=sum(sizes), file_mb=max(sizes, default=0))

    def _endings(self, gone: list[int]) -> Iterator[Step]:
        for name in self._old.machines:
            if name not in self._new.machines or name in self._restarted:
                yield EndMachine(machine=name)
        if gone:
            lines = tuple(f"link del {layout.edge_device_of(number)}" for number in gone)
            yield Roads(router=INTERNET, lines=lines)
        for number in gone:
            yield RemoveRouter(router=number)

    def _roads(self, gone: set[str]) -> Iterator[Step]:
        for number, router in self._new.routers.items():
            before = self._old.routers.get(number, _NOTHING)
            unpeered = {
                layout.peer_device_of(each)
                for pair in self._old.peers - self._new.peers
                for each in pair
                if number in pair
            }
            lines = tuple(_difference(before.roads, router.roads, gone | unpeered))
            if lines:
                yield Roads(router=number, lines=lines)

    def _router_links(self) -> Iterator[Step]:
        """Join new routers with the Internet, and those that are peers now."""
        for number in self._new.routers:
            if number != INTERNET and number not in self._old.routers:
                yield AddRouterLink(
                    router=number,
                    device=layout.OUTSIDE,
                    mac=layout.OUTER_MAC,
                    other=INTERNET,
                    other_device=layout.edge_device_of(number),
                    other_mac=layout.EDGE_MAC,
                )
        for one, other in sorted(self._new.peers - self._old.peers):
            yield AddRouterLink(
                router=one,
                device=layout.peer_device_of(other),
                mac=layout.PEER_MAC,
                other=other,
                other_device=layout.peer_device_of(one),
                other_mac=layout.PEER_MAC,
            )

    def _machine_links(self) -> Iterator[Step]:
        for name, machine in self._new.machines.items():
            before = self._old.machines.get(name)
            for device, link in machine.links.items():
                known = before is not None and before.links.get(device) == link
                if not known or device in self._unlinked:
                    yield link


def _tree(disk: MachineDisk) -> Tree:
    return Tree(path=disk.path, at=disk.at, most_mb=disk.most_mb)


def _host_name(text: str) -> str:
    """Return a name that the kernel and the files of a machine take: other characters are left out.

    Source: RFC 1123, and sethostname(2) of 64 bytes (documented).
    """
    return re.sub(r"[^A-Za-z0-9.-]", "", text)[:64] or "localhost"


def _restarts(old: MachinePlan, new: MachinePlan) -> bool:
    """Tell whether a machine has to be started anew; interfaces come and go while it runs."""
    return (old.machine.boot, old.machine.hostname, old.machine.memory_mb) != (
        new.machine.boot,
        new.machine.hostname,
        new.machine.memory_mb,
    )


def _by_router(links: Iterable[AddLink]) -> Iterator[tuple[int, list[str]]]:
    found: dict[int, list[str]] = {}
    for link in links:
        found.setdefault(link.router, []).append(link.device)
    yield from found.items()


def _difference(old: tuple[str, ...], new: tuple[str, ...], gone: set[str]) -> Iterator[str]:
    """Yield the lines that lead from one list to the other.

    When a device goes, the kernel itself removes the routes and neighbours of the device.
    """
    kept, before = set(new), set(old)
    for line in old:
        if line not in kept and _device_in(line) not in gone:
            yield line.replace(" add ", " del ", 1)
    for line in new:
        if line not in before or _device_in(line) in gone:
            yield line


def _device_in(line: str) -> str:
    words = line.split()
    return words[words.index("dev") + 1] if "dev" in words else ""
