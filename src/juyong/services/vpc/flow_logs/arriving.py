"""Flows that the network plane tells: found to belong to flow logs, and kept until delivered.

What waits of one flow log is bounded; of what comes beyond, the number is kept.
"""

from collections import defaultdict
from collections.abc import Sequence

from juyong.api.bench import Bench
from juyong.base.clock import Instant
from juyong.engines.packet import Address, is_public
from juyong.netplane.desired import Event, Flow
from juyong.services.network.tables import InterfaceRow
from juyong.services.vpc.flow_logs.records import Record, added_up, to_body
from juyong.services.vpc.flow_logs.tables import FlowLogRow, FlowPartRow, FlowStateRow
from juyong.store.transaction import Transaction

MOST_WAITING = 20_000
"""Records of one flow log that may wait, as they do while the logstore cannot be written."""
_MINUTE = 60
_Window = tuple[str, int]
_VERDICTS = {"Allow": True, "Drop": False}


def deliver(bench: Bench, events: Sequence[Event]) -> None:
    """Keep the flows among some events for the flow logs that ask for them; one transaction.

    Raises:
        StoreError: nothing was kept, or that is not known: the same events may come again.
    """
    flows = [each for each in events if isinstance(each, Flow)]
    if flows:
        now = bench.clock()
        bench.transact(lambda tx: _take(tx, flows, now))


def _take(tx: Transaction, flows: Sequence[Flow], now: Instant) -> None:
    found: dict[_Window, list[Record]] = defaultdict(list)
    at_interface: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        at_interface[flow.interface_id].append(flow)
    for interface_id, of_interface in at_interface.items():
        interface = tx.get(InterfaceRow, interface_id)
        # An interface that is gone tells no longer which flow logs its flows belong to.
        if interface is None:
            continue
        for row in _logs_of(tx, interface):
            seconds = row.aggregation_minutes * _MINUTE
            for flow in of_interface:
                if _is_asked(row, flow):
                    window = min(flow.end_s, now) // seconds * seconds
                    found[row.flow_log_id, window].append(Record.of(flow, interface))
    for (flow_log_id, window), records in found.items():
        _keep(tx, flow_log_id, window, added_up(records))


def _logs_of(tx: Transaction, interface: InterfaceRow) -> list[FlowLogRow]:
    """Return the flow logs of an interface, of its vSwitch and of its VPC that are active."""
    names = (interface.interface_id, interface.vswitch_id, interface.vpc_id)
    return [
        row
        for name in names
        for row in tx.find(FlowLogRow, resource_id=name)
        if row.status == "Active" and row.account_id == interface.account_id
    ]


def _is_asked(row: FlowLogRow, flow: Flow) -> bool:
    verdict = _VERDICTS.get(row.traffic_type)
    if verdict is not None and verdict is not flow.accepted:
        return False
    peer = flow.source if flow.ingress else flow.target
    return row.traffic_path == "all" or is_public(Address.parse(peer))


def _keep(tx: Transaction, flow_log_id: str, window: int, records: list[Record]) -> None:
    state = tx.get(FlowStateRow, flow_log_id)
    assert state is not None  # noqa: S101  # it is made and deleted with the flow log
    kept = records[: max(0, MOST_WAITING - state.waiting)]
    if kept:
        part = FlowPartRow(
            flow_log_id=flow_log_id, window_at=window, records=len(kept), body=to_body(kept)
        )
        tx.insert(part)
    lost = len(records) - len(kept)
    tx.update(state, waiting=state.waiting + len(kept), lost=state.lost + lost)
