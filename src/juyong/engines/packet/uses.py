"""The rules that judge one packet at the interfaces that it leaves and comes to."""

from collections.abc import Iterator
from typing import NamedTuple

from juyong.engines.packet.judge import judge_acl, judge_egress, judge_ingress
from juyong.engines.packet.match import Line
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.walk import Compiled


class Used(NamedTuple):
    """The rules that a packet used.

    ids: Rules, entries of ACLs, and groups with inner access. opens: The groups let the packet open
    a session; False for an answer or a dropped packet.
    """

    ids: tuple[str, ...]
    opens: bool


def used(compiled: Compiled, packet: Packet, source: str, target: str, *, passed: bool) -> Used:
    """Return the rules that a packet used, which passed or was dropped.

    A packet that passed may answer a session, which groups do not judge; the rules that would have
    let the packet open one count as used all the same.

    Args:
        compiled: The network.
        packet: The packet with the private addresses that rules see.
        source: The interface that sent the packet; empty for the Internet, or one that is gone.
        target: The interface that the packet is for, likewise.
        passed: Whether the packet got through.

    Cost: 20 us.
    """
    ids: list[str] = []
    opens = True
    for line, is_group in _lines(compiled, packet, source, target):
        if line.accepts or not passed:
            ids += [line.id] if line.id else []
        if not line.accepts:
            opens = opens and not is_group and passed
            if not passed:
                break
    return Used(tuple(dict.fromkeys(ids)), opens)


def _lines(
    compiled: Compiled, packet: Packet, source: str, target: str
) -> Iterator[tuple[Line, bool]]:
    """Yield the answers of the lists on the way, and whether they are those of groups."""
    parts = compiled.parts
    here, there = parts.home.get(source), parts.home.get(target)
    if here is not None:
        yield judge_egress(parts.guards[source], packet), True
    if here is not there:
        for vswitch, outward in ((here, True), (there, False)):
            if vswitch is not None:
                yield judge_acl(parts.ways.get(vswitch.acl_id), packet, outward=outward), False
    if there is not None:
        yield judge_ingress(parts.guards[target], packet), True
