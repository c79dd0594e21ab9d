"""The invocation: how calls name one, and what the inventory keeps."""

from collections.abc import Iterable
from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Text
from juyong.api.resource import Resource
from juyong.api.shape import CreateDate, Shape
from juyong.base.clock import Instant
from juyong.base.ids import new_request_id
from juyong.services.ecs.assistant.tables import InvocationRow, ResultRow
from juyong.store.inventory import Cause, write
from juyong.store.transaction import Transaction

InvokeId = Annotated[str, Text(1, 64), Doc("The invocation.")]
NoInvocation = fact(
    "InvalidInvokeId.NotFound",
    404,
    "The specified InvokeId does not exist.",
    why="The region has no such invocation.",
)


class InstanceState(Shape, frozen=True, kw_only=True):
    """One instance of an invocation, in the inventory."""

    instance_id: str
    invocation_status: str


class InvocationState(Shape, frozen=True, kw_only=True):
    """The inventory's state of an invocation."""

    invoke_id: str
    command_id: str
    command_name: str
    creation_time: CreateDate
    instances: list[InstanceState]


def _find(ctx: Context, invoke_id: str) -> InvocationRow | None:
    row = ctx.tx.get(InvocationRow, invoke_id)
    own = row is not None and (row.account_id, row.region) == (ctx.account_id, ctx.region)
    return row if own else None


def _state(tx: Transaction, row: InvocationRow) -> InvocationState:
    """Show an invocation. SECURITY: neither what is run, nor what came out."""
    found = [
        InstanceState(instance_id=each.instance_id, invocation_status=each.status)
        for each in results_of(tx, row.invoke_id)
    ]
    return InvocationState.of(row, instances=found)


def results_of(tx: Transaction, invoke_id: str) -> list[ResultRow]:
    """Return the instances of an invocation, by id."""
    return tx.find(ResultRow, order=("instance_id",), invoke_id=invoke_id)


INVOCATION = Resource(
    kind="ACS::ECS::Invocation",
    row=InvocationRow,
    id="invoke_id",
    name="invoke_id",
    arn="ecs:invocation/",
    regional=True,
    find=_find,
    missing=NoInvocation,
    state=_state,
)


def note_results(tx: Transaction, invoke_ids: Iterable[str], now: Instant) -> None:
    """Write that invocations changed, outside of a call; this wakes the network plane."""
    rows = [tx.get(InvocationRow, each) for each in sorted(set(invoke_ids))]
    noted = [INVOCATION.noted("updated", row) for row in rows if row is not None]
    write(tx, noted, Cause(new_request_id(), now))
