"""Instances of this platform."""

import time
from typing import TYPE_CHECKING, Annotated

from juyong.api.command import BadInput, CommandContext, OperatorError, command, inner_command
from juyong.api.doc import Doc

if TYPE_CHECKING:
    from juyong.services.network.tables import InstanceRow

_START_SECONDS = 20.0
"""How long an instance that was just started may take until it runs."""
_LOOK_SECONDS = 0.2


@command(
    "ecs exec",
    json=False,
    statuses={
        0: "or any other: the status of the command",
        1: "the command was not run: no server runs networks, or the instance does not run",
        3: "bad input; the command was not run",
        127: "the instance does not have the command",
    },
    examples=("juyong ecs exec web -- cat /etc/resolv.conf",),
)
def execute(
    ctx: CommandContext,
    instance: Annotated[str, Doc("A running instance, by id or name.")],
    command: Annotated[list[str], Doc("The command and its arguments, after --.")],
) -> int:
    """Run a command in an instance, as its root: juyong ecs exec web -- CMD …"""
    from juyong.netplane.door import Inside, Refusal, Visit, door_of  # noqa: PLC0415
    from juyong.netplane.streams import run  # noqa: PLC0415
    from juyong.services.network.machines import RUNNING  # noqa: PLC0415

    words = inner_command(command, f"juyong ecs exec {instance} -- CMD …")
    row = _instance(ctx, instance)
    asked = Inside(machine=row.instance_id, argv=tuple(words))
    last = time.monotonic() + (_START_SECONDS if row.status == RUNNING else 0.0)
    while True:
        try:
            return run(Visit(door_of(ctx.home)), asked)
        except (OSError, Refusal) as failure:
            # A call that started the instance is answered before the instance runs.
            if time.monotonic() >= last:
                raise OperatorError(str(failure)) from failure
        time.sleep(_LOOK_SECONDS)


def _instance(ctx: CommandContext, named: str) -> "InstanceRow":
    from juyong.services.network.tables import InstanceRow  # noqa: PLC0415

    with ctx.open() as at:
        found = at.call(lambda tx: tx.get(InstanceRow, named))
        rows = [found] if found else at.call(lambda tx: tx.find(InstanceRow, instance_name=named))
    if len(rows) != 1:
        if rows:
            ids = ", ".join(sorted(row.instance_id for row in rows))
            raise BadInput(f"`{named}` is the name of several instances, say the id: {ids}")
        raise BadInput(
            f"`{named}` is no instance; see juyong inventory list --type ACS::ECS::Instance"
        )
    return rows[0]
