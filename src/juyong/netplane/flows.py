"""Flow records: what each interface sent and got within a window, let through or not.

The kernel counts what passed all rules, and what rules dropped. Which of two interfaces dropped a
flow is asked of the packet engine.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from juyong.engines.packet import Address, Compiled, Packet, PacketError, Stage, Used, used
from juyong.engines.packet.addresses import WITH_PORTS
from juyong.netplane.desired import Flow

_V4 = 4


class BadCounters(Exception):
    """The dump of counters has another form than the packet filter's."""


class FlowKey(NamedTuple):
    """One direction of a flow."""

    source: str
    target: str
    protocol: int
    source_port: int
    target_port: int


class Counted(NamedTuple):
    """Packets and their bytes."""

    packets: int
    bytes: int


class _Counter(msgspec.Struct):
    packets: int
    bytes: int


class _Value(msgspec.Struct):
    concat: tuple[str | int, ...]


class _Inner(msgspec.Struct):
    val: _Value
    counter: _Counter


class _Element(msgspec.Struct):
    elem: _Inner


class _Set(msgspec.Struct):
    elem: tuple[_Element, ...] = ()


class _Item(msgspec.Struct):
    set: _Set | None = None


class _Dump(msgspec.Struct):
    nftables: tuple[_Item, ...]


_dumps = msgspec.json.Decoder(_Dump)
_ENDS, _ENDS_AND_PORTS = 3, 5

Counters = Mapping[FlowKey, Counted]


def counters_of(dump: bytes) -> dict[FlowKey, Counted]:
    """Read what `nft -j -n list set` prints of counted flows: nothing of a set that is gone.

    Raises:
        BadCounters: it is something else.

    Source: libnftables-json(5) (documented).
    """
    found: dict[FlowKey, Counted] = {}
    if not dump:
        return found
    try:
        items = _dumps.decode(dump).nftables
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadCounters("not a dump of a set") from None
    for item in items:
        for each in item.set.elem if item.set else ():
            counter = each.elem.counter
            key = _key(each.elem.val.concat)
            found[key] = Counted(max(0, counter.packets), max(0, counter.bytes))
    return found


def _key(parts: tuple[str | int, ...]) -> FlowKey:
    if len(parts) not in (_ENDS, _ENDS_AND_PORTS):
        raise BadCounters("a flow of another form")
    source, target, protocol, *ports = parts
    first, last = ports or (0, 0)
    if not isinstance(source, str) or not isinstance(target, str):
        raise BadCounters("a flow without addresses")
    if not isinstance(protocol, int) or not isinstance(first, int) or not isinstance(last, int):
        raise BadCounters("a flow with names in it")
    return FlowKey(source, target, protocol, first, last)


def since(now: Counters, before: Counters) -> dict[FlowKey, Counted]:
    """Return what was counted between two dumps; a counter that began anew counts as it is."""
    found = {}
    for key, each in now.items():
        old = before.get(key, Counted(0, 0))
        begun = old if old.packets <= each.packets and old.bytes <= each.bytes else Counted(0, 0)
        if each.packets > begun.packets:
            found[key] = Counted(each.packets - begun.packets, each.bytes - begun.bytes)
    return found


class Judged(NamedTuple):
    """A flow as the engine sees it: its ends, and what judged it."""

    key: FlowKey
    source: str
    target: str
    used: Used


def records(
    passed: Counters,
    refused: Counters,
    compiled: Compiled,
    vpc_id: str,
    window: tuple[int, int],
    *,
    before: Compiled | None = None,
) -> Iterator[Flow]:
    """Yield the records of the interfaces of a VPC.

    Args:
        passed: What was let through.
        refused: What was dropped.
        compiled: What judges packets at the end of the window.
        vpc_id: The VPC.
        window: Its first and its last second, since 1970.
        before: What judged packets at the beginning of the window, where other rules did: both
        count as used.
    """
    networks = [compiled] if before is None or before is compiled else [compiled, before]
    for key, each in passed.items():
        told = _judged(key, networks, vpc_id, passed=True)
        if told.source:
            yield _flow(told, each, window, ingress=False, accepted=True)
        if told.target:
            yield _flow(told, each, window, ingress=True, accepted=True)
    for key, each in refused.items():
        told = _judged(key, networks, vpc_id, passed=False)
        yield from _stopped(told, each, window, compiled)


def _judged(key: FlowKey, networks: list[Compiled], vpc_id: str, *, passed: bool) -> Judged:
    source, target = (_owner(networks[0], vpc_id, text) for text in key[:2])
    try:
        packet = _packet(key)
    except PacketError:
        return Judged(key, source, target, Used((), opens=False))
    found = [used(each, packet, source, target, passed=passed) for each in networks]
    ids = dict.fromkeys(name for each in found for name in each.ids)
    return Judged(key, source, target, Used(tuple(ids), found[0].opens))


def _stopped(
    told: Judged, stopped: Counted, window: tuple[int, int], compiled: Compiled
) -> Iterator[Flow]:
    leaves = bool(told.source and told.target) and _leaves(told.key, told.source, compiled)
    if told.source:
        yield _flow(told, stopped, window, ingress=False, accepted=leaves)
    if told.target and (leaves or not told.source):
        yield _flow(told, stopped, window, ingress=True, accepted=False)


def _leaves(key: FlowKey, source: str, compiled: Compiled) -> bool:
    """Tell whether a flow that does not arrive is let out by its source's side."""
    try:
        hop = compiled.explain(_packet(key), source).deciding
    except PacketError:
        return False
    return hop.passed or hop.stage in (Stage.INGRESS_ACL, Stage.INGRESS_GROUP)


def _packet(key: FlowKey) -> Packet:
    ports = (key.source_port, key.target_port) if key.protocol in WITH_PORTS else (0, 0)
    return Packet(
        version=_V4,
        protocol=key.protocol,
        source=_address(key.source).number,
        target=_address(key.target).number,
        source_port=ports[0],
        target_port=ports[1],
    )


@lru_cache(maxsize=16_384)
def _address(text: str) -> Address:
    """Read an address. PERF: most flows are between few addresses, and each is read four times."""
    return Address.parse(text)


def _owner(compiled: Compiled, vpc_id: str, text: str) -> str:
    try:
        address = _address(text)
    except PacketError:
        return ""
    return compiled.parts.at_address.get((vpc_id, address.version, address.number), "")


def _flow(
    told: Judged, counted: Counted, window: tuple[int, int], *, ingress: bool, accepted: bool
) -> Flow:
    key, mine = told.key, not ingress or not told.source
    return Flow(
        interface_id=told.target if ingress else told.source,
        ingress=ingress,
        accepted=accepted,
        protocol=key.protocol,
        source=key.source,
        source_port=key.source_port,
        target=key.target,
        target_port=key.target_port,
        packets=counted.packets,
        bytes=counted.bytes,
        start_s=window[0],
        end_s=window[1],
        peer=told.source if ingress else told.target,
        opens=told.used.opens,
        used=told.used.ids if mine else (),
    )
