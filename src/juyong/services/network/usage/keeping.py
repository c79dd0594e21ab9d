"""Keep what the network plane tells of flows: which rules they used, and between which ends.

A flow is told once a window. What is kept is bounded by the rules and the pairs of interfaces.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeVar

from juyong.api.bench import Bench
from juyong.base.clock import Instant
from juyong.engines.packet import INTERNET, Address, is_public
from juyong.netplane.desired import Event, Flow, Watched
from juyong.services.network.usage.tables import RuleUseRow, SeenRow, WatchRow
from juyong.store.transaction import Transaction

K = TypeVar("K")
V = TypeVar("V")
PIECE = 400
"""Rows that one transaction writes."""
MOST_SPANS = 200
"""Times of watching that are kept; the oldest go first, so that the record begins later."""

Pair = tuple[str, str, bool]


class Use(NamedTuple):
    """The last use of a rule within a batch, and the packets of all."""

    used_at: Instant
    packets: int


def keep_use(bench: Bench, events: Sequence[Event]) -> None:
    """Keep the use of rules and the pairs among some events.

    Windows are noted last: flows that were not kept leave a gap.

    Raises:
        StoreError: not all was kept: the same events may come again.
    """
    flows = [each for each in events if isinstance(each, Flow)]
    for uses in _pieces(_uses(flows)):
        bench.transact(partial(_keep_uses, uses=uses))
    for pairs in _pieces(_pairs(flows)):
        bench.transact(partial(_keep_pairs, pairs=pairs))
    windows = [each for each in events if isinstance(each, Watched)]
    if windows:
        bench.transact(partial(_keep_windows, windows=windows))


def _pieces(found: Mapping[K, V]) -> Iterator[dict[K, V]]:
    items = iter(found.items())
    while piece := dict(islice(items, PIECE)):
        yield piece


def _uses(flows: Iterable[Flow]) -> dict[str, Use]:
    found: dict[str, Use] = {}
    for flow in flows:
        for rule_id in flow.used:
            last, packets = found.get(rule_id, Use(Instant(0), 0))
            found[rule_id] = Use(Instant(max(last, flow.end_s)), packets + flow.packets)
    return found


def _keep_uses(tx: Transaction, uses: Mapping[str, Use]) -> None:
    for rule_id, use in uses.items():
        row = tx.get(RuleUseRow, rule_id)
        if row is None:
            tx.insert(RuleUseRow(rule_id=rule_id, used_at=use.used_at, packets=use.packets))
        else:
            last = Instant(max(row.used_at, use.used_at))
            tx.update(row, used_at=last, packets=row.packets + use.packets)


def _pairs(flows: Iterable[Flow]) -> dict[Pair, SeenRow]:
    """Return the newest flow of each pair; answers are left out, and flows that are told twice."""
    found: dict[Pair, SeenRow] = {}
    for flow in flows:
        if flow.accepted and (not flow.opens or (flow.peer and not flow.ingress)):
            continue
        outside = flow.source if flow.ingress else flow.target
        peer = flow.peer or (INTERNET if is_public(Address.parse(outside)) else "")
        if not peer:
            continue  # An interface that is gone, or an address that none has.
        ends = (peer, flow.interface_id) if flow.ingress else (flow.interface_id, peer)
        key = (*ends, flow.accepted)
        held = found.get(key)
        found[key] = SeenRow(
            source=ends[0],
            target=ends[1],
            accepted=flow.accepted,
            protocol=flow.protocol,
            port=flow.target_port,
            packets=flow.packets + (held.packets if held else 0),
            seen_at=Instant(flow.end_s),
        )
    return found


def _keep_pairs(tx: Transaction, pairs: Mapping[Pair, SeenRow]) -> None:
    for key, row in pairs.items():
        held = tx.get(SeenRow, *key)
        if held is None:
            tx.insert(row)
        elif held.seen_at <= row.seen_at:
            tx.update(
                held,
                protocol=row.protocol,
                port=row.port,
                packets=row.packets,
                seen_at=row.seen_at,
            )


def _keep_windows(tx: Transaction, windows: Sequence[Watched]) -> None:
    rows = tx.find(WatchRow, order=("begin_at",))
    last = rows[-1] if rows else None
    for window in windows:
        begin, end = Instant(window.start_s), Instant(window.end_s)
        if last is not None and last.begin_at <= begin <= last.end_at:
            if end > last.end_at:
                last = tx.update(last, end_at=end)
        elif last is None or begin > last.end_at:
            last = WatchRow(begin_at=begin, end_at=end)
            tx.insert(last)
            rows.append(last)
    for row in rows[:-MOST_SPANS]:
        tx.delete(row)
