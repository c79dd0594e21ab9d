"""Prove or refute assertions: from all flows of a network, not from samples.

`deny` holds when no packet that is meant arrives, answered or not: of every source, by every public
address. What a program inside an instance forwards is no packet of the source, and an interface
always reaches itself. `allow` holds when each source gets to each target as `juyong net can` says.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from juyong.api.command import BadInput
from juyong.engines.packet import (
    INTERNET,
    Address,
    Eip,
    Flow,
    Flows,
    ForwardEntry,
    hairpins,
    kinds_of,
)
from juyong.services.network.comparing import planned, seen_after, whole
from juyong.services.network.places import Place, head_of, place_of
from juyong.services.network.proving.answers import Counter, Proofs, Proved
from juyong.services.network.proving.ends import Ends, Tags, ends_of, tags
from juyong.services.network.proving.lines import Assertion, assertions_of
from juyong.services.network.questions import answered
from juyong.services.network.showing import Words, flow_shown
from juyong.services.network.view import View, printable, view
from juyong.store.transaction import Transaction

SHOWN = 5
"""Counter-examples of one assertion that an answer lists."""
_NOTHING = "`{}` names no interface, so that nothing is proved"


def proofs(tx: Transaction, data: bytes, plan: bytes | None = None) -> Proofs:
    """Prove or refute each assertion of a file, of the networks as they are or after a plan.

    Raises:
        BadInput: of the file or the plan.
        OperatorError: a part of the networks is refused, so that its packets are not known.
    """
    asserted = assertions_of(data)
    now, held = whole(view(tx)), tags(tx)
    unknown: tuple[str, ...] = ()
    if plan is not None:
        after = planned(tx, now, plan)
        now, unknown = seen_after(now, after), tuple(map(printable, after.unknown))
        held = {**held, **{name: each.tags for name, each in after.planned.items() if each.tags}}
    return Proofs(assertions=tuple(proved(now, held, asserted)), unknown=unknown)


def proved(now: View, held: Tags, asserted: Iterable[Assertion]) -> Iterator[Proved]:
    """Yield each assertion with its verdict.

    Raises:
        BadInput: an end names nothing; the text says the line.

    Cost: as `Flows` once, then linear in the flows of the sources of each assertion.
    """
    found = [(each, *_ends(now, held, each)) for each in asserted]
    compiled = now.picture.compiled
    flows = Flows(compiled, kinds_of(compiled, asked=[each.means for each, _, _ in found]))
    judging = _Judging(now, flows)
    for each, source, target in found:
        try:
            told = judging.proved(each, source, target)
        except BadInput as reason:
            raise BadInput(f"line {each.number}: {reason}") from None
        yield told


def _ends(now: View, held: Tags, each: Assertion) -> tuple[Ends, Ends]:
    try:
        source, target = ends_of(now, held, each.source), ends_of(now, held, each.target)
    except BadInput as reason:
        raise BadInput(f"line {each.number}: {reason}") from None
    if each.allows and (_wide(source) or _wide(target)):
        raise BadInput(f"line {each.number}: `allow` takes no block that is wider than an address")
    return source, target


def _wide(end: Ends) -> bool:
    return end.block is not None and end.block.first != end.block.last


class _Judging:
    def __init__(self, now: View, flows: Flows) -> None:
        self.now, self.flows = now, flows
        self.compiled = now.picture.compiled
        self.words = Words(self.compiled)

    def proved(self, each: Assertion, source: Ends, target: Ends) -> Proved:
        """Return the verdict of one assertion."""
        for end in (source, target):
            if not (end.units or end.block or end.outside):
                return self._unknown(each, _NOTHING.format(end.said))
        if each.allows:
            return self._allowed(each, source, target)
        found = (self._counter(flow) for flow in self._denied(each, source, target))
        return self._verdict(each, found)

    def _unknown(self, each: Assertion, why: str) -> Proved:
        return Proved(line=each.number, assertion=each.text, holds=None, why=why)

    def _verdict(self, each: Assertion, found: Iterator[Counter]) -> Proved:
        counters = tuple(islice(found, SHOWN))
        return Proved(
            line=each.number,
            assertion=each.text,
            holds=not counters,
            counters=counters,
            more=sum(1 for _ in found),
        )

    # -- deny ------------------------------------------------------------------------------------

    def _denied(self, each: Assertion, source: Ends, target: Ends) -> Iterator[Flow]:
        """Yield all flows that are meant."""
        asked = self.flows.kinds.mask(each.means)
        for interface in self.compiled.parts.interfaces.values():
            here = [
                address
                for address in interface.addresses
                if source.has(interface.id, address.version, address.number)
            ]
            if here:
                yield from self._from_interface(interface.id, here, target, asked)
        if source.outside:
            yield from self._from_outside(source, target, asked)

    def _from_interface(
        self, start: str, here: list[Address], target: Ends, asked: int
    ) -> Iterator[Flow]:
        flows, addresses = self.flows, {(each.version, each.number) for each in here}
        found = [*flows.between(start, None if target.block else target.interfaces)]
        found += flows.outward(start) if target.outside else []
        for flow in found:
            packet, kinds = flow.packet, flow.kinds & asked
            if not kinds or (packet.version, packet.source) not in addresses:
                continue
            if flow.target == INTERNET:
                if outside := target.meant(flow.outside):
                    yield flows.narrowed(flow, kinds, outside)
            elif flow.target != start and target.has(flow.target, packet.version, packet.target):
                yield flows.narrowed(flow, kinds, ())
        entries = [
            entry
            for entry in self.compiled.publics.leading()
            if self.compiled.publics.leads_to(entry) != start and self._leads(entry, target)
        ]
        for address in here:
            yield from hairpins(flows, address, start, entries, asked)

    def _from_outside(self, source: Ends, target: Ends, asked: int) -> Iterator[Flow]:
        for flow in self.flows.inward(None if target.block else target.interfaces):
            kinds, outside = flow.kinds & asked, source.meant(flow.outside)
            public = Address(flow.packet.version, flow.packet.target)
            if kinds and outside and (target.block is None or target.block.holds(public)):
                yield self.flows.narrowed(flow, kinds, outside)

    def _leads(self, entry: Eip | ForwardEntry, target: Ends) -> bool:
        """Tell whether a public address leads to what is meant, or is meant itself."""
        if target.block is None:
            return self.compiled.publics.leads_to(entry) in target.interfaces
        return target.block.holds(entry.address if isinstance(entry, Eip) else entry.external)

    def _counter(self, flow: Flow) -> Counter:
        shown = flow_shown(self.now, self.flows, flow)
        path = self.compiled.explain(flow.packet, flow.source)
        return Counter(
            source=shown.source,
            target=shown.target,
            by=shown.by,
            passes=shown.passes,
            outside=shown.outside,
            everyone=shown.everyone,
            packet=shown.packet,
            decides=self.words.hop(path.deciding),
        )

    # -- allow -----------------------------------------------------------------------------------

    def _allowed(self, each: Assertion, source: Ends, target: Ends) -> Proved:
        pairs = [
            (one, other)
            for one in self._places(source)
            for other in self._places(target)
            if not one.interfaces & other.interfaces
        ]
        if not pairs:
            return self._unknown(each, "there are no two ends of which one could reach the other")
        return self._verdict(each, self._stopped(each, pairs))

    def _places(self, end: Ends) -> list[Place]:
        if not end.units:
            text = (
                INTERNET if end.block is None else str(Address(end.block.version, end.block.first))
            )
            return [place_of(self.now, text)]
        interfaces = self.compiled.parts.interfaces
        return [
            Place(
                self.now.named(name),
                tuple((each, a) for each in sorted(unit) for a in interfaces[each].addresses),
            )
            for name, unit in end.units.items()
        ]

    def _stopped(self, each: Assertion, pairs: list[tuple[Place, Place]]) -> Iterator[Counter]:
        for one, other in pairs:
            found = answered(self.now, one, other, head_of(each.head))
            if not found.can:
                yield Counter(
                    source=found.source,
                    target=found.target,
                    by="",
                    passes=(found.protocol,),
                    outside=(),
                    everyone=False,
                    packet=found.packet,
                    decides=found.decides,
                )
