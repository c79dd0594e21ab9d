"""Run scheduled SQL by the clock: each window once, in the order of the windows.

The rows of a window, the note of its run and the next window are committed together, or nothing of
them is, and the window runs again. The query is asked before, while no transaction is open.
"""

from functools import partial
from typing import Any, Final, NamedTuple

from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.api.errors import ApiError, fact
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.base.ids import new_uuid
from juyong.engines.logsearch.port import Table
from juyong.logs.batches import Arrived
from juyong.services.identity.facade import RoleRow
from juyong.services.sls.acting import assumed_role, context_of
from juyong.services.sls.data.taking import put as put_logs
from juyong.services.sls.errors import NoLogstore, NotYours
from juyong.services.sls.for_services import kept_logs, need, the_own_project
from juyong.services.sls.query.get_logs import PREPARE, Read, Reading
from juyong.services.sls.scheduled.keeping import (
    FAILED,
    RUN,
    RUNNING,
    SUCCEEDED,
    document_of,
    due_at,
)
from juyong.services.sls.scheduled.plan import Plan, read_plan
from juyong.services.sls.scheduled.results import kept_rows
from juyong.services.sls.scheduled.tables import RunRow, ScheduledRow
from juyong.services.sls.tables import LogstoreRow
from juyong.services.sts.facade import RoleTrustsNot
from juyong.store.queue import Claim, extend, finish, put
from juyong.store.transaction import Transaction

