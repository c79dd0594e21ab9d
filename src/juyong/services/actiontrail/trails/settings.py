"""The members of a trail that calls set, and their rules.

Source: ActionTrail API reference, CreateTrail, UpdateTrail (documented): names, prefixes, targets;
that `*` as the account of an ARN means the caller's (observed in the official guide). A member that
UpdateTrail clears is sent empty (observed in Terraform's provider).
"""

import re
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Clearable, Doc, Wire
from juyong.audit.ledger.delivered import DIGESTS, FILES
from juyong.base.ids import AccountId
from juyong.content.regions import regions_with
from juyong.services.actiontrail.trails import errors
from juyong.services.actiontrail.trails.roles import SESSION, checked_role, made_role, needs_of
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.services.oss.facade import NoBucket, writable_bucket
from juyong.services.sls.facade import (
    KeptLogs,
    NoProject,
    RoleMayNot,
    judge_logstore,
    the_own_project,
)
from juyong.services.sts.facade import RoleTrustsNot

_NAME = re.compile(r"[a-z][a-z0-9_-]{5,35}")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9/_-]{5,31}")
_PROJECT = re.compile(r"acs:log:([a-z0-9-]{1,64}):(\*|[0-9]{1,32}):project/([a-z0-9-]{3,63})")
_EFFECTS = ("Write", "Read", "All")
ALL = "All"
ARCHIVE = "there is no MaxCompute to deliver events to"
UNSERVED = {"MaxComputeProjectArn": ARCHIVE, "MaxComputeWriteRoleArn": ARCHIVE}
_COLUMNS = (
    *("serviceName", "eventName", "eventType", "eventRW", "eventId", "acsRegion"),
    *("errorCode", "errorMessage", "resourceName", "resourceType", "requestParameterJson"),
    *("sourceIpAddress", "userAgent"),
    *(f"userIdentity.{name}" for name in ("type", "accountId", "principalId")),
    *(f"userIdentity.{name}" for name in ("userName", "accessKeyId")),
    *(f"additionalEventData.{name}" for name in ("mfaChecked", "isMFAChecked")),
    *(f"additionalEventData.{name}" for name in ("loginAccount", "callbackUrl")),
    *("insightDetails.insightType", "insightDetails.insightObject"),
)
"""Members of events that SQL has a column of (observed in the official queries)."""
INDEX: dict[str, Any] = {
    "line": {
        "token": list(", '\";=()[]{}?@&<>/:\n\t\r"),
        "caseSensitive": False,
        "chn": True,
    },
    "keys": {
        "event": {
            "type": "json",
            "token": list(", '\";=()[]{}?@&<>/:\n\t\r"),
            "caseSensitive": False,
            "chn": False,
            "doc_value": True,
            "index_all": True,
            "max_depth": -1,
            "json_keys": {name: {"type": "text", "doc_value": True} for name in _COLUMNS},
        }
    },
}
"""The index of a trail's logstore: a bare word finds events, and so does a member of an event; SQL
asks about the members that official queries name."""

Setting = Annotated[str, Clearable()]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The members that making and changing a trail have in common; None is absent."""

    oss_bucket_name: Annotated[Setting, Doc("A bucket of the account; empty for none.")] | None = (
        None
    )
    oss_key_prefix: (
        Annotated[Setting, Doc("How the names of objects begin; 6 to 32 characters.")] | None
    ) = None
    oss_write_role_arn: (
        Annotated[Setting, Doc("Writes to the bucket; the service-linked role without it.")] | None
    ) = None
    sls_project_arn: (
        Annotated[Setting, Doc("`acs:log:<region>:<account>:project/<name>`; empty for none.")]
        | None
    ) = None
    sls_write_role_arn: (
        Annotated[Setting, Doc("Writes to the project; the service-linked role without it.")] | None
    ) = None
    event_rw: (
        Annotated[
            Setting, Wire("EventRW"), Doc("`Write`, `Read` or `All`: which events are delivered.")
        ]
        | None
    ) = None
    trail_region: (
        Annotated[Setting, Doc("`All`, or ids of regions with commas between them.")] | None
    ) = None


def checked_name(name: str) -> str:
    """Return a name that a trail can have.

    Raises:
        BadName: it can not.
    """
    if _NAME.fullmatch(name) is None:
        raise errors.BadName
    return name


def roles_needed(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the roles that a call gives to the service, or that are made for it; for `also=`."""
    given: Settings = arguments["given"]
    held = ctx.tx.get(TrailRow, ctx.account_id, arguments["name"])
    arns = []
    for target, role, kept in (
        (given.oss_bucket_name, given.oss_write_role_arn, held.bucket_role if held else ""),
        (given.sls_project_arn, given.sls_write_role_arn, held.project_role if held else ""),
    ):
        if target or role:
            arns.append(kept if role is None else role)
    return needs_of(ctx, arns)


