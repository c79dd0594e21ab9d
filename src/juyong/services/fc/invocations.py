"""Run a function: gather what the run needs in a transaction, and run it outside of any.

A call that may wait is kept for the job of jobs.py.
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from juyong.api.answers import RawAnswer
from juyong.api.context import Context, Platform, Reach
from juyong.api.errors import NotSupported
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob
from juyong.blobs.blob import unkept
from juyong.sandbox import (
    Busy,
    Failed,
    Grant,
    Job,
    Outcome,
    Returned,
    SandboxUnavailable,
    ZipPackage,
    run,
)
from juyong.services.fc.errors import EntityTooLarge, RoleRefused, TooBusy
from juyong.services.fc.packages import LIMITS, KeptCode, code_of
from juyong.services.fc.permissions import SERVICE, split_role
from juyong.services.fc.resources import FunctionKey, function_named, key_of, refuse_more
from juyong.services.fc.tables import FunctionRow, InvocationRow, ServiceRow
from juyong.services.sts.facade import PURPOSE, RoleTrustsNot, session_for_service
from juyong.store.queue import put
from juyong.store.transaction import Transaction

RUN = "fc.run"
"""The job that runs asynchronous calls; its items have the request ids of the calls."""
_MOST_EVENT = 128 * 1024
_SPARE_SECONDS = 300
_SESSION = "FunctionCompute"
_PATHS = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run, with everything it needs; nothing of it shows in a repr."""

    row: FunctionRow
    role_name: str
    package: KeptCode
    event: Iterable[bytes] = field(repr=False)
    grant: Grant | None = field(repr=False)
    network: bool
    request_id: str
    reach: Callable[[], Reach]


def plan_invocation(
    tx: Transaction,
    platform: Platform,
    key: FunctionKey,
    *,
    event: Iterable[bytes],
    request_id: str,
    now: Instant,
) -> Plan:
    """Read what a run needs, credentials of the function's role among it; writes nothing.

    event: In blocks; read once, when the function runs.

    Raises:
        NoFunction: there is none.
        RoleRefused: its role is gone, or does not trust Function Compute.
    """
    row = function_named(tx, key)
    service = (
        tx.get(ServiceRow, key.account_id, key.region, key.service_name)
        if key.service_name
        else None
    )
    role = row.role or (service.role if service else "")
    grant, role_name = _grant(tx, platform, row, role, now) if role else (None, "")
    return Plan(
        row=row,
        role_name=role_name,
        package=code_of(tx, platform.disk, row),
        event=event,
        grant=grant,
        network=row.internet_access and (service is None or service.internet_access),
        request_id=request_id,
        reach=platform.reach,
    )


def _grant(
    tx: Transaction, platform: Platform, row: FunctionRow, role: str, now: Instant
) -> tuple[Grant, str]:
    account_id, name = split_role(role)
    # SECURITY: a role of another account would be assumed past that account's trust.
    if account_id != row.account_id:
        raise RoleRefused(role=role)
    try:
        assumed, session = session_for_service(
            tx,
            SERVICE,
            (row.account_id, name),
            session_name=_SESSION,
            seconds=row.timeout + _SPARE_SECONDS,
            key=platform.keys[PURPOSE],
            now=now,
        )
    except RoleTrustsNot as refused:
        raise RoleRefused(role=role) from refused
    grant = Grant(
        access_key_id=session.access_key_id,
        access_key_secret=session.access_key_secret,
        security_token=session.security_token,
    )
    return grant, assumed.role_name


def run_plan(plan: Plan) -> Outcome:
    """Run a function once; blocks for as long as it takes.

    Raises:
        TooBusy: as many run as there is room for.
        NotSupported: the server cannot isolate it.
    """
    try:
        return run(_job(plan))
    except Busy as full:
        raise TooBusy from full
    except SandboxUnavailable as missing:
        raise NotSupported(
            name="InvokeFunction", reason=f"the server cannot isolate functions ({missing})"
        ) from missing


def _job(plan: Plan) -> Job:
    row, reach = plan.row, plan.reach()
    return Job(
        owner=row.account_id,
        package=ZipPackage(plan.package.open, LIMITS),
        handler=row.handler,
        event=plan.event,
        environment=_variables(plan, reach),
        context={
            "request_id": plan.request_id,
            "region": row.region,
            "account_id": row.account_id,
            "function_name": row.function_name,
            "service_name": row.service_name,
        },
        grant=plan.grant if row.withhold in ("None", "Env") else None,
        seconds=row.timeout,
        megabytes=row.memory_size,
        network=plan.network,
        readable=reach.files,
        hook=reach.hook,
    )


