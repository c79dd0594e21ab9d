"""Describe invocations, and what came out of them.

Source: ECS API reference, DescribeInvocations and DescribeInvocationResults (documented); that an
unknown id is an empty list is observed for other lists of ECS.
"""

import base64
from typing import Annotated, Any

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.base.clock import iso, iso_or_empty
from juyong.base.secret import Secret
from juyong.services.ecs.assistant.invocation import INVOCATION, results_of
from juyong.services.ecs.assistant.statuses import (
    INFO,
    RECORDS,
    invocation_status,
    invoke_status,
    record_status,
)
from juyong.services.ecs.assistant.tables import InvocationRow, ResultRow
from juyong.services.ecs.key_pairs import NO_RESOURCE_GROUPS, Region, check_region
from juyong.services.ecs.pages import PageAnswer, PageParameters, paged
from juyong.services.ecs.product import PRODUCT as ECS

_Text = Annotated[str, Text(1, 128)]
_Record = Annotated[str, OneOf(RECORDS)]
_Encoding = Annotated[
    str, OneOf(("PlainText", "Base64")), Doc("Of the content, and of the output.")
]
_UNSUPPORTED = {**NO_RESOURCE_GROUPS, "Tag": "commands and invocations have no tags"}


class InvokeInstance(Shape, frozen=True, kw_only=True):
    """One instance of an invocation."""

    instance_id: str
    invocation_status: Annotated[str, Of("status")]
    instance_invoke_status: str
    exit_code: int | None
    output: Secret
    dropped: int
    error_code: str
    error_info: Annotated[str, Of("error_code", INFO.__getitem__)]
    creation_time: Annotated[str, Of("created_at", iso)]
    start_time: Annotated[str, Of("started_at", iso_or_empty)]
    finish_time: Annotated[str, Of("finished_at", iso_or_empty)]
    stop_time: Annotated[str, Of("stopped_at", iso_or_empty)]
    update_time: str
    repeats: int
    timed: bool = False


class Invocation(Shape, frozen=True, kw_only=True):
    """One run of a command."""

    invoke_id: str
    command_id: str
    command_name: str
    command_description: str
    command_type: str = "RunShellScript"
    command_content: Secret
    parameters: Annotated[Secret, Of("parameters", lambda held: held or Secret("{}"))]
    invocation_status: str
    invoke_status: str
    repeat_mode: str = "Once"
    frequency: str = ""
    timed: bool = False
    timeout: Annotated[int, Of("timeout_s")]
    username: str = "root"
    working_dir: str
    termination_mode: str
    creation_time: Annotated[str, Of("created_at", iso)]
    invoke_instances: Annotated[list[InvokeInstance], Within("InvokeInstance")]


class InvocationResult(Shape, frozen=True, kw_only=True):
    """The answer of one instance."""

    invoke_id: str
    command_id: str
    instance_id: str
    invocation_status: Annotated[str, Of("status")]
    invoke_record_status: str
    exit_code: int | None
    output: Secret
    dropped: int
    error_code: str
    error_info: Annotated[str, Of("error_code", INFO.__getitem__)]
    start_time: Annotated[str, Of("started_at", iso_or_empty)]
    finished_time: Annotated[str, Of("finished_at", iso_or_empty)]
    stop_time: Annotated[str, Of("stopped_at", iso_or_empty)]
    repeats: int
    username: str = "root"
    termination_mode: str


class Results(PageAnswer, frozen=True, kw_only=True):
    """A page of results."""

    invocation_results: Annotated[list[InvocationResult], Within("InvocationResult")]


class InvocationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeInvocations: only invocations that meet all of them."""

    invoke_id: _Text | None = None
    command_id: _Text | None = None
    command_name: _Text | None = None
    command_type: _Text | None = None
    repeat_mode: _Text | None = None
    instance_id: _Text | None = None
    invoke_status: _Record | None = None


class ResultFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeInvocationResults: only results that meet all of them."""

    invoke_id: _Text | None = None
    command_id: _Text | None = None
    instance_id: _Text | None = None
    invoke_record_status: _Record | None = None


def _encoded(held: Secret, encoding: str) -> Secret:
    """Show what rows hold in Base64; bytes that are no UTF-8 are replaced in plain text."""
    if encoding == "Base64":
        return held
    return Secret(base64.b64decode(held.reveal()).decode(errors="replace"))


