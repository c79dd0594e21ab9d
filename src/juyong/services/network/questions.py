"""The questions of `juyong net` and their answers, over one view of all networks."""

from collections.abc import Iterable, Iterator
from itertools import chain

from juyong.engines.packet import (
    INTERNET,
    TCP,
    Address,
    Flow,
    Flows,
    covered,
    everyone,
    joined,
    kinds_of,
    openings,
)
from juyong.engines.packet import unused as unused_rules
from juyong.services.network.answers import (
    CanReach,
    Exposed,
    ExposedShown,
    Paths,
)
from juyong.services.network.fitting import CLOSED
from juyong.services.network.places import Head, Place, head_of, place_of
from juyong.services.network.showing import Words, blocks_of, end_shown, flow_shown, packet_shown
from juyong.services.network.tried import can
from juyong.services.network.usage.answers import Unused, UnusedShown
from juyong.services.network.view import View

SENSITIVE = (
    *(21, 22, 23, 135, 445, 1433, 1521, 2375, 2379, 3306, 3389, 5432, 5601, 5900, 5984),
    *(6379, 6443, 8500, 9200, 10250, 11211, 27017),
)
"""TCP ports of logins, databases, caches and controls, which few mean to open to everyone."""
WIDE = 1 << 24
"""So many addresses, those of a /8, are the Internet, in whatever blocks rules name them."""


def can_reach(view: View, source: str, target: str, head: str) -> CanReach:
    """Answer whether packets get from one place to another.

    Raises:
        BadInput, OperatorError: of a place or a protocol.
    """
    return answered(view, place_of(view, source), place_of(view, target), head_of(head))


def answered(view: View, one: Place, other: Place, asked: Head) -> CanReach:
    """Answer of two places that are known.

    Raises:
        BadInput: as `can`.
    """
    found = can(view.picture.compiled, one, other, asked)
    words = Words(view.picture.compiled)
    talk = found.conversation
    decides = None
    if talk is not None:
        lost = talk.back if found.arrives and not found.yes else None
        decides = words.hop((lost or talk.there).deciding)
    closed = decides is not None and not found.yes and decides.by.startswith(CLOSED)
    return CanReach(
        can=None if closed else found.yes,
        source=one.said,
        target=other.said,
        protocol=asked.said,
        arrives=found.arrives,
        answered=talk is not None and talk.answered,
        decides=decides,
        packet=packet_shown(talk.there.packet, talk.there.start) if talk else None,
        hops=words.hops(talk.there if talk else None),
        answer_hops=words.hops(talk.back if talk else None),
    )


def paths(view: View, source: str, target: str) -> Paths:
    """List what gets from a place to another, or to every place.

    Raises:
        BadInput, OperatorError: of a place.
    """
    one = place_of(view, source)
    other = place_of(view, target) if target else None
    flows = Flows(view.picture.compiled)
    return Paths(flows=tuple(flow_shown(view, flows, each) for each in _flows(flows, one, other)))


def _flows(flows: Flows, source: Place, target: Place | None) -> Iterator[Flow]:
    wanted = None if target is None else target.interfaces
    if source.outside:
        found = flows.inward(wanted)
    else:
        names = sorted(source.interfaces)
        found = chain.from_iterable(
            chain(flows.between(name, wanted), flows.outward(name)) for name in names
        )
    return (each for each in found if _leaves(each, source) and _comes(each, target))


def _leaves(flow: Flow, source: Place) -> bool:
    """Tell whether a flow starts where a place is."""
    address = Address(flow.packet.version, flow.packet.source)
    if source.outside:
        return source.address is None or _within(source.address, flow)
    return (flow.source, address) in source.ends


def _comes(flow: Flow, target: Place | None) -> bool:
    """Tell whether a flow ends where a place is."""
    if target is None:
        return True
    if target.outside:
        inside = target.address is None or _within(target.address, flow)
        return flow.target == INTERNET and inside
    if flow.source == INTERNET:
        return flow.target in target.interfaces
    return (flow.target, Address(flow.packet.version, flow.packet.target)) in target.ends


def _within(address: Address, flow: Flow) -> bool:
    return any(first <= address.number <= last for first, last in flow.outside)


def exposed(view: View, ports: Iterable[int] = (), *, narrow: bool = False) -> Exposed:
    """List the ports that the Internet reaches; `narrow` lists those open to few addresses too.

    A port counts only if its answers come back.
    """
    compiled = view.picture.compiled
    wanted = tuple(ports) or SENSITIVE
    flows = Flows(compiled, kinds_of(compiled, heads=[(TCP, port) for port in wanted]))
    everywhere = everyone(compiled)
    found = []
    for opening in openings(flows, wanted):
        count = covered(opening.sources)
        deciding = compiled.explain(opening.packet, INTERNET).deciding
        found.append(
            ExposedShown(
                target=end_shown(view, opening.target),
                interface=opening.target,
                port=opening.port,
                by=opening.by,
                address=str(Address(4, opening.packet.target)),
                public_port=opening.packet.target_port,
                anyone=count == everywhere,
                source_count=count,
                sources=tuple(blocks_of(joined(opening.sources))),
                decides=deciding.by or deciding.because.value,
                packet=packet_shown(opening.packet, INTERNET),
            )
        )
    shown = [each for each in found if narrow or each.source_count >= WIDE]
    shown.sort(key=lambda each: (-each.source_count, each.target, each.port, each.by))
    return Exposed(exposed=tuple(shown))


def unused(view: View) -> Unused:
    """List the rules that decide no packet, and the groups without members."""
    compiled = view.picture.compiled
    words = Words(compiled)
    in_use = {name for each in compiled.parts.interfaces.values() for name in each.group_ids}
    return Unused(
        rules=tuple(
            UnusedShown(
                owner=view.named(each.owner),
                id=each.id,
                rule=words.rules[each.id],
                why=each.why.value,
                by=each.by,
            )
            for each in unused_rules(compiled)
        ),
        groups=tuple(view.named(each) for each in compiled.parts.groups if each not in in_use),
    )