SESSION: Final = "log"
"""The name of the session in which the service acts as a role."""
MOST_RUNS: Final = 1000
"""Runs of a job that are remembered."""
_LEASE_SECONDS = 120
"""Longer than one query may take; a window of a killed server waits for so long."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5, 300
_MOST_ERROR = 1024
NotTrusted = fact(
    "Unauthorized",
    401,
    "The role does not exist, or does not trust log.aliyuncs.com.",
    why="A role of a job lets the service in no more.",
)
NotYet = fact(
    "InternalServerError",
    500,
    "Not all logs of the window are searched yet.",
    why="Some logs of the window wait to be turned over into columns; the window is tried again.",
)


class Turn(NamedTuple):
    """One attempt: which window of which job; is_again: Somebody asked for the window again."""

    row: ScheduledRow
    plan: Plan
    tick: Instant
    is_again: bool


@job(
    RUN,
    lease_seconds=_LEASE_SECONDS,
    attempts=None,
    first_pause=_FIRST_PAUSE_SECONDS,
    longest_pause=_LONGEST_PAUSE_SECONDS,
)
def run_window(bench: Bench, claim: Claim) -> None:
    """Run the next window of a scheduled SQL, and have the one behind it run at its time.

    Windows that came while no server ran are made up for, one after the other. A window that fails
    is tried again after a pause, until it has failed too often or for too long; then the next one
    has its turn.
    """
    turn = bench.transact(partial(_begin, bench, claim))
    if turn is None:
        return
    try:
        read = _read(bench, turn)
        bench.transact(lambda tx: extend(tx, claim, now=bench.clock(), seconds=_LEASE_SECONDS))
        assert isinstance(read.answer, Table)  # noqa: S101  # a plan has SQL
        begin, _ = turn.plan.window(turn.tick)
        arrived = [*kept_rows(read.answer, begin, partial(kept_logs, bench.platform))]
        done = _Done(read.answer, arrived)
        bench.transact(partial(_commit, bench, claim, turn, done))
    except ApiError as refusal:
        bench.transact(partial(_note_failure, bench, claim, turn, refusal))


def _begin(bench: Bench, claim: Claim, tx: Transaction) -> Turn | None:
    """Return the window that is due, noted as running; None if there is none."""
    project, name, *again = claim.key.split("/")
    row = tx.get(ScheduledRow, project, name)
    if row is None:
        return None
    plan, now = read_plan(document_of(row)), bench.clock()
    tick = Instant(int(again[0])) if again else row.tick_at
    run = tx.get(RunRow, project, name, tick)
    if again:
        is_wanted = run is not None and run.state == RUNNING
        return Turn(row, plan, tick, is_again=True) if is_wanted else None
    if not row.enabled or plan.is_over(tick):
        return None
    begins = due_at(plan, tick)
    if now < begins:
        finish(tx, claim, now)
        put(tx, RUN, claim.key, now=now, due=begins)
        return None
    if run is None:
        tx.insert(_new_run(row, tick, now))
    return Turn(row, plan, tick, is_again=False)


def _new_run(row: ScheduledRow, tick: Instant, now: Instant) -> RunRow:
    return RunRow(
        project_name=row.project_name,
        job_name=row.job_name,
        tick_at=tick,
        instance_id=new_uuid().replace("-", ""),
        state=RUNNING,
        begun_at=now,
        changed_at=now,
    )


# --- asking ---


def _read(bench: Bench, turn: Turn) -> Read:
    """Ask the query of a window, as the role that reads.

    Raises:
        ApiError: the role may not, the logstore is gone, or as GetLogsV2.
    """
    begin, end = turn.plan.window(turn.tick)
    over = Reading(from_=begin, to=end, query=turn.plan.script)
    arguments = {"project": turn.row.project_name, "logstore": turn.plan.source, "over": over}

    def gather(tx: Transaction) -> Any:
        ctx = context_of(bench, tx, turn.row.account_id, turn.row.region)
        role = _role(ctx, turn, turn.plan.role)
        own = the_own_project(ctx, role, turn.row.project_name)
        need(ctx, role, SESSION, (own, turn.plan.source), "log:GetLogStoreLogs")
        _destination(ctx, turn)
        assert PREPARE.gather is not None  # noqa: S101  # queries have one
        return PREPARE.gather(ctx, arguments)

    question = bench.transact(gather)
    if not question.complete:
        raise NotYet
    read: Read = PREPARE.work(bench.platform, arguments, question)
    return read


def _role(ctx: Context, turn: Turn, arn: str) -> RoleRow:
    try:
        return assumed_role(ctx, turn.row.account_id, arn)
    except RoleTrustsNot:
        raise NotTrusted from None


def _destination(ctx: Context, turn: Turn) -> LogstoreRow:
    """Return the logstore into which the role that writes may write.

    Raises:
        ApiError: the logstore is gone, a service's own, or the role may not.
    """
    plan = turn.plan
    role = _role(ctx, turn, plan.dest_role)
    own = the_own_project(ctx, role, plan.project)
    need(ctx, role, SESSION, (own, plan.store), "log:PostLogStoreLogs")
    row = ctx.tx.get(LogstoreRow, plan.project, plan.store)
    if row is None:
        raise NoLogstore(name=plan.store)
    if row.writer:
        raise NotYours(name=row.logstore_name, writer=row.writer)
    return row


# --- committing ---


class _Done(NamedTuple):
    table: Table
    arrived: list[Arrived]


def _commit(bench: Bench, claim: Claim, turn: Turn, done: _Done, tx: Transaction) -> None:
    """Commit a window.

    Raises:
        ApiError: the destination does not take the rows.
        LostLease, Stale: another worker or a call came before.
    """
    ctx = context_of(bench, tx, turn.row.account_id, turn.row.region)
    store = _destination(ctx, turn)
    for each in done.arrived:
        put_logs(ctx, store, each)
    tx.update(
        _run(tx, turn),
        state=SUCCEEDED,
        error_code="",
        error_text="",
        rows_read=done.table.rows_read,
        rows_written=len(done.table.rows),
        changed_at=ctx.now,
    )
    _go_on(tx, claim, turn, ctx.now)


def _run(tx: Transaction, turn: Turn) -> RunRow:
    found = tx.get(RunRow, turn.row.project_name, turn.row.job_name, turn.tick)
    assert found is not None  # noqa: S101  # noted when the turn began
    return found


def _note_failure(
    bench: Bench, claim: Claim, turn: Turn, refusal: ApiError, tx: Transaction
) -> None:
    """Note why an attempt failed, and have the window or the one behind it run."""
    run, now = _run(tx, turn), bench.clock()
    attempts = run.attempts + 1
    is_over = attempts > turn.plan.most_retries or now - run.begun_at >= turn.plan.most_seconds
    tx.update(
        run,
        state=FAILED if is_over else RUNNING,
        attempts=attempts,
        error_code=refusal.code,
        error_text=refusal.message[:_MOST_ERROR],
        changed_at=now,
    )
    if is_over:
        _go_on(tx, claim, turn, now)
        return
    pause = min(_FIRST_PAUSE_SECONDS * 2 ** min(attempts - 1, 10), _LONGEST_PAUSE_SECONDS)
    finish(tx, claim, now)
    put(tx, RUN, claim.key, now=now, due=Instant(now + pause))


def _go_on(tx: Transaction, claim: Claim, turn: Turn, now: Instant) -> None:
    """Finish a window, and have the next one run."""
    finish(tx, claim, now)
    if turn.is_again:
        return
    following = Instant(turn.plan.schedule.next_after(turn.tick))
    tx.update(turn.row, tick_at=following, done_at=turn.tick)
    _forget_oldest(tx, turn.row)
    if not turn.plan.is_over(following):
        put(tx, RUN, claim.key, now=now, due=due_at(turn.plan, following))


def _forget_oldest(tx: Transaction, row: ScheduledRow) -> None:
    where: dict[str, Any] = {"project_name": row.project_name, "job_name": row.job_name}
    if tx.count(RunRow, **where) > MOST_RUNS:
        for run in tx.find(RunRow, order=("tick_at",), limit=1, **where):
            tx.delete(run)