@operation(
    ECS,
    "DescribeInvocations",
    on=INVOCATION.all,
    answers="Invocations.Invocation",
    unsupported={**_UNSUPPORTED, "Timed": "every command runs once, at once"},
    reads_only=True,
    scans=True,
)
def describe_invocations(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[InvocationFilter, Grouped()],
    pages: Annotated[PageParameters, Grouped()],
    include_output: bool = False,
    content_encoding: _Encoding = "Base64",
) -> Listing[Invocation, PageAnswer]:
    """List the invocations of a region, the newest first.

    Args:
        invoke_id, command_id, command_name, command_type, repeat_mode, instance_id:
            Only invocations that have this value.
        invoke_status: Only invocations that have this value.
        include_output: Whether to tell the output, too.
    """
    check_region(ctx, region_id)
    equal = {
        "invoke_id": wanted.invoke_id,
        "command_id": wanted.command_id,
        "command_name": wanted.command_name,
    }
    given: dict[str, Any] = {name: value for name, value in equal.items() if value is not None}
    constant = ((wanted.command_type, "RunShellScript"), (wanted.repeat_mode, "Once"))
    rows = [
        row
        for row in ctx.tx.find(InvocationRow, account_id=ctx.account_id, region=ctx.region, **given)
        if all(asked in (None, only) for asked, only in constant) and _meets(ctx, row, wanted)
    ]
    page = paged("invocations", rows, lambda row: (row.created_at, row.invoke_id), pages)
    return page.map(lambda row: _shown(ctx, row, content_encoding, include_output=include_output))


def _meets(ctx: Context, row: InvocationRow, wanted: InvocationFilter) -> bool:
    if wanted.instance_id is None and wanted.invoke_status is None:
        return True
    results = results_of(ctx.tx, row.invoke_id)
    status = invoke_status(map(_record, results))
    return wanted.invoke_status in (None, status) and (
        wanted.instance_id is None
        or any(each.instance_id == wanted.instance_id for each in results)
    )


def _record(row: ResultRow) -> str:
    return record_status(row.status, row.error_code)


def _shown(ctx: Context, row: InvocationRow, encoding: str, *, include_output: bool) -> Invocation:
    results = results_of(ctx.tx, row.invoke_id)
    instances = [
        InvokeInstance.of(
            each,
            instance_invoke_status=_record(each),
            output=_encoded(each.output, encoding) if include_output else Secret(""),
            update_time=iso(_last(each)),
            repeats=int(each.started_at is not None),
        )
        for each in results
    ]
    return Invocation.of(
        row,
        command_content=_encoded(row.content, encoding),
        invocation_status=invocation_status(each.status for each in results),
        invoke_status=invoke_status(map(_record, results)),
        invoke_instances=instances,
    )


def _last(row: ResultRow) -> int:
    times = (row.created_at, row.started_at, row.finished_at, row.stopped_at)
    return max(each for each in times if each is not None)


@operation(
    ECS,
    "DescribeInvocationResults",
    on=INVOCATION.all,
    answers="Invocation",
    unsupported=_UNSUPPORTED,
    reads_only=True,
    scans=True,
)
def describe_invocation_results(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[ResultFilter, Grouped()],
    pages: Annotated[PageParameters, Grouped()],
    include_history: Annotated[bool, Doc("Each command has one result in an instance.")] = False,  # noqa: ARG001  # as its text says
    content_encoding: _Encoding = "Base64",
) -> Results:
    """List what instances answered, the newest first.

    Args:
        invoke_id, command_id, instance_id, invoke_record_status: Only what has this value.
    """
    check_region(ctx, region_id)
    equal = {"invoke_id": wanted.invoke_id, "instance_id": wanted.instance_id}
    given: dict[str, Any] = {name: value for name, value in equal.items() if value is not None}
    of_invocation = {
        row.invoke_id: row
        for row in ctx.tx.find(InvocationRow, account_id=ctx.account_id, region=ctx.region)
        if wanted.command_id in (None, row.command_id)
    }
    rows = [
        row
        for row in ctx.tx.find(ResultRow, account_id=ctx.account_id, region=ctx.region, **given)
        if row.invoke_id in of_invocation and wanted.invoke_record_status in (None, _record(row))
    ]
    page = paged(
        "results", rows, lambda row: (row.created_at, f"{row.invoke_id}/{row.instance_id}"), pages
    )
    found = [
        InvocationResult.of(
            row,
            command_id=of_invocation[row.invoke_id].command_id,
            invoke_record_status=_record(row),
            output=_encoded(row.output, content_encoding),
            repeats=int(row.started_at is not None),
            termination_mode=of_invocation[row.invoke_id].termination_mode,
        )
        for row in page.items
    ]
    return Results(invocation_results=found, **msgspec.structs.asdict(page.page))
