"""How well an account follows good practice: the figures that are defined.

The published answer has a score, a level of the password rules, and counts of old and of unused
AccessKeys. Where "old" and "unused" begin, and how the score is made, is published nowhere. An
invented score could be taken for the real one, so these members are left out.
"""

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.credentials.mfa_devices import device_of
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.users.tables import UserRow
from juyong.services.ims.account_summary import devices_in_use
from juyong.services.ims.product import PRODUCT as IMS


class UserInfo(Shape, frozen=True, kw_only=True):
    """The figures: of root, and of users (SubUser…)."""

    bind_mfa: bool = msgspec.field(name="BindMfa")
    root_with_access_key: int
    sub_user: int
    sub_user_bind_mfa: int = msgspec.field(name="SubUserBindMfa")


class PracticeInfo(Shape, frozen=True, kw_only=True):
    """The figures; there is no Score."""

    account_security_practice_user_info: UserInfo


@operation(
    IMS,
    "GetAccountSecurityPracticeReport",
    resource=acs("ram", "*"),
    answers="AccountSecurityPracticeInfo",
    reads_only=True,
    scans=True,
)
def get_account_security_practice_report(ctx: Context) -> PracticeInfo:
    """Return how many credentials of the account are protected at this moment.

    Returns:
        Whether root has an MFA device, how many AccessKeys root has, how many users there are and
        how many of them have an MFA device. Score, SubUserPwdLevel and the counts of old and of
        unused AccessKeys are left out, since their definitions are not published.

    Cost: four indexed reads.
    """
    tx, account_id = ctx.tx, ctx.account_id
    root_has_device = device_of(tx, account_id) is not None
    info = UserInfo(
        bind_mfa=root_has_device,
        root_with_access_key=tx.count(AccessKeyRow, account_id=account_id, owner_id=account_id),
        sub_user=tx.count(UserRow, account_id=account_id),
        sub_user_bind_mfa=devices_in_use(ctx) - root_has_device,
    )
    return PracticeInfo(account_security_practice_user_info=info)
