"""Counts of an account's resources, its quotas, and how well it follows good practice.

The published practice report has a score, a level of the password rules, and counts of old and of
unused AccessKeys. Where "old" and "unused" begin, and how the score is made, is published nowhere.
An invented score could be taken for the real one, so these members are left out.
"""

from typing import Any

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.credentials.key_network import MOST_ADDRESSES, MOST_STATEMENTS
from juyong.services.identity.credentials.mfa_devices import device_of
from juyong.services.identity.credentials.tables import AccessKeyRow, MfaDeviceRow
from juyong.services.identity.policies.tables import PolicyRow
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.tables import GroupRow, UserRow
from juyong.services.ims.product import PRODUCT as IMS
from juyong.store.late import sa, table_of

POLICY_CHARACTERS = 6144


def _bound() -> "sa.Select[Any]":
    device = table_of(MfaDeviceRow)
    return (
        sa.select(sa.func.count())
        .select_from(device)
        .where(device.c.account_id == sa.bindparam("account_id"), device.c.owner_id.is_not(None))
    )


class Summary(Shape, frozen=True, kw_only=True):
    """Counts and quotas; things that the platform does not have get quota 0."""

    users: int
    users_quota: int
    groups: int
    groups_quota: int
    groups_per_user_quota: int
    roles: int
    roles_quota: int
    policies: int
    policies_quota: int
    policy_size_quota: int
    versions_per_policy_quota: int
    attached_policies_per_user_quota: int
    attached_policies_per_group_quota: int
    attached_policies_per_role_quota: int
    attached_system_policies_per_user_quota: int
    attached_system_policies_per_group_quota: int
    attached_system_policies_per_role_quota: int
    access_keys_per_user_quota: int
    account_access_keys_per_account_quota: int
    conditions_per_key_policy_quota: int = msgspec.field(name="ConditionsPerAKPolicyQuota")
    addresses_per_key_policy_quota: int = msgspec.field(name="IPItemsPerAKPolicyQuota")
    mfa_devices: int
    mfa_devices_in_use: int
    virtual_mfa_devices_quota: int
    authorized_client_per_user_quota: int = 0
    service_credentials_per_user_per_service_quota: int = 0


def devices_in_use(ctx: Context) -> int:
    """Count the account's MFA devices that are bound, to users or to root."""
    return int(ctx.tx.query(_bound, account_id=ctx.account_id)[0][0])


@operation(
    IMS,
    "GetAccountSummary",
    resource=acs("ram", "*"),
    answers="SummaryMap",
    reads_only=True,
    scans=True,
)
def get_account_summary(ctx: Context) -> Summary:
    """Return the counts of the account's resources, and the quotas in force.

    Returns:
        Policies are custom ones; MFADevicesInUse are those bound to users or root.

    Cost: six counts.
    """
    tx, account_id = ctx.tx, ctx.account_id
    custom = ctx.quota("ram.attached-custom-policies")
    system = ctx.quota("ram.attached-system-policies")
    return Summary(
        users=tx.count(UserRow, account_id=account_id),
        users_quota=ctx.quota("ram.users"),
        groups=tx.count(GroupRow, account_id=account_id),
        groups_quota=ctx.quota("ram.groups"),
        groups_per_user_quota=ctx.quota("ram.groups-per-user"),
        roles=tx.count(RoleRow, account_id=account_id),
        roles_quota=ctx.quota("ram.roles"),
        policies=tx.count(PolicyRow, account_id=account_id),
        policies_quota=ctx.quota("ram.policies"),
        policy_size_quota=POLICY_CHARACTERS,
        versions_per_policy_quota=ctx.quota("ram.policy-versions"),
        attached_policies_per_user_quota=custom,
        attached_policies_per_group_quota=custom,
        attached_policies_per_role_quota=custom,
        attached_system_policies_per_user_quota=system,
        attached_system_policies_per_group_quota=system,
        attached_system_policies_per_role_quota=system,
        access_keys_per_user_quota=ctx.quota("ram.access-keys-per-user"),
        account_access_keys_per_account_quota=ctx.quota("ram.root-access-keys"),
        conditions_per_key_policy_quota=MOST_STATEMENTS,
        addresses_per_key_policy_quota=MOST_ADDRESSES,
        mfa_devices=tx.count(MfaDeviceRow, account_id=account_id),
        mfa_devices_in_use=devices_in_use(ctx),
        virtual_mfa_devices_quota=ctx.quota("ram.virtual-mfa-devices"),
    )


class UserInfo(Shape, frozen=True, kw_only=True):
    """The figures: of root, and of users (SubUser…)."""

    bind_mfa: bool = msgspec.field(name="BindMfa")
    root_with_access_key: int
    sub_user: int
    sub_user_bind_mfa: int = msgspec.field(name="SubUserBindMfa")


@operation(
    IMS,
    "GetAccountSecurityPracticeReport",
    resource=acs("ram", "*"),
    answers="AccountSecurityPracticeInfo.AccountSecurityPracticeUserInfo",
    reads_only=True,
    scans=True,
)
def get_account_security_practice_report(ctx: Context) -> UserInfo:
    """Return how many credentials of the account are protected at this moment.

    Returns:
        Whether root has an MFA device, how many AccessKeys root has, how many users there are and
        how many of them have an MFA device. Score, SubUserPwdLevel and the counts of old and of
        unused AccessKeys are left out, since their definitions are not published.

    Cost: four indexed reads.
    """
    tx, account_id = ctx.tx, ctx.account_id
    root_has_device = device_of(tx, account_id) is not None
    return UserInfo(
        bind_mfa=root_has_device,
        root_with_access_key=tx.count(AccessKeyRow, account_id=account_id, owner_id=account_id),
        sub_user=tx.count(UserRow, account_id=account_id),
        sub_user_bind_mfa=devices_in_use(ctx) - root_has_device,
    )
