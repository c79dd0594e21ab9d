"""Run a command in instances.

Source: ECS API reference, RunCommand (documented); that an instance must run is documented, its
code here assumed; that a dry run answers no ids is assumed.
"""

import base64
from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Between, Doc, Hidden, OneOf, Pattern, Text
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import ONCE
from juyong.api.shape import Shape
from juyong.base.ids import new_instance_id
from juyong.base.secret import Secret
from juyong.services.ecs.assistant.invocation import INVOCATION
from juyong.services.ecs.assistant.script import ERRORS, check_values, read_content
from juyong.services.ecs.assistant.statuses import PENDING
from juyong.services.ecs.assistant.tables import ResultRow
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.key_pairs import NO_RESOURCE_GROUPS, Region, check_region
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    RUNNING,
    InstanceIds,
    WrongStatus,
    conditions_of_instance,
    each_of,
)
from juyong.services.ecs.product import PRODUCT as ECS

_SHELL = "RunShellScript"
_TYPES = (_SHELL, "RunBatScript", "RunPowerShellScript")
_MODES = ("Once", "Period", "NextRebootOnly", "EveryReboot", "DryRun")
_ROOT = "root"
_ONCE = "a command runs once, at once"
UNSUPPORTED = {
    **NO_RESOURCE_GROUPS,
    **because(
        {
            _ONCE: "Frequency Timed",
            "there are no containers in an instance": "ContainerId ContainerName",
            "a script names its interpreter in its first line": "Launcher",
            "output is read by DescribeInvocationResults": "OssOutputDelivery",
            "instances are named by InstanceId": "ResourceTag",
            "commands and invocations have no tags": "Tag",
            "instances are Linux": "WindowsPasswordName",
        }
    ),
}
NoSuchInstance = fact(
    "InvalidInstance.NotFound",
    404,
    "The specified instance does not exist.",
    why="The region has no such instance.",
)


class Run(Shape, frozen=True, kw_only=True):
    """The command and its run; both ids are empty after a dry run."""

    command_id: str
    invoke_id: str


def _as_whom(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    return {"ecs:CommandRunAs": (str(arguments["username"]),)}


@operation(
    ECS,
    "RunCommand",
    resource=each_of("instance_id"),
    resource_conditions=conditions_of_instance,
    conditions=_as_whom,
    gateway=ONCE,
    unsupported=UNSUPPORTED,
    raises=(NoSuchInstance, WrongStatus, *ERRORS),
)
def run_command(
    ctx: Context,
    *,
    region_id: Region,
    type: Annotated[str, OneOf(_TYPES), Doc("`RunShellScript` alone.")],
    command_content: Annotated[str, Text(1, 65536), Hidden(), Doc("Up to 24 KiB in Base64.")],
    instance_id: InstanceIds,
    content_encoding: Annotated[str, Doc("`Base64`; anything else is `PlainText`.")] = "PlainText",
    name: Annotated[str, Text(0, 128)] = "",
    description: Annotated[str, Text(0, 512)] = "",
    working_dir: Annotated[str, Pattern(r"/[^\x00]{0,199}"), Doc("A full path.")] = "/root",
    timeout: Annotated[int, Between(10, 86400), Doc("Seconds.")] = 60,
    enable_parameter: Annotated[bool, Doc("Whether the content has placeholders.")] = False,
    parameters: Annotated[str, Text(0, 65536), Hidden(), Doc("Their values, as JSON.")]
    | None = None,
    repeat_mode: Annotated[str, OneOf(_MODES), Doc("`Once` or `DryRun`.")] = "Once",
    username: Annotated[str, Text(1, 255), Doc("`root` alone.")] = _ROOT,
    termination_mode: Annotated[
        str, OneOf(("Process", "ProcessTree")), Doc("The process group is ended by both.")
    ] = "Process",
    keep_command: OffAlone = False,
) -> Run:
    """Run a script in instances that run: in all of them, or in none."""
    check_region(ctx, region_id)
    _refuse(type, repeat_mode, username)
    refuse_on({"KeepCommand": keep_command}, "a command is given with its run")
    script = read_content(command_content, encoded=content_encoding.lower() == "base64")
    values = check_values(script, parameters, enabled=enable_parameter)
    _check_instances(ctx, instance_id)
    if repeat_mode == "DryRun":
        return Run(command_id="", invoke_id="")
    row = INVOCATION.create(
        ctx,
        invoke_id=new_instance_id("t"),
        command_id=new_instance_id("c"),
        command_name=name,
        command_description=description,
        content=Secret(base64.b64encode(script.encode("utf-8", "surrogatepass")).decode()),
        parameters=Secret(values),
        working_dir=working_dir,
        timeout_s=timeout,
        termination_mode=termination_mode,
    )
    for each in dict.fromkeys(instance_id):
        ctx.tx.insert(
            ResultRow(
                invoke_id=row.invoke_id,
                instance_id=each,
                account_id=row.account_id,
                region=row.region,
                status=PENDING,
                output=Secret(""),
                created_at=ctx.now,
            )
        )
    return Run(command_id=row.command_id, invoke_id=row.invoke_id)


def _refuse(kind: str, repeat_mode: str, username: str) -> None:
    """Refuse what no instance here can do.

    Raises:
        NotSupported: names the parameter.
    """
    if kind != _SHELL:
        raise NotSupported(name="Type", reason="instances are Linux")
    if repeat_mode not in ("Once", "DryRun"):
        raise NotSupported(name="RepeatMode", reason=_ONCE)
    if username != _ROOT:
        raise NotSupported(name="Username", reason="an instance has no user but root")


def _check_instances(ctx: Context, ids: list[str]) -> None:
    for each in ids:
        row = INSTANCE.find(ctx, each)
        if row is None:
            raise NoSuchInstance
        if row.status != RUNNING:
            raise WrongStatus
