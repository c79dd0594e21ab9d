"""Keep commands, and invoke them.

Source: ECS API reference, CreateCommand, DescribeCommands, ModifyCommand, DeleteCommand and
InvokeCommand (documented); the code and the number of the quota are assumed.
"""

import base64
from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Clearable, Doc, Grouped, OneOf, Text
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.resource import Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.base.ids import new_instance_id
from juyong.base.secret import Secret
from juyong.services.ecs.assistant.running import (
    ROOT,
    UNSUPPORTED,
    Content,
    Mode,
    NoSuchInstance,
    Termination,
    Timeout,
    Type,
    Username,
    Values,
    WorkingDir,
    as_whom,
    check_instances,
    invoke,
    refuse_mode,
    refuse_type,
    sealed,
)
from juyong.services.ecs.assistant.script import ERRORS, check_values, names_of, read_content
from juyong.services.ecs.assistant.tables import CommandRow, InvocationRow
from juyong.services.ecs.key_pairs import NO_RESOURCE_GROUPS, Region, check_region
from juyong.services.ecs.machines.machine import (
    InstanceIds,
    WrongStatus,
    conditions_of_instance,
    each_of,
)
from juyong.services.ecs.pages import PageAnswer, PageParameters, paged
from juyong.services.ecs.product import PRODUCT as ECS

_NO_TAGS = {"Tag": UNSUPPORTED["Tag"]}
_NO_LAUNCHER = {"Launcher": UNSUPPORTED["Launcher"]}
_Name = Annotated[str, Text(1, 128)]
_Description = Annotated[str, Text(0, 512)]
_Encoding = Annotated[str, OneOf(("PlainText", "Base64")), Doc("Of the content.")]
CommandId = Annotated[str, Text(1, 64), Doc("The command.")]
NoCommand = fact(
    "InvalidCmdId.NotFound",
    404,
    "The specified command ID does not exist.",
    why="The region has no such command.",
)
TooManyCommands = fact(
    "CmdCount.ExceedLimit",
    403,
    "The total number of commands in the current region exceeds the limit.",
    why="The region holds the quota `ecs.commands`.",
)


class CommandState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a command. SECURITY: without what is run."""

    command_id: str
    command_name: str
    working_dir: str
    timeout: Annotated[int, Of("timeout_s")]
    enable_parameter: bool
    creation_time: CreateDate


def _find(ctx: Context, command_id: str) -> CommandRow | None:
    row = ctx.tx.get(CommandRow, command_id)
    own = row is not None and (row.account_id, row.region) == (ctx.account_id, ctx.region)
    return row if own else None


COMMAND = Resource(
    kind="ACS::ECS::Command",
    row=CommandRow,
    id="command_id",
    name="command_id",
    arn="ecs:command/",
    regional=True,
    find=_find,
    missing=NoCommand,
    quota=Quota("ecs.commands", TooManyCommands),
    state=CommandState,
)
_ONE = COMMAND.by(command_id=CommandId)


class Made(Shape, frozen=True, kw_only=True):
    """The command just made."""

    command_id: str


class Invoked(Shape, frozen=True, kw_only=True):
    """The run of a command; empty after a dry run."""

    invoke_id: str


class Command(Shape, frozen=True, kw_only=True):
    """One command."""

    command_id: str
    name: Annotated[str, Of("command_name")]
    description: Annotated[str, Of("command_description")]
    type: str = "RunShellScript"
    command_content: Secret
    enable_parameter: bool
    parameter_names: Annotated[list[str], Within("ParameterName")]
    working_dir: str
    timeout: Annotated[int, Of("timeout_s")]
    creation_time: Annotated[str, Of("created_at", iso)]
    invoke_times: int
    provider: str = "User"


class CommandFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeCommands: only commands that meet all of them."""

    command_id: Annotated[str, Text(1, 64)] | None = None
    name: _Name | None = None
    description: Annotated[str, Text(1, 512)] | None = None
    type: Annotated[str, Text(1, 64)] | None = None


def _script(row: CommandRow) -> str:
    return base64.b64decode(row.content.reveal()).decode("utf-8", "surrogatepass")


@operation(
    ECS,
    "CreateCommand",
    on=COMMAND.new,
    gateway=ONCE,
    unsupported={**NO_RESOURCE_GROUPS, **_NO_TAGS, **_NO_LAUNCHER},
    raises=(TooManyCommands, *ERRORS),
)
def create_command(
    ctx: Context,
    *,
    region_id: Region,
    name: _Name,
    type: Type,
    command_content: Content,
    content_encoding: _Encoding = "Base64",
    description: _Description = "",
    working_dir: WorkingDir = "/root",
    timeout: Timeout = 60,
    enable_parameter: Annotated[bool, Doc("Whether the content has placeholders.")] = False,
) -> Made:
    """Keep a command.

    Args:
        name, description: Texts for people.
    """
    check_region(ctx, region_id)
    refuse_type(type)
    script = read_content(command_content, encoded=content_encoding == "Base64")
    check_values(script, None, enabled=enable_parameter)
    row = COMMAND.create(
        ctx,
        command_id=new_instance_id("c"),
        command_name=name,
        command_description=description,
        content=sealed(script),
        enable_parameter=enable_parameter,
        working_dir=working_dir,
        timeout_s=timeout,
    )
    return Made(command_id=row.command_id)


