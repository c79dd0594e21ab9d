"""Instances of this platform."""

from typing import Annotated

from juyong.api.command import CommandContext, OperatorError, command
from juyong.api.doc import Doc


@command(
    "ecs exec",
    json=False,
    statuses={
        0: "or any other: the status of the command",
        1: "the command was not run: no server runs networks, or the instance does not run",
        3: "bad input; the command was not run",
        127: "the instance does not have the command",
    },
)
def execute(
    ctx: CommandContext,
    instance: Annotated[str, Doc("The id of a running instance.")],
    command: Annotated[list[str], Doc("The command and its arguments, after --.")],
) -> int:
    """Run a command in an instance, as its root: juyong ecs exec i-… -- CMD …"""
    from juyong.netplane.door import Inside, Refusal, Visit, door_of  # noqa: PLC0415
    from juyong.netplane.streams import run  # noqa: PLC0415

    try:
        visit = Visit(door_of(ctx.home))
        return run(visit, Inside(machine=instance, argv=tuple(command)))
    except (OSError, Refusal) as failure:
        raise OperatorError(str(failure)) from failure
