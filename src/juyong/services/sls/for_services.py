"""Logs that other services write into a logstore, as a role of the project's account.

Such a logstore is made by the service that writes into it, with the index that the service says.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from juyong.api.access import Also
from juyong.api.context import Context, Platform
from juyong.api.errors import fact
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import Arrived
from juyong.logs.loggroup import group_of
from juyong.logs.stores import FOREVER
from juyong.services.identity.facade import RoleRow, role_may
from juyong.services.sls.data.taking import Sent, put, take
from juyong.services.sls.errors import NoProject
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


def kept_logs(platform: Platform, logs: list[Log]) -> Arrived:
    """Make logs durable; no logstore has them yet. Waits for the disk.

    Raises:
        ApiError: they are too large. Unavailable: the disk is full.
    """
    return take(platform, Sent(body=group_of(logs)), None)


def keep_as_role(ctx: Context, role: RoleRow, kept: KeptLogs, logs: Arrived) -> None:
    """Give durable logs to the logstore of a service, all to one shard.

    Raises:
        ApiError: as `judge_logstore`; the logstore takes no more logs now, or needs a key.
    """
    put(ctx, judge_logstore(ctx, role, kept), logs, _ONE_SHARD)