@operation(ECS, "ModifyCommand", on=_ONE, unsupported=_NO_LAUNCHER, raises=ERRORS)
def modify_command(
    ctx: Context,
    row: CommandRow,
    *,
    region_id: Region,
    name: _Name | None = None,
    description: Annotated[_Description, Clearable()] | None = None,
    command_content: Annotated[Content, Doc("In Base64.")] | None = None,
    working_dir: WorkingDir | None = None,
    timeout: Timeout | None = None,
) -> None:
    """Change a command; what runs goes on as it was invoked.

    Args:
        name, description: Texts for people.
    """
    check_region(ctx, region_id)
    content = None
    if command_content is not None:
        script = read_content(command_content, encoded=True)
        check_values(script, None, enabled=row.enable_parameter)
        content = sealed(script)
    COMMAND.change(
        ctx,
        row,
        command_name=name,
        command_description=description,
        content=content,
        working_dir=working_dir,
        timeout_s=timeout,
    )


@operation(ECS, "DeleteCommand", on=_ONE)
def delete_command(ctx: Context, row: CommandRow, *, region_id: Region) -> None:
    """Delete a command; its invocations stay."""
    check_region(ctx, region_id)
    COMMAND.remove(ctx, row)


@operation(
    ECS,
    "DescribeCommands",
    on=COMMAND.all,
    answers="Commands.Command",
    unsupported={
        **NO_RESOURCE_GROUPS,
        **_NO_TAGS,
        "Provider": "there are no public commands",
        "Latest": "there are no public commands",
    },
    reads_only=True,
    scans=True,
)
def describe_commands(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[CommandFilter, Grouped()],
    pages: Annotated[PageParameters, Grouped()],
    content_encoding: _Encoding = "Base64",
) -> Listing[Command, PageAnswer]:
    """List the commands of a region, the newest first.

    Args:
        command_id, name, description, type: Only what has this value.
    """
    check_region(ctx, region_id)
    rows = [
        row
        for row in ctx.tx.find(CommandRow, account_id=ctx.account_id, region=ctx.region)
        if wanted.command_id in (None, row.command_id)
        and wanted.name in (None, row.command_name)
        and wanted.description in (None, row.command_description)
        and wanted.type in (None, "RunShellScript")
    ]
    page = paged("commands", rows, lambda row: (row.created_at, row.command_id), pages)
    return page.map(lambda row: _shown(ctx, row, content_encoding))


def _shown(ctx: Context, row: CommandRow, encoding: str) -> Command:
    script = _script(row)
    times = ctx.tx.count(
        InvocationRow,
        account_id=row.account_id,
        region=row.region,
        command_id=row.command_id,
    )
    return Command.of(
        row,
        command_content=row.content if encoding == "Base64" else Secret(script),
        parameter_names=names_of(script) if row.enable_parameter else [],
        invoke_times=times,
    )


def _needs(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    command = COMMAND.arn_named(ctx, str(arguments["command_id"]))
    return (*each_of("instance_id")(ctx, arguments), command)


@operation(
    ECS,
    "InvokeCommand",
    resource=_needs,
    resource_conditions=conditions_of_instance,
    conditions=as_whom,
    gateway=ONCE,
    unsupported=UNSUPPORTED,
    raises=(NoCommand, NoSuchInstance, WrongStatus, *ERRORS[1:]),
)
def invoke_command(
    ctx: Context,
    *,
    region_id: Region,
    command_id: CommandId,
    instance_id: InstanceIds,
    parameters: Values | None = None,
    repeat_mode: Mode = "Once",
    username: Username = ROOT,
    timeout: Timeout | None = None,
    working_dir: WorkingDir | None = None,
    termination_mode: Termination = "Process",
) -> Invoked:
    """Run a command in instances that run: in all of them, or in none."""
    check_region(ctx, region_id)
    refuse_mode(repeat_mode, username)
    row = COMMAND.the(ctx, command_id)
    values = check_values(_script(row), parameters, enabled=row.enable_parameter)
    check_instances(ctx, instance_id)
    if repeat_mode == "DryRun":
        return Invoked(invoke_id="")
    return Invoked(
        invoke_id=invoke(
            ctx,
            instance_id,
            command_id=row.command_id,
            command_name=row.command_name,
            command_description=row.command_description,
            content=row.content,
            parameters=Secret(values),
            working_dir=working_dir or row.working_dir,
            timeout_s=timeout or row.timeout_s,
            termination_mode=termination_mode,
        )
    )
