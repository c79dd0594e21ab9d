"""Logs that other services write into a logstore, as a role of the project's account.

Such a logstore is made by the service that writes into it, with the index that the service says.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from juyong.api.access import Also
from juyong.api.context import Context, Platform
from juyong.api.errors import fact
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import Arrived
from juyong.logs.loggroup import group_of
from juyong.logs.stores import FOREVER
from juyong.services.identity.facade import RoleRow, role_may
from juyong.services.sls.data.taking import Sent, Taking, put, taken, taking
from juyong.services.sls.errors import NoLogstore, NoProject, NotYours
from juyong.services.sls.logstores.data_keys import Opened
from juyong.services.sls.logstores.indexes import give_index, has_index
from juyong.services.sls.logstores.making import make_logstore
from juyong.services.sls.projects.grammar import in_force
from juyong.services.sls.projects.project import PROJECT, TAGS
from juyong.services.sls.tables import LogstoreRow, ProjectRow

_SHARDS = 2
_ONE_SHARD = "0" * 32
"""The key of all logs: those of one writer stay in their order."""
RoleMayNot = fact(
    "Unauthorized",
    401,
    "The role of the service may not use the logstore.",
    why="The policies of the role or of the project do not let a service read or write.",
)


class KeptLogs(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service keeps logs.

    session: The name of the session in which the service acts as a role. writer: The service, which
    alone writes where it made the logstore. index: As JSON has it.
    """

    project: str
    logstore: str
    session: str
    writer: str
    index: Mapping[str, Any]


def the_own_project(ctx: Context, role: RoleRow, name: str) -> ProjectRow:
    """Return a project of a role's account, in whatever region.

    Raises:
        NoProject: the account has no such project.
    """
    row = ctx.tx.get(ProjectRow, name)
    # SECURITY: names of projects are taken anew; a role writes nothing into another's project.
    if row is None or row.account_id != role.account_id:
        raise NoProject(name=name)
    return row


def own_project_made(
    ctx: Context, role: RoleRow, name: str, *, region: str, session: str
) -> ProjectRow:
    """Return a project of a role's account, made in a region if there is no such project.

    Raises:
        NoProject: another account has a project of the name.
        RoleMayNot: the policies do not let the role make a project.
        TooManyProjects: the account is full.
        Duplicate: another server made the project just now.
    """
    if ctx.tx.get(ProjectRow, name) is not None:
        return the_own_project(ctx, role, name)
    arn = f"acs:log:{region}:{role.account_id}:project/{name}"
    need = Also(action="log:CreateProject", resource=arn)
    if not role_may(ctx.tx, role, session, need, ctx.now):
        raise RoleMayNot
    there = replace(ctx, account_id=role.account_id, region=region)
    return PROJECT.create(there, project_name=name, modified_at=ctx.now)


def judge_logstore(ctx: Context, role: RoleRow, kept: KeptLogs) -> LogstoreRow:
    """Return the logstore of a service, made where there is none, if the role may do all that.

    Raises:
        NoProject: the account has no such project.
        RoleMayNot: the policies do not let the role write, or make what is missing.
        ApiError: the project is full.
    """
    project = the_own_project(ctx, role, kept.project)
    row = ctx.tx.get(LogstoreRow, kept.project, kept.logstore)
    is_indexed = row is not None and has_index(ctx, row)
    needed = ["PostLogStoreLogs"]
    needed += [] if row else ["CreateLogStore"]
    needed += [] if is_indexed else ["CreateIndex"]
    for action in needed:
        need(ctx, role, kept.session, (project, kept.logstore), f"log:{action}")
    if row is None:
        columns = {"ttl_days": FOREVER, "writer": kept.writer}
        row = make_logstore(ctx, project, kept.logstore, count=_SHARDS, columns=columns)
    if not is_indexed:
        give_index(ctx, row, msgspec.json.encode(kept.index))
    return row


def need(
    ctx: Context, role: RoleRow, session: str, where: tuple[ProjectRow, str], action: str
) -> None:
    """Ask the policies of a role and a project; where: A logstore's project and name.

    Raises:
        RoleMayNot: they do not let the role.
    """
    project, logstore = where
    path = f"project/{project.project_name}/logstore/{logstore}"
    tags = PROJECT.tags_of(ctx.tx, project)
    policy = project.policy and in_force(project.policy, project.account_id, project.project_name)
    asked = Also(
        action=action,
        resource=f"acs:log:{project.region}:{project.account_id}:{path}",
        policy=policy or None,
        conditions={f"{start}{k}": (v,) for k, v in tags.items() for start in TAGS.conditions},
    )
    if not role_may(ctx.tx, role, session, asked, ctx.now):
        raise RoleMayNot


def sealing_key(ctx: Context, role: RoleRow, kept: KeptLogs) -> Taking:
    """Return the data key that seals the logs of a service; without a logstore there is none.

    Raises:
        KeyRefused: the logstore needs a key of the KMS, which refuses.
    """
    row = ctx.tx.get(LogstoreRow, kept.project, kept.logstore)
    if row is None or row.account_id != role.account_id:
        return Taking(meta=None, key=None, opened=Opened(ctx.now))
    return msgspec.structs.replace(taking(ctx, row), meta=None)


def kept_logs(platform: Platform, logs: list[Log], by: Taking) -> Arrived:
    """Make logs durable; no logstore has them yet. Waits for the disk.

    by: As `sealing_key` returns it, or `taking` without the facts of a call.

    Raises:
        ApiError: they are too large. Unavailable: the disk is full.
    """
    return taken(platform, Sent(body=group_of(logs)), by)


def keep_as_role(ctx: Context, role: RoleRow, kept: KeptLogs, logs: Arrived) -> None:
    """Give durable logs to the logstore of a service, all to one shard.

    Raises:
        ApiError: as `judge_logstore`; the logstore takes no more logs now.
    """
    put(ctx, judge_logstore(ctx, role, kept), logs, _ONE_SHARD)


def give_as_role(ctx: Context, role: RoleRow, kept: KeptLogs, logs: Arrived) -> None:
    """Give durable logs to a logstore that its owner made, all to one shard; nothing is made.

    Raises:
        NoProject, NoLogstore: the account has none of the name, or the project is of another
            region.
        NotYours: another service made the logstore for itself.
        RoleMayNot: the policies do not let the role write.
        ApiError: the logstore takes no more logs now.
    """
    project = the_own_project(ctx, role, kept.project)
    if project.region != ctx.region:
        raise NoProject(name=kept.project)
    need(ctx, role, kept.session, (project, kept.logstore), "log:PostLogStoreLogs")
    row = ctx.tx.get(LogstoreRow, kept.project, kept.logstore)
    if row is None:
        raise NoLogstore(name=kept.logstore)
    if row.writer not in ("", kept.writer):
        raise NotYours(name=row.logstore_name, writer=row.writer)
    put(ctx, row, logs, _ONE_SHARD)
