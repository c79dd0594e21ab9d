"""How well an account follows good practice.

Source: IMS API reference, GetAccountSecurityPracticeReport (documented): the figures. What counts
as old and unused, the levels of password rules and the weights of the score are published nowhere;
those here are assumed.
"""

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import Instant
from juyong.services.ims.figures import Figures, KeyFigures, figures_of
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.facade import PasswordPolicyRow, password_policy_of

DAYS = 90
_DAY = 86_400
_CLASSES_OF_HIGH, _LENGTH_OF_HIGH = 3, 12
_CLASSES_OF_MID, _LENGTH_OF_MID = 2, 8
_PART = 20
_LEVELS = {"low": 0, "mid": _PART // 2, "high": _PART}


class UserInfo(Shape, frozen=True, kw_only=True):
    """The figures: of root, and of users (SubUser…)."""

    bind_mfa: bool = msgspec.field(name="BindMfa")
    root_with_access_key: int
    old_ak_num: int
    unused_ak_num: int
    sub_user: int
    sub_user_bind_mfa: int = msgspec.field(name="SubUserBindMfa")
    sub_user_pwd_level: str
    sub_user_with_old_access_key: int
    sub_user_with_unused_access_key: int


class PracticeInfo(Shape, frozen=True, kw_only=True):
    """The figures, and a score of 0 to 100."""

    account_security_practice_user_info: UserInfo
    score: int


class PracticeAnswer(Shape, frozen=True, kw_only=True):
    """The report."""

    account_security_practice_info: PracticeInfo


@operation(
    IMS, "GetAccountSecurityPracticeReport", resource=acs("ram", "*"), reads_only=True, scans=True
)
def get_account_security_practice_report(ctx: Context) -> PracticeAnswer:
    """Return how well the account follows good practice at this moment.

    Returns:
        Figures as they are now. An AccessKey is old 90 days after it was made, and unused 90 days
        after its newest use, or after it was made if it was never used. Each of five parts gives up
        to 20 points: root has MFA; root has no AccessKey; the share of users with console access
        who have MFA; the password rules; the share of users without old or unused AccessKeys.

    Cost: as figures_of.
    Source: IMS API reference, GetAccountSecurityPracticeReport (documented); limits and weights
    (assumed).
    """
    root, *users = figures_of(ctx)
    level = password_level(password_policy_of(ctx.tx, ctx.account_id))
    with_old = [u for u in users if any(_is_old(ctx.now, k) for k in u.keys)]
    with_unused = [u for u in users if any(_is_unused(ctx.now, k) for k in u.keys)]
    info = UserInfo(
        bind_mfa=root.mfa,
        root_with_access_key=len(root.keys),
        old_ak_num=sum(_is_old(ctx.now, key) for key in root.keys),
        unused_ak_num=sum(_is_unused(ctx.now, key) for key in root.keys),
        sub_user=len(users),
        sub_user_bind_mfa=sum(user.mfa for user in users),
        sub_user_pwd_level=level,
        sub_user_with_old_access_key=len(with_old),
        sub_user_with_unused_access_key=len(with_unused),
    )
    careless = sum(user in with_old or user in with_unused for user in users)
    score = (
        _PART * root.mfa
        + _PART * (not root.keys)
        + _mfa_points(users)
        + _LEVELS[level]
        + _share(len(users) - careless, len(users))
    )
    return PracticeAnswer(
        account_security_practice_info=PracticeInfo(
            account_security_practice_user_info=info, score=score
        )
    )


def password_level(rules: PasswordPolicyRow) -> str:
    """Return `low`, `mid` or `high`: how much a password must be at least."""
    classes = sum(
        (
            rules.require_lowercase,
            rules.require_uppercase,
            rules.require_numbers,
            rules.require_symbols,
        )
    )
    if classes >= _CLASSES_OF_HIGH and rules.minimum_length >= _LENGTH_OF_HIGH:
        return "high"
    if classes >= _CLASSES_OF_MID and rules.minimum_length >= _LENGTH_OF_MID:
        return "mid"
    return "low"


def _is_old(now: Instant, one: KeyFigures) -> bool:
    return now >= one.key.created_at + DAYS * _DAY


def _is_unused(now: Instant, one: KeyFigures) -> bool:
    return now >= (one.used_at or one.key.created_at) + DAYS * _DAY


def _mfa_points(users: list[Figures]) -> int:
    console = [user for user in users if user.profile is not None and user.profile.active]
    return _share(sum(user.mfa for user in console), len(console))


def _share(good: int, of: int) -> int:
    return _PART if of == 0 else _PART * good // of
