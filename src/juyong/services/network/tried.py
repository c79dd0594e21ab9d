"""Whether packets of one protocol and port get from one place to another, and what decides.

A question names places, protocol and target port; all else is open. The answer is yes when some
packet that fits arrives, and is answered where its protocol needs that.
"""

from collections.abc import Iterator
from typing import NamedTuple

from juyong.api.command import BadInput
from juyong.engines.packet import (
    ICMP,
    ICMPV6,
    INTERNET,
    TCP,
    WITH_PORTS,
    Address,
    Compiled,
    Conversation,
    Eip,
    Flows,
    Packet,
    client_ports,
    is_public,
    kinds_of,
)
from juyong.services.network.places import Head, Place

SOMEWHERE = Address.parse("203.0.113.9")
"""An address of the Internet for examples. Source: RFC 5737 (documented)."""
_ECHO = {ICMP: 8, ICMPV6: 128}
_ANSWERED = frozenset({TCP, ICMP, ICMPV6})


class Sent(NamedTuple):
    """A packet that fits the question, and where it starts."""

    start: str
    packet: Packet


class Answered(NamedTuple):
    """The packet that gets furthest, of all that were tried.

    conversation: None if no packet fits because no public address leads to the target.
    """

    conversation: Conversation | None
    arrives: bool
    yes: bool


def can(compiled: Compiled, source: Place, target: Place, head: Head) -> Answered:
    """Try all packets that the rules tell apart, until one arrives and is answered.

    Raises:
        BadInput: both places lie outside, or the start is an address that nothing sends from.

    Cost: 60 us a packet; for the Internet, as many packets as runs of addresses are told apart.
    """
    if source.outside and target.outside:
        raise BadInput("both places lie in the Internet")
    if not source.outside and not source.ends:
        raise BadInput(f"no interface sends from {source.said}")
    best = Answered(None, arrives=False, yes=False)
    for sent in _packets(compiled, source, target, head):
        conversation = compiled.converse(sent.packet, sent.start)
        path = conversation.there
        arrives = path.end in target.interfaces if target.interfaces else path.delivered
        yes = arrives and (conversation.answered or head.protocol not in _ANSWERED)
        if yes:
            return Answered(conversation, arrives=True, yes=True)
        if best.conversation is None or (arrives and not best.arrives):
            best = Answered(conversation, arrives=arrives, yes=False)
    return best


def _packets(compiled: Compiled, source: Place, target: Place, head: Head) -> Iterator[Sent]:
    """Yield the packets that fit a question, plain ones first."""
    ports = [0]
    if head.protocol in WITH_PORTS:
        ports = client_ports(compiled, source.interfaces | target.interfaces)
    for start, one, other, port in _ends(compiled, source, target, head):
        of_version = {ICMP: 4, ICMPV6: 6}.get(head.protocol, one.version)
        if one.version != other.version or one.version != of_version:
            continue
        for source_port in ports:
            yield Sent(
                start,
                Packet(
                    version=one.version,
                    protocol=head.protocol,
                    source=one.number,
                    target=other.number,
                    source_port=source_port,
                    target_port=port,
                    icmp_type=_ECHO.get(head.protocol, 0),
                ),
            )


_End = tuple[str, Address, Address, int]
"""Where a packet starts, its two addresses, and its target port."""


def _ends(compiled: Compiled, source: Place, target: Place, head: Head) -> Iterator[_End]:
    if source.outside:
        yield from _from_outside(compiled, source, target, head)
        return
    for start, one in source.ends:
        if target.address is not None:
            yield start, one, target.address, head.port
        elif target.outside:
            yield from ((start, one, each, head.port) for each in _outside(compiled, start, head))
        else:
            yield from ((start, one, other, head.port) for _, other in target.ends)
            yield from ((start, one, *each) for each in _public(compiled, target, head))


def _from_outside(compiled: Compiled, source: Place, target: Place, head: Head) -> Iterator[_End]:
    if target.address is not None and is_public(target.address):
        leads = [(target.address, head.port)]
    else:
        leads = list(_public(compiled, target, head))
    if source.address is not None:
        yield from ((INTERNET, source.address, *lead) for lead in leads)
        return
    yield from ((INTERNET, SOMEWHERE, *lead) for lead in leads)
    flows = _flows(compiled, head)
    for flow in flows.inward(target.interfaces):
        for first, _ in flow.outside:
            yield from ((INTERNET, Address(4, first), *lead) for lead in leads)


def _outside(compiled: Compiled, start: str, head: Head) -> Iterator[Address]:
    """Yield addresses of the Internet that stand for all that an interface reaches."""
    yield SOMEWHERE
    for flow in _flows(compiled, head).outward(start):
        yield from (Address(4, first) for first, _ in flow.outside)


def _flows(compiled: Compiled, head: Head) -> Flows:
    heads = [(head.protocol, head.port)] if head.protocol in WITH_PORTS else []
    return Flows(compiled, kinds_of(compiled, heads=heads))


def _public(compiled: Compiled, target: Place, head: Head) -> Iterator[tuple[Address, int]]:
    """Yield the public addresses, with the port, that lead to a port of the target."""
    for entry in compiled.publics.leading():
        inside = entry.private if isinstance(entry, Eip) else entry.internal
        if (compiled.publics.leads_to(entry), inside) not in target.ends:
            continue
        if isinstance(entry, Eip):
            yield entry.address, head.port
            continue
        outer, inner = entry.external_ports, entry.internal_ports
        if outer is None or inner is None:
            yield entry.external, head.port
        elif entry.protocol == head.protocol and inner.first <= head.port <= inner.last:
            yield entry.external, head.port - inner.first + outer.first
