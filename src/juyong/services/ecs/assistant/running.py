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
ROOT = "root"
_ONCE = "a command runs once, at once"
Type = Annotated[str, OneOf(_TYPES), Doc("`RunShellScript` alone.")]
Content = Annotated[str, Text(1, 65536), Hidden(), Doc("Up to 24 KiB in Base64.")]
WorkingDir = Annotated[str, Pattern(r"/[^\x00]{0,199}"), Doc("A full path.")]
Timeout = Annotated[int, Between(10, 86400), Doc("Seconds.")]
Values = Annotated[str, Text(0, 65536), Hidden(), Doc("Of the placeholders, as JSON.")]
Mode = Annotated[str, OneOf(_MODES), Doc("`Once` or `DryRun`.")]
Username = Annotated[str, Text(1, 255), Doc("`root` alone.")]
Termination = Annotated[
    str, OneOf(("Process", "ProcessTree")), Doc("The process group is ended by both.")
]
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


def as_whom(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return the condition key of the user that runs a command."""
    return {"ecs:CommandRunAs": (str(arguments["username"]),)}


@operation(
    ECS,
    "RunCommand",
    resource=each_of("instance_id"),
    resource_conditions=conditions_of_instance,
    conditions=as_whom,
    gateway=ONCE,
    unsupported=UNSUPPORTED,
    raises=(NoSuchInstance, WrongStatus, *ERRORS),
)
def run_command(
    ctx: Context,
    *,
    region_id: Region,
    type: Type,
    command_content: Content,
    instance_id: InstanceIds,
    content_encoding: Annotated[str, Doc("`Base64`; anything else is `PlainText`.")] = "PlainText",
    name: Annotated[str, Text(0, 128)] = "",
    description: Annotated[str, Text(0, 512)] = "",
    working_dir: WorkingDir = "/root",
    timeout: Timeout = 60,
    enable_parameter: Annotated[bool, Doc("Whether the content has placeholders.")] = False,
    parameters: Values | None = None,
    repeat_mode: Mode = "Once",
    username: Username = ROOT,
    termination_mode: Termination = "Process",
    keep_command: OffAlone = False,
) -> Run:
    """Run a script in instances that run: in all of them, or in none.

    Args:
        name, description: Texts for people.
    """
    check_region(ctx, region_id)
    refuse_type(type)
    refuse_mode(repeat_mode, username)
    refuse_on({"KeepCommand": keep_command}, "a command is kept by CreateCommand")
    script = read_content(command_content, encoded=content_encoding.lower() == "base64")
    values = check_values(script, parameters, enabled=enable_parameter)
    check_instances(ctx, instance_id)
    if repeat_mode == "DryRun":
        return Run(command_id="", invoke_id="")
    command_id = new_instance_id("c")
    invoke_id = invoke(
        ctx,
        instance_id,
        command_id=command_id,
        command_name=name,
        command_description=description,
        content=sealed(script),
        parameters=Secret(values),
        working_dir=working_dir,
        timeout_s=timeout,
        termination_mode=termination_mode,
    )
    return Run(command_id=command_id, invoke_id=invoke_id)


def sealed(script: str) -> Secret:
    """Return a script as rows hold it."""
    return Secret(base64.b64encode(script.encode("utf-8", "surrogatepass")).decode())


def invoke(ctx: Context, instance_ids: list[str], **columns: object) -> str:
    """Store an invocation that the network plane is to run; returns its id."""
    row = INVOCATION.create(ctx, invoke_id=new_instance_id("t"), **columns)
    for each in dict.fromkeys(instance_ids):
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
    return row.invoke_id


def refuse_type(kind: str) -> None:
    """Refuse scripts that no instance here runs.

    Raises:
        NotSupported: the type is another one than that of the shell.
    """
    if kind != _SHELL:
        raise NotSupported(name="Type", reason="instances are Linux")


def refuse_mode(repeat_mode: str, username: str) -> None:
    """Refuse what no instance here can do.

    Raises:
        NotSupported: names the parameter.
    """
    if repeat_mode not in ("Once", "DryRun"):
        raise NotSupported(name="RepeatMode", reason=_ONCE)
    if username != ROOT:
        raise NotSupported(name="Username", reason="an instance has no user but root")


def check_instances(ctx: Context, ids: list[str]) -> None:
    """Refuse instances that do not run.

    Raises:
        NoSuchInstance, WrongStatus: as named.
    """
    for each in ids:
        row = INSTANCE.find(ctx, each)
        if row is None:
            raise NoSuchInstance
        if row.status != RUNNING:
            raise WrongStatus
