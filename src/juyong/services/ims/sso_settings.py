"""How the account's users sign in through an identity provider of their own."""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Clearable, Doc, Pattern, Text
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.services.identity.account.settings import (
    SSO_SETTINGS,
    change_setting,
    changes_of,
    setting_of,
)
from juyong.services.identity.errors import mandatory
from juyong.services.identity.providers.saml import AuthnSignAlgo, Metadata, check_metadata
from juyong.services.identity.providers.tables import SsoSettingsRow
from juyong.services.ims.product import PRODUCT as IMS

NoMetadata = mandatory(
    "MissingMetadataDocument", "Sign-on cannot be switched on without an identity provider."
)
AuxiliaryDomain = Annotated[
    str,
    Text(1, 64, chars=r"A-Za-z0-9.\-"),
    Pattern(r"[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+"),
    Clearable(),
    Doc("A domain the provider may use in addition to the account's."),
]


class UserSsoSettings(Shape, frozen=True, kw_only=True):
    """The settings."""

    metadata_document: Metadata
    sso_enabled: Annotated[bool, Doc("Whether users sign in that way.")]
    sso_login_with_domain: Annotated[
        bool, Of("login_with_domain"), Doc("Whether the provider names users with their domain.")
    ]
    auxiliary_domain: AuxiliaryDomain
    authn_sign_algo: AuthnSignAlgo


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
    on=changes_of(SSO_SETTINGS, UserSsoSettings),
    raises=(NoMetadata,),
    answers="UserSsoSettings",
)
def set_user_sso_settings(ctx: Context, changes: Mapping[str, object]) -> UserSsoSettings:
    """Change how users sign in through an identity provider; what is not sent stays as it is.

    Assumed: codes, and that unsent fields stay.
    """
    metadata = changes["metadata_document"]
    check_metadata(metadata if isinstance(metadata, str) else None, ctx.now)
    row = change_setting(ctx, SSO_SETTINGS, changes)
    if row.sso_enabled and not row.metadata_document:
        raise NoMetadata
    return UserSsoSettings.of(row)
