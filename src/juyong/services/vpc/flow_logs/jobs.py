"""Write the records of closed windows into the logstores of flow logs, at least once.

The rows of records go with the commit that gives the records to the logstore, so a killed server
neither loses nor doubles a record that it has kept. A logstore that cannot be written holds up no
other; what fails is told by DescribeFlowLogs.
"""

from functools import partial
from typing import NamedTuple

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.in_service import do_as
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.logs.batches import Arrived
from juyong.services.identity.facade import RoleRow
from juyong.services.sls.facade import KeptLogs, give_as_role, kept_logs, sealing_key
from juyong.services.sts.facade import RoleTrustsNot
from juyong.services.vpc.flow_logs.arriving import MOST_WAITING
from juyong.services.vpc.flow_logs.records import added_up, from_body, log_of, log_of_lost
from juyong.services.vpc.flow_logs.roles import SERVICE, SESSION, assumed_role
from juyong.services.vpc.flow_logs.tables import FlowLogRow, FlowPartRow, FlowStateRow
from juyong.store.errors import Stale, StoreError
from juyong.store.transaction import Transaction

EVERY_SECONDS = 5
LATE_SECONDS = 10
"""How long after its end a window waits for flows that are told late."""
_PARTS = 900
_STEPS = 20
_FIRST_PAUSE, _LONGEST_PAUSE = 5, 300
_MEMORY = "vpc.flow-logs"
_FAILURES = (ApiError, StoreError, RoleTrustsNot)


class _Batch(NamedTuple):
    """The next parts of a flow log, all of one window, and how many records they hold."""

    row: FlowLogRow
    parts: list[FlowPartRow]
    lost: int

    @property
    def waiting(self) -> int:
        return sum(each.records for each in self.parts)


@job("vpc.flow-logs", every=EVERY_SECONDS, rows=_PARTS + 100)
def deliver_flow_logs(bench: Bench) -> None:
    """Deliver what is due of each flow log."""
    pauses: dict[str, tuple[int, int]] = bench.platform.memory.setdefault(_MEMORY, {})
    waiting = bench.transact(_waiting)
    for gone in pauses.keys() - set(waiting):
        del pauses[gone]
    for flow_log_id in waiting:
        until, seconds = pauses.get(flow_log_id, (0, 0))
        if bench.clock() < until:
            continue
        if _deliver(bench, flow_log_id):
            pauses.pop(flow_log_id, None)
        else:
            seconds = max(_FIRST_PAUSE, min(_LONGEST_PAUSE, 2 * seconds))
            pauses[flow_log_id] = (bench.clock() + seconds, seconds)


def _waiting(tx: Transaction) -> list[str]:
    return [row.flow_log_id for row in tx.find(FlowStateRow) if row.waiting]


def _deliver(bench: Bench, flow_log_id: str) -> bool:
    """Deliver what is due of a flow log; False where that failed."""
    try:
        for _ in range(_STEPS):
            now = bench.clock()
            batch = bench.transact(partial(_next, flow_log_id=flow_log_id, now=now))
            if batch is None:
                break
            _write(bench, batch, now)
    except Stale:
        # Another server delivered the same records, or more came in.
        return True
    except _FAILURES as failure:
        text = _told(failure)
        bench.transact(lambda tx: _note_failure(tx, flow_log_id, text))
        bench.pass_over(f"records of the flow log `{flow_log_id}`", failure)
        return False
    return True


def _next(tx: Transaction, flow_log_id: str, now: Instant) -> _Batch | None:
    """Return the oldest records, if their window is closed or too much waits."""
    row, state = tx.get(FlowLogRow, flow_log_id), tx.get(FlowStateRow, flow_log_id)
    if row is None or state is None:
        return None
    found = tx.find(FlowPartRow, order=("window_at", "seq"), limit=_PARTS, flow_log_id=flow_log_id)
    parts = [each for each in found if each.window_at == found[0].window_at]
    if not parts:
        return None
    closed = parts[0].window_at + row.aggregation_minutes * 60 + LATE_SECONDS
    is_due = now >= closed or row.status != "Active" or state.waiting >= MOST_WAITING // 2
    return _Batch(row, parts, state.lost) if is_due else None


def _write(bench: Bench, batch: _Batch, now: Instant) -> None:
    row = batch.row
    service = Service(account_id=row.account_id, name=SERVICE)
    records = added_up(record for part in batch.parts for record in from_body(part.body))
    logs = [log_of(record, row) for record in records]
    if batch.lost:
        logs.append(log_of_lost(row, now))
    by = do_as(bench, service, lambda ctx: sealing_key(ctx, *_place(ctx, row)), row.region)
    arrived = kept_logs(bench.platform, logs, by)
    do_as(bench, service, lambda ctx: _commit(ctx, batch, arrived), row.region)


def _place(ctx: Context, row: FlowLogRow) -> tuple[RoleRow, KeptLogs]:
    role = assumed_role(ctx.tx, row.account_id, ctx.now)
    kept = KeptLogs(
        project=row.project_name, logstore=row.logstore_name, session=SESSION, writer="", index={}
    )
    return role, kept


def _commit(ctx: Context, batch: _Batch, arrived: Arrived) -> None:
    """Give the records to the logstore, and drop them here.

    Raises:
        Stale: another server was faster.
        ApiError: the logstore is gone, or the role may not write there.
    """
    row = batch.row
    state = ctx.tx.get(FlowStateRow, row.flow_log_id)
    if state is None:
        raise Stale("network_flow_state")
    give_as_role(ctx, *_place(ctx, row), arrived)
    for part in batch.parts:
        ctx.tx.delete(part)
    ctx.tx.update(
        state,
        waiting=state.waiting - batch.waiting,
        lost=state.lost - batch.lost,
        error="",
        delivered_at=ctx.now,
    )


def _note_failure(tx: Transaction, flow_log_id: str, error: str) -> None:
    state = tx.get(FlowStateRow, flow_log_id)
    if state is not None and state.error != error:
        tx.update(state, error=error)


def _told(failure: Exception) -> str:
    """Return why a delivery failed, as the owner of the flow log may know it."""
    if isinstance(failure, ApiError):
        return f"UnavaliableTarget: {failure.code}: {failure.message}"
    if isinstance(failure, RoleTrustsNot):
        return f"UnavaliableTarget: there is no role that trusts {SERVICE}"
    return "ServiceUnavailable: the platform could not store the records"
