"""Find a policy by type and name: a custom policy, or one that ships with the platform."""

from typing import Annotated, Any

from juyong.api.context import Arguments, Context
from juyong.api.resource import Target
from juyong.api.shape import CreateDate, Of, Shape
from juyong.base.clock import iso
from juyong.content.policies.system import SystemPolicy, system_policy
from juyong.services.identity.errors import missing
from juyong.services.identity.fields import PolicyName, PolicyType
from juyong.services.identity.policies.policies import (
    POLICY,
    SYSTEM,
    AnyPolicy,
    NoPolicy,
    version_id,
)
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

NoVersion = missing(
    "EntityNotExist.Policy.Version", "policy version", "The policy has no such version."
)


class PolicyVersion(Shape, frozen=True, kw_only=True):
    """One version with its document, which is JSON text."""

    version_id: str
    is_default_version: bool
    policy_document: Annotated[str, Of("document")]
    create_date: CreateDate


def policy_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the policy of a call; a system policy belongs to the account `system`."""
    owner = "system" if arguments.get("policy_type") == SYSTEM else ctx.account_id
    return (f"acs:ram:*:{owner}:policy/{arguments['policy_name']}",)


def known(ctx: Context, policy_type: str, policy_name: str) -> AnyPolicy:
    """Return a policy of either type.

    Raises:
        NoPolicy: there is none.
    """
    found: AnyPolicy | None = (
        system_policy(policy_name) if policy_type == SYSTEM else POLICY.find(ctx, policy_name)
    )
    if found is None:
        raise NoPolicy
    return found


def _found(ctx: Context, arguments: Arguments) -> AnyPolicy:
    ctx.journal.refer(POLICY.kind, arguments["policy_name"])
    return known(ctx, arguments["policy_type"], arguments["policy_name"])


BY_TYPE_AND_NAME = Target(
    parameters={"policy_type": PolicyType, "policy_name": PolicyName},
    arn=policy_resource,
    find=_found,
    errors=(NoPolicy,),
    conditions=POLICY.tag_conditions,
)


def versions(ctx: Context, policy: AnyPolicy) -> list[PolicyVersion]:
    """Return all versions of a policy, oldest first; of a system policy there is one."""
    if isinstance(policy, PolicyRow):
        return [custom_version(policy, version) for version in custom_versions(ctx.tx, policy)]
    return [_shipped_version(policy)]


def version_of(ctx: Context, policy: AnyPolicy, wanted: str | None = None) -> PolicyVersion:
    """Return one version of a policy, the default one unless another is wanted.

    Raises:
        NoVersion: it has no such version.
    """
    if isinstance(policy, PolicyRow):
        wanted = wanted or version_id(policy.default_version)
        return custom_version(policy, version_named(ctx.tx, policy, wanted))
    if wanted not in (None, policy.default_version):
        raise NoVersion
    return _shipped_version(policy)


def version_named(tx: Transaction, row: PolicyRow, wanted: str) -> PolicyVersionRow:
    """Return a version of a custom policy.

    Raises:
        NoVersion: it was deleted, or never was.
    """
    number = int(wanted.removeprefix("v"))
    version = tx.get(PolicyVersionRow, row.account_id, row.policy_name, number)
    if version is None:
        raise NoVersion
    return version


def custom_versions(tx: Transaction, row: PolicyRow) -> list[PolicyVersionRow]:
    """Return the versions of a custom policy, oldest first."""
    return tx.find(
        PolicyVersionRow, order=("number",), account_id=row.account_id, policy_name=row.policy_name
    )


def custom_version(row: PolicyRow, version: PolicyVersionRow) -> PolicyVersion:
    """Present a version of a custom policy."""
    return PolicyVersion.of(
        version,
        version_id=version_id(version.number),
        is_default_version=version.number == row.default_version,
    )


def _shipped_version(policy: SystemPolicy) -> PolicyVersion:
    return PolicyVersion.of(
        policy,
        version_id=policy.default_version,
        is_default_version=True,
        create_date=iso(policy.dates.created_at),
    )


def _counts() -> "sa.Select[Any]":
    attachments = table_of(AttachmentRow)
    return (
        sa.select(attachments.c.policy_type, attachments.c.policy_name, sa.func.count())
        .where(attachments.c.account_id == sa.bindparam("account_id"))
        .group_by(attachments.c.policy_type, attachments.c.policy_name)
    )


def attachment_counts(ctx: Context) -> dict[tuple[str, str], int]:
    """Return (type, name) to how many users, groups and roles of the account have the policy.

    Cost: one pass over the account's part of an index.
    """
    rows = ctx.tx.query(_counts, account_id=ctx.account_id)
    return {(str(kind), str(name)): int(count) for kind, name, count in rows}
