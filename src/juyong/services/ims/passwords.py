"""Users change their own passwords."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Empty
from juyong.base.secret import Secret
from juyong.services.identity.credentials.passwords import (
    CHANGES_A_SECOND,
    VERIFY_AND_RENEW,
    NotAUser,
    OldPasswordIncorrect,
    PasswordReused,
    Renewal,
    WeakNewPassword,
    change_own_password,
)
from juyong.services.identity.credentials.profile_rows import NoLoginProfile
from juyong.services.identity.users.lookup import for_oneself, own_or_named
from juyong.services.ims.product import PRODUCT as IMS

_own_password = for_oneself(lambda preference: preference.allow_change_password)


@operation(
    IMS,
    "ChangePassword",
    resource=own_or_named,
    self_service=_own_password,
    prepare=VERIFY_AND_RENEW,
    rate=CHANGES_A_SECOND,
    raises=(NotAUser, NoLoginProfile, WeakNewPassword, PasswordReused, OldPasswordIncorrect),
)
def change_password(
    ctx: Context,
    *,
    old_password: Secret,  # noqa: ARG001  # verified when the call was prepared
    new_password: Secret,
    prepared: Renewal | None,
) -> Empty:
    """Change the calling user's own console password; its sessions end.

    Args:
        old_password: The present one.
        new_password: Must satisfy the password policy, reuse prevention included.

    Source: IMS API reference, ChangePassword (documented).
    """
    change_own_password(ctx, new_password, prepared)
    return Empty()
