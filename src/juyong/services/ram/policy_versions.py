"""Versions of custom policies; of a system policy there is one, and it can only be read."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, OneOf, Pattern
from juyong.api.operation import operation
from juyong.api.shape import CreateDate, Of, Shape
from juyong.base.clock import iso
from juyong.content.policies.system import SystemPolicy
from juyong.engines.policy import Kind
from juyong.services.identity.errors import full, missing
from juyong.services.identity.policies.policies import (
    BY_TYPE_AND_NAME,
    CUSTOM_POLICY,
    POLICY,
    AnyPolicy,
    PolicyDocument,
    checked,
)
from juyong.services.identity.policies.tables import PolicyRow, PolicyVersionRow
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.transaction import Transaction

VersionId = Annotated[str, Pattern(r"v[1-9][0-9]{0,8}"), Doc("`v1`, `v2`, …")]
ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
NoVersion = missing(
    "EntityNotExist.Policy.Version", "policy version", "The policy has no such version."
)
TooManyVersions = full(
    "LimitExceeded.Policy.Version", "policy version", "ram.policy-versions", "policy"
)
DefaultVersion = fact(
    "DeleteConflict.Policy.Version.Default",
    409,
    "The default policy version CAN NOT been deleted directly.",
    why="Make another version the default one first.",
)


class PolicyVersion(Shape, frozen=True, kw_only=True):
    """One version with its document, which is JSON text."""

    version_id: str
    is_default_version: bool
    policy_document: Annotated[str, Of("document")]
    create_date: CreateDate


def version_of(ctx: Context, policy: AnyPolicy, wanted: str | None = None) -> PolicyVersion:
    """Return one version of a policy, the default one unless another is wanted.

    Raises:
        NoVersion: it has no such version.
    """
    if isinstance(policy, PolicyRow):
        return _custom_version(policy, _version_named(ctx.tx, policy, wanted))
    if wanted not in (None, policy.default_version):
        raise NoVersion
    return _shipped_version(policy)


def _version_named(tx: Transaction, row: PolicyRow, wanted: str | None) -> PolicyVersionRow:
    """Return a version of a custom policy, the default one unless another is wanted.

    Raises:
        NoVersion: it was deleted, or never was.
    """
    number = int(wanted.removeprefix("v")) if wanted else row.default_version
    version = tx.get(PolicyVersionRow, row.account_id, row.policy_name, number)
    if version is None:
        raise NoVersion
    return version


def custom_versions(tx: Transaction, row: PolicyRow) -> list[PolicyVersionRow]:
    """Return the versions of a custom policy, oldest first."""
    return tx.find(
        PolicyVersionRow, order=("number",), account_id=row.account_id, policy_name=row.policy_name
    )


def _custom_version(row: PolicyRow, version: PolicyVersionRow) -> PolicyVersion:
    """Present a version of a custom policy."""
    return PolicyVersion.of(version, is_default_version=version.number == row.default_version)


def _shipped_version(policy: SystemPolicy) -> PolicyVersion:
    return PolicyVersion.of(
        policy,
        version_id=policy.default_version,
        is_default_version=True,
        create_date=iso(policy.dates.created_at),
    )


@operation(
    RAM, "CreatePolicyVersion", on=CUSTOM_POLICY, raises=(TooManyVersions,), answers="PolicyVersion"
)
def create_policy_version(
    ctx: Context,
    policy: PolicyRow,
    *,
    policy_document: PolicyDocument,
    set_as_default: bool = False,
    rotate_strategy: Annotated[str, OneOf(("None", ROTATE))] = "None",
) -> PolicyVersion:
    """Add a version to a custom policy; its number was never used before.

    Args:
        set_as_default: Put it in force at once.
        rotate_strategy: `DeleteOldestNonDefaultVersionWhenLimitExceeded` makes room when the
            policy is full; `None` refuses.
    """
    checked(policy_document, Kind.IDENTITY)
    _make_room(ctx, policy, rotate=rotate_strategy == ROTATE)
    version = PolicyVersionRow(
        account_id=ctx.account_id,
        policy_name=policy.policy_name,
        number=policy.last_version + 1,
        document=policy_document,
        created_at=ctx.now,
    )
    ctx.tx.insert(version)
    row = POLICY.change(
        ctx,
        policy,
        last_version=version.number,
        default_version=version.number if set_as_default else None,
        updated_at=ctx.now,
    )
    return _custom_version(row, version)


def _make_room(ctx: Context, row: PolicyRow, *, rotate: bool) -> None:
    held = custom_versions(ctx.tx, row)
    if len(held) < ctx.quota("ram.policy-versions"):
        return
    others = [version for version in held if version.number != row.default_version]
    if not rotate or not others:
        raise TooManyVersions
    ctx.tx.delete(others[0])


@operation(
    RAM,
    "GetPolicyVersion",
    on=BY_TYPE_AND_NAME,
    raises=(NoVersion,),
    answers="PolicyVersion",
    reads_only=True,
)
def get_policy_version(ctx: Context, policy: AnyPolicy, *, version_id: VersionId) -> PolicyVersion:
    """Return one version of a policy."""
    return version_of(ctx, policy, version_id)


@operation(
    RAM,
    "ListPolicyVersions",
    on=BY_TYPE_AND_NAME,
    answers="PolicyVersions.PolicyVersion",
    reads_only=True,
)
def list_policy_versions(ctx: Context, policy: AnyPolicy) -> list[PolicyVersion]:
    """List the versions of a policy, oldest first.

    Returns:
        All of them; there is no paging.
    """
    if isinstance(policy, PolicyRow):
        return [_custom_version(policy, version) for version in custom_versions(ctx.tx, policy)]
    return [_shipped_version(policy)]


@operation(RAM, "SetDefaultPolicyVersion", on=CUSTOM_POLICY, raises=(NoVersion,))
def set_default_policy_version(ctx: Context, policy: PolicyRow, *, version_id: VersionId) -> None:
    """Put a version of a custom policy in force for everything it is attached to."""
    version = _version_named(ctx.tx, policy, version_id)
    POLICY.change(ctx, policy, default_version=version.number, updated_at=ctx.now)


@operation(RAM, "DeletePolicyVersion", on=CUSTOM_POLICY, raises=(NoVersion, DefaultVersion))
def delete_policy_version(ctx: Context, policy: PolicyRow, *, version_id: VersionId) -> None:
    """Delete a version of a custom policy that is not in force."""
    version = _version_named(ctx.tx, policy, version_id)
    if version.number == policy.default_version:
        raise DefaultVersion
    ctx.tx.delete(version)
    POLICY.change(ctx, policy, updated_at=ctx.now)