def _variables(plan: Plan, reach: Reach) -> dict[str, Secret]:
    """Return all variables of a run: the platform's own win over the function's."""
    row = plan.row
    own = {
        "PATH": _PATHS,
        "HOME": "/tmp",  # noqa: S108  # the run's own
        "LANG": "C.UTF-8",
        "FC_REGION": row.region,
        "FC_ACCOUNT_ID": row.account_id,
        "FC_FUNCTION_NAME": row.function_name,
        "FC_SERVICE_NAME": row.service_name,
        "FC_FUNCTION_HANDLER": row.handler,
        "FC_FUNCTION_MEMORY_SIZE": str(row.memory_size),
        "FC_FUNC_CODE_PATH": "/code",
        "ALIBABA_CLOUD_REGION_ID": row.region,
        **reach.variables,
    }
    found = {**row.variables, **{name: Secret(value) for name, value in own.items()}}
    if plan.grant is not None and row.withhold in ("None", "Request"):
        found |= {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": Secret(plan.grant.access_key_id),
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": plan.grant.access_key_secret,
            "ALIBABA_CLOUD_SECURITY_TOKEN": plan.grant.security_token,
        }
    return found


def invoked(ctx: Context, function: FunctionRow, event: Blob, log_type: str) -> RawAnswer:
    """Run a function for a call and word the answer.

    A function that failed is answered with status 200 too; a header says so.

    Raises:
        RoleRefused, TooBusy, NotSupported: as named.
    """
    key, blocks = key_of(function), unkept(ctx.platform.disk, event).blocks()
    plan = plan_invocation(
        ctx.tx, ctx.platform, key, event=blocks, request_id=ctx.request_id, now=ctx.now
    )
    if plan.role_name:
        ctx.journal.refer("ACS::RAM::Role", plan.role_name)
    # A function that was changed meanwhile is another one, and runs again.
    state = ("fc.run", plan.row.function_id, plan.row.version)
    outcome = ctx.outside(state, partial(run_plan, plan))
    headers = {
        "X-Fc-Request-Id": ctx.request_id,
        "X-Fc-Code-Checksum": plan.row.code_checksum,
        "X-Fc-Invocation-Duration": str(outcome.milliseconds),
    }
    if log_type == "Tail":
        headers["X-Fc-Log-Result"] = _log(ctx.request_id, outcome.log)
    match outcome:
        case Returned():
            return RawAnswer(body=outcome.output, headers=headers)
        case Failed():
            headers["X-Fc-Error-Type"] = "UnhandledInvocationError"
            return RawAnswer(body=outcome.report, content_type="application/json", headers=headers)
        case _:
            raise AssertionError(outcome)


def _log(request_id: str, tail: bytes) -> str:
    text = (
        f"FC Invoke Start RequestId: {request_id}\n".encode()
        + tail
        + f"\nFC Invoke End RequestId: {request_id}\n".encode()
    )
    return base64.b64encode(text).decode()


def queued(ctx: Context, function: FunctionRow, event: Blob) -> RawAnswer:
    """Keep an asynchronous call until it succeeded or was tried often enough, and say so.

    Raises:
        EntityTooLarge: the event is larger than 128 KB.
        TooMany: the account has used up its quota `fc.waiting-invocations`.

    Source: asynchronous invocation, its limits and its three retries (documented).
    """
    if event.size > _MOST_EVENT:
        raise EntityTooLarge(most=str(_MOST_EVENT))
    refuse_more(ctx, InvocationRow, "waiting invocations", "fc.waiting-invocations")
    content = unkept(ctx.platform.disk, event)
    body = ctx.outside(("fc.event",), lambda: b"".join(content.blocks()))
    sealed = Secret(base64.b64encode(body).decode())
    key = key_of(function)._asdict()
    ctx.tx.insert(InvocationRow(request_id=ctx.request_id, **key, event=sealed, created_at=ctx.now))
    put(ctx.tx, RUN, ctx.request_id, now=ctx.now)
    ctx.platform.wake_worker()
    headers = {"X-Fc-Request-Id": ctx.request_id, "X-Fc-Code-Checksum": function.code_checksum}
    return RawAnswer(status=202, headers=headers)
