"""Find a policy by type and name: a custom policy, or one that ships with the platform."""

from dataclasses import dataclass
from typing import Any

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.base.ids import AccountId
from juyong.content.policies.system import SystemPolicy, system_policy
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

SYSTEM = "System"
CUSTOM = "Custom"
NoPolicy = fact(
    "EntityNotExist.Policy", 404, "The policy does not exist.", why="No such policy of that type."
)
NoVersion = fact(
    "EntityNotExist.Policy.Version",
    404,
    "The policy version does not exist.",
    why="The policy has no such version.",
)


class PolicyVersion(Shape, frozen=True, kw_only=True):
    """One version with its document, which is JSON text."""

    version_id: str
    is_default_version: bool
    policy_document: str
    create_date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPolicy:
    """The facts that both types share; dates are as the API shows them."""

    policy_type: str
    policy_name: str
    description: str
    default_version: str
    create_date: str
    update_date: str


def version_id(number: int) -> str:
    """Name a version: number 3 is `v3`."""
    return f"v{number}"


def policy_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the policy of a call; a system policy belongs to the account `system`."""
    owner = "system" if arguments.get("policy_type") == SYSTEM else ctx.account_id
    return (f"acs:ram:*:{owner}:policy/{arguments['policy_name']}",)


def custom_named(tx: Transaction, account_id: AccountId, policy_name: str) -> PolicyRow:
    """Return a custom policy.

    Raises:
        NoPolicy: there is none.
    """
    row = tx.get(PolicyRow, account_id, policy_name)
    if row is None:
        raise NoPolicy
    return row


def custom(row: PolicyRow) -> KnownPolicy:
    """Present a custom policy."""
    return KnownPolicy(
        policy_type=CUSTOM,
        policy_name=row.policy_name,
        description=row.description,
        default_version=version_id(row.default_version),
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
    )


def shipped(policy_name: str) -> KnownPolicy:
    """Present a system policy.

    Raises:
        NoPolicy: none of that name ships.
    """
    policy = _system_named(policy_name)
    return KnownPolicy(
        policy_type=SYSTEM,
        policy_name=policy_name,
        description=policy.description,
        default_version=policy.default_version,
        create_date=iso(policy.dates.created_at),
        update_date=iso(policy.dates.updated_at),
    )


def known(ctx: Context, policy_type: str, policy_name: str) -> KnownPolicy:
    """Return a policy of either type.

    Raises:
        NoPolicy: there is none.
    """
    if policy_type == SYSTEM:
        return shipped(policy_name)
    return custom(custom_named(ctx.tx, ctx.account_id, policy_name))


def versions(ctx: Context, policy_type: str, policy_name: str) -> list[PolicyVersion]:
    """Return all versions of a policy, oldest first; of a system policy there is one.

    Raises:
        NoPolicy: there is none.
    """
    if policy_type == SYSTEM:
        return [_shipped_version(policy_name)]
    row = custom_named(ctx.tx, ctx.account_id, policy_name)
    return [custom_version(row, version) for version in custom_versions(ctx.tx, row)]


def version_of(
    ctx: Context, policy_type: str, policy_name: str, wanted: str | None = None
) -> PolicyVersion:
    """Return one version of a policy, the default one unless another is wanted.

    Raises:
        NoPolicy: there is no such policy.
        NoVersion: it has no such version.
    """
    if policy_type == SYSTEM:
        version = _shipped_version(policy_name)
        if wanted not in (None, version.version_id):
            raise NoVersion
        return version
    row = custom_named(ctx.tx, ctx.account_id, policy_name)
    number = row.default_version if wanted is None else int(wanted.removeprefix("v"))
    return custom_version(row, version_numbered(ctx.tx, row, number))


def version_numbered(tx: Transaction, row: PolicyRow, number: int) -> PolicyVersionRow:
    """Return a version of a custom policy.

    Raises:
        NoVersion: it was deleted, or never was.
    """
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
    return PolicyVersion(
        version_id=version_id(version.number),
        is_default_version=version.number == row.default_version,
        policy_document=version.document,
        create_date=iso(version.created_at),
    )


def _shipped_version(policy_name: str) -> PolicyVersion:
    policy = _system_named(policy_name)
    return PolicyVersion(
        version_id=policy.default_version,
        is_default_version=True,
        policy_document=policy.document,
        create_date=iso(policy.dates.created_at),
    )


def _system_named(policy_name: str) -> SystemPolicy:
    policy = system_policy(policy_name)
    if policy is None:
        raise NoPolicy
    return policy


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
