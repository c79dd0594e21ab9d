"""How the account's users sign in through an identity provider of their own."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Clearable, Pattern, Text
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.services.identity.account.settings import SSO_SETTINGS, change_setting, setting_of
from juyong.services.identity.providers.saml import AuthnSignAlgo, Metadata, check_metadata
from juyong.services.identity.providers.tables import SsoSettingsRow
from juyong.services.ims.product import PRODUCT as IMS

AuxiliaryDomain = Annotated[
    str,
    Text(1, 64, chars=r"A-Za-z0-9.\-"),
    Pattern(r"[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+"),
    Clearable(),
]
NoMetadata = fact(
    "MissingMetadataDocument",
    400,
    "MetadataDocument is mandatory for this action.",
    why="Sign-on cannot be switched on without an identity provider.",
)


class UserSsoSettings(Shape, frozen=True, kw_only=True):
    """The settings."""

    metadata_document: str
    sso_enabled: bool
    sso_login_with_domain: Annotated[bool, Of("login_with_domain")]
    auxiliary_domain: str
    authn_sign_algo: str


@operation(
    IMS, "GetUserSsoSettings", resource=acs("ram", "*"), answers="UserSsoSettings", reads_only=True
)
def get_user_sso_settings(ctx: Context) -> UserSsoSettings:
    """Return how users sign in through an identity provider.

    Returns:
        The settings, or the defaults: switched off, without metadata.
    """
    return UserSsoSettings.of(setting_of(ctx.tx, SsoSettingsRow, ctx.account_id))


@operation(
    IMS,
    "SetUserSsoSettings",
    resource=acs("ram", "*"),
    raises=(NoMetadata,),
    answers="UserSsoSettings",
)
def set_user_sso_settings(
    ctx: Context,
    *,
    metadata_document: Metadata | None = None,
    sso_enabled: bool | None = None,
    sso_login_with_domain: bool | None = None,
    auxiliary_domain: AuxiliaryDomain | None = None,
    authn_sign_algo: AuthnSignAlgo | None = None,
) -> UserSsoSettings:
    """Change how users sign in through an identity provider; what is not sent stays as it is.

    Args:
        sso_enabled: Whether users sign in that way.
        sso_login_with_domain: Whether the provider names users with their domain.
        auxiliary_domain: A domain the provider may use in addition to the account's; empty clears
            it.

    Returns:
        The settings as stored.

    Assumed: codes, and that unsent fields stay.
    """
    check_metadata(metadata_document, ctx.now)
    changes = {
        "metadata_document": metadata_document,
        "sso_enabled": sso_enabled,
        "login_with_domain": sso_login_with_domain,
        "auxiliary_domain": auxiliary_domain,
        "authn_sign_algo": authn_sign_algo,
    }
    row = change_setting(ctx, SSO_SETTINGS, changes)
    if row.sso_enabled and not row.metadata_document:
        raise NoMetadata
    return UserSsoSettings.of(row)
