"""The commands that the network plane runs, and the results that its events tell.

A result is Pending until the plane told that it holds the command, then Running, and the plane
starts a command that is Running alone. So a command starts once at most: one that was Running when
its plane, or the server, ended is told by the next plane as failed.
"""

import base64
from collections.abc import Collection, Sequence

import msgspec

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.netplane.desired import (
    Command,
    CommandBegun,
    CommandEnded,
    CommandFailed,
    Event,
)
from juyong.services.ecs.assistant.invocation import INVOCATION, note_results
from juyong.services.ecs.assistant.script import filled
from juyong.services.ecs.assistant.statuses import (
    FAILED,
    LIVE,
    PENDING,
    RUNNING,
    SUCCESS,
    TIMEOUT,
)
from juyong.services.ecs.assistant.tables import InvocationRow, ResultRow
from juyong.services.network.tables import InstanceRow
from juyong.store.transaction import Transaction

_WAIT_SECONDS = 120
"""How long a command waits for a plane that runs its instance."""
_WRAPPER = (
    'cd -- "$1" && made=$(mktemp) && cat > "$made" && chmod 700 "$made" || exit 126; '
    '"$made" < /dev/null; code=$?; rm -f -- "$made"; exit "$code"'
)
"""SECURITY: the script comes on standard input, so that no part of it is read by this shell."""
_Told = CommandBegun | CommandEnded | CommandFailed


def commands_due(tx: Transaction, running: Collection[str]) -> tuple[Command, ...]:
    """Return the commands of instances that run.

    Args:
        running: Ids of the instances that the plane is to run.

    Cost: the results that wait or run, and the invocations of those that wait.
    """
    begun = [
        Command(id=_name(row), machine_id=row.instance_id, begun=True)
        for row in tx.find(ResultRow, status=RUNNING)
    ]
    waiting = [
        _command(tx, row)
        for row in tx.find(ResultRow, status=PENDING)
        if row.instance_id in running
    ]
    found = (*begun, *(each for each in waiting if each is not None))
    return tuple(sorted(found, key=lambda each: each.id))


def _name(row: ResultRow) -> str:
    return f"{row.invoke_id}/{row.instance_id}"


def _command(tx: Transaction, row: ResultRow) -> Command | None:
    invocation = tx.get(InvocationRow, row.invoke_id)
    instance = tx.get(InstanceRow, row.instance_id)
    if invocation is None or instance is None:
        return None
    return Command(
        id=_name(row),
        machine_id=row.instance_id,
        argv=("sh", "-c", _WRAPPER, "sh", invocation.working_dir),
        stdin=_script(invocation, instance).encode("utf-8", "surrogatepass"),
        directory=invocation.working_dir,
        timeout_s=float(invocation.timeout_s),
    )


def _script(invocation: InvocationRow, instance: InstanceRow) -> str:
    script = base64.b64decode(invocation.content.reveal()).decode("utf-8", "surrogatepass")
    if not invocation.parameters:
        return script
    own = msgspec.json.decode(invocation.parameters.reveal(), type=dict[str, str])
    built_in = {
        "acs::accountid": str(invocation.account_id),
        "acs::commandid": invocation.command_id,
        "acs::instanceid": instance.instance_id,
        "acs::instancename": instance.instance_name,
        "acs::invokeid": invocation.invoke_id,
        "acs::regionid": invocation.region,
    }
    return filled(script, {**own, **built_in})


def take_commands(tx: Transaction, events: Sequence[Event], now: Instant) -> None:
    """Store what the plane told of commands; events that come again change nothing."""
    changed: set[str] = set()
    for event in events:
        if isinstance(event, _Told):
            row = tx.get(ResultRow, *event.id.split("/", 1))
            if row is not None and row.status in LIVE:
                _take(tx, row, event, now)
                changed.add(row.invoke_id)
    note_results(tx, changed, now)


def _take(tx: Transaction, row: ResultRow, event: _Told, now: Instant) -> None:
    match event:
        case CommandBegun():
            if row.status == PENDING:
                tx.update(row, status=RUNNING, started_at=now)
        case CommandEnded():
            status, error_code = _judged(event)
            tx.update(
                row,
                status=status,
                error_code=error_code,
                exit_code=None if event.timed_out else event.code,
                output=Secret(base64.b64encode(event.output).decode()),
                dropped=event.dropped,
                finished_at=now,
            )
        case CommandFailed():
            why = "DirectoryNotExists" if event.no_directory else "ClientNotResponse"
            tx.update(row, status=FAILED, error_code=why, finished_at=now)


def _judged(event: CommandEnded) -> tuple[str, str]:
    if event.timed_out:
        return TIMEOUT, "ExecutionTimeout"
    return (SUCCESS, "") if event.code == 0 else (FAILED, "ExitCodeNonzero")


def give_up_waiting(tx: Transaction, now: Instant, most: int) -> int:
    """Fail commands that no plane took in time; returns how many."""
    rows = tx.find(ResultRow, order=("created_at",), limit=most, status=PENDING)
    late = [row for row in rows if row.created_at + _WAIT_SECONDS <= now]
    for row in late:
        tx.update(row, status=FAILED, error_code="ClientNotRunning", finished_at=now)
    note_results(tx, (row.invoke_id for row in late), now)
    return len(late)


def end_commands(ctx: Context, instance_id: str, error_code: str) -> None:
    """Fail the commands of an instance that a call ends or restarts."""
    for invoke_id in _ended(ctx.tx, instance_id, error_code, ctx.now):
        row = ctx.tx.get(InvocationRow, invoke_id)
        if row is not None:
            INVOCATION.note(ctx.tx, ctx.journal, "updated", row)


def end_commands_of(tx: Transaction, instance_id: str, now: Instant) -> None:
    """Fail the commands of an instance that ended by itself."""
    note_results(tx, _ended(tx, instance_id, "InstanceNotRunning", now), now)


def _ended(tx: Transaction, instance_id: str, error_code: str, now: Instant) -> list[str]:
    rows = [each for each in tx.find(ResultRow, instance_id=instance_id) if each.status in LIVE]
    for row in rows:
        tx.update(row, status=FAILED, error_code=error_code, finished_at=now)
    return sorted({row.invoke_id for row in rows})
