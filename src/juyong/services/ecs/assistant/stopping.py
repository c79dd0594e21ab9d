"""Stop an invocation.

Source: ECS API reference, StopInvocation (documented). A command is stopped in the transaction of
the call, and the network plane then kills its process group; what it wrote so far is not kept.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, Items
from juyong.api.operation import operation
from juyong.services.ecs.assistant.invocation import INVOCATION, InvokeId, results_of
from juyong.services.ecs.assistant.running import NoSuchInstance
from juyong.services.ecs.assistant.statuses import CANCELLED, LIVE, PENDING, TERMINATED
from juyong.services.ecs.assistant.tables import InvocationRow
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.product import PRODUCT as ECS

_Instances = Annotated[list[str], Items(1, 100), Doc("All of the invocation if absent.")]


@operation(ECS, "StopInvocation", on=INVOCATION.by(invoke_id=InvokeId), raises=(NoSuchInstance,))
def stop_invocation(
    ctx: Context, row: InvocationRow, *, region_id: Region, instance_id: _Instances | None = None
) -> None:
    """Stop a command in instances; where it has ended, nothing changes."""
    check_region(ctx, region_id)
    found = {each.instance_id: each for each in results_of(ctx.tx, row.invoke_id)}
    for each in dict.fromkeys(found if instance_id is None else instance_id):
        if each not in found:
            raise NoSuchInstance
        if found[each].status in LIVE:
            status = CANCELLED if found[each].status == PENDING else TERMINATED
            ctx.tx.update(found[each], status=status, stopped_at=ctx.now)
    INVOCATION.note(ctx.tx, ctx.journal, "updated", row)