def changed(row: TrailRow, given: Settings, *, region: str) -> TrailRow:
    """Return a trail with the members that a call sets; the platform's region is `region`.

    Raises:
        BadPrefix, BadQuery, NoTarget: as named.
    """
    account_id = row.account_id
    columns = {
        "bucket": given.oss_bucket_name,
        "prefix": given.oss_key_prefix,
        "bucket_role": _role(account_id, "OssWriteRoleArn", given.oss_write_role_arn),
        "project": _project(account_id, given.sls_project_arn),
        "project_role": _role(account_id, "SlsWriteRoleArn", given.sls_write_role_arn),
        "event_rw": given.event_rw,
        "trail_region": given.trail_region,
    }
    found = replace(row, **{name: value for name, value in columns.items() if value is not None})
    found = replace(found, event_rw=found.event_rw or ALL, trail_region=found.trail_region or ALL)
    if found.prefix and _PREFIX.fullmatch(found.prefix) is None:
        raise errors.BadPrefix
    if found.event_rw not in _EFFECTS:
        raise errors.BadQuery(name="EventRW")
    known = {each.region_id for each in regions_with(region)}
    if found.trail_region != ALL and not set(found.trail_region.split(",")) <= known:
        raise errors.BadQuery(name="TrailRegion")
    if not found.bucket and not found.project:
        raise errors.NoTarget
    return found


def _role(account_id: AccountId, parameter: str, arn: str | None) -> str | None:
    return None if arn is None else checked_role(account_id, parameter, arn)


def _project(account_id: AccountId, arn: str | None) -> str | None:
    if not arn:
        return arn
    found = _PROJECT.fullmatch(arn)
    if found is None:
        raise errors.BadQuery(name="SlsProjectArn")
    owner = account_id if found[2] == "*" else found[2]
    return f"acs:log:{found[1]}:{owner}:project/{found[3]}"


def folder_of(prefix: str) -> str:
    """Return how names of objects begin: with the prefix and one slash, or with nothing."""
    return f"{prefix.rstrip('/')}/" if prefix else ""


def check_targets(ctx: Context, row: TrailRow) -> None:
    """Ask whether events can be delivered to the targets of a trail now, and make its logstore.

    Raises:
        NoBucket, BucketDenied, NoProject, ProjectDenied, SameBucket: as named.
    """
    if row.bucket:
        _check_bucket(ctx, row)
    if row.project:
        _check_project(ctx, row)


def _check_bucket(ctx: Context, row: TrailRow) -> None:
    place = (row.bucket, folder_of(row.prefix))
    for other in ctx.tx.find(TrailRow, account_id=row.account_id):
        if other.name != row.name and (other.bucket, folder_of(other.prefix)) == place:
            raise errors.SameBucket
    try:
        role = made_role(ctx, row.bucket_role)
    except RoleTrustsNot:
        raise errors.BucketDenied from None
    folders = [f"{folder_of(row.prefix)}{each}/" for each in (FILES, DIGESTS)]
    try:
        writable_bucket(ctx, role, SESSION, row.bucket, folders)
    except NoBucket:
        raise errors.NoBucket from None
    except ApiError:
        raise errors.BucketDenied from None


def _check_project(ctx: Context, row: TrailRow) -> None:
    found = _PROJECT.fullmatch(row.project)
    assert found is not None  # noqa: S101  # checked when it was set
    try:
        role = made_role(ctx, row.project_role)
    except RoleTrustsNot:
        raise errors.ProjectDenied from None
    try:
        if the_own_project(ctx, role, found[3]).region != found[1]:
            raise errors.NoProject
        judge_logstore(ctx, role, logs_of(row.name, found[3]))
    except NoProject:
        raise errors.NoProject from None
    except RoleMayNot:
        raise errors.ProjectDenied from None


def logs_of(trail_name: str, project: str) -> KeptLogs:
    """Return where the logs of a trail are kept in a project."""
    return KeptLogs(
        writer="actiontrail",
        project=project,
        logstore=f"actiontrail_{trail_name}",
        session=SESSION,
        index=INDEX,
    )


def project_of(row: TrailRow) -> str:
    """Return the name of the project of a trail."""
    return row.project.rpartition("/")[2]
