"""How the account's users sign in through an identity provider of their own."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Clearable, Pattern, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.providers.saml import BadMetadataDocument, Metadata, check_metadata
from juyong.services.identity.providers.tables import SsoSettingsRow
from juyong.services.ims.fields import AuthnSignAlgo
from juyong.services.ims.product import PRODUCT as IMS

RESOURCE = "ACS::RAM::UserSsoSettings"
AuxiliaryDomain = Annotated[
    str,
    Text(1, 64, chars=r"A-Za-z0-9.\-"),
    Pattern(r"[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+"),
    Clearable(),
]


class NoMetadata(ApiError):
    """Sign-on cannot be switched on without an identity provider."""

    code, status = "MissingMetadataDocument", 400
    text = "MetadataDocument is mandatory for this action."


class UserSsoSettings(Shape, frozen=True, kw_only=True):
    """The settings."""

    metadata_document: str
    sso_enabled: bool
    sso_login_with_domain: bool
    auxiliary_domain: str
    authn_sign_algo: str


class UserSsoSettingsAnswer(Shape, frozen=True, kw_only=True):
    """The account's settings."""

    user_sso_settings: UserSsoSettings


@operation(IMS, "GetUserSsoSettings", resource=acs("ram", "*"), reads_only=True)
def get_user_sso_settings(ctx: Context) -> UserSsoSettingsAnswer:
    """Return how users sign in through an identity provider.

    Returns:
        The settings, or the defaults: switched off, without metadata.

    Source: IMS API reference, GetUserSsoSettings (documented).
    """
    row = ctx.tx.get(SsoSettingsRow, ctx.account_id) or SsoSettingsRow(account_id=ctx.account_id)
    return UserSsoSettingsAnswer(user_sso_settings=_settings(row))


@operation(
    IMS,
    "SetUserSsoSettings",
    resource=acs("ram", "*"),
    raises=(BadMetadataDocument, NoMetadata),
)
def set_user_sso_settings(
    ctx: Context,
    *,
    metadata_document: Metadata | None = None,
    sso_enabled: bool | None = None,
    sso_login_with_domain: bool | None = None,
    auxiliary_domain: AuxiliaryDomain | None = None,
    authn_sign_algo: AuthnSignAlgo | None = None,
) -> UserSsoSettingsAnswer:
    """Change how users sign in through an identity provider; what is not sent stays as it is.

    Args:
        metadata_document: Base64 of the provider's metadata.
        sso_enabled: Whether users sign in that way.
        sso_login_with_domain: Whether the provider names users with their domain.
        auxiliary_domain: A domain the provider may use beside the account's; empty clears it.

    Returns:
        The settings as stored.

    Source: IMS API reference, SetUserSsoSettings (documented); codes, and that unsent fields stay
    (assumed).
    """
    if metadata_document is not None:
        check_metadata(metadata_document, ctx.now)
    row = ctx.tx.get(SsoSettingsRow, ctx.account_id)
    if row is None:
        row = SsoSettingsRow(account_id=ctx.account_id)
        ctx.tx.insert(row)
    changes: dict[str, object] = {
        "metadata_document": metadata_document,
        "sso_enabled": sso_enabled,
        "login_with_domain": sso_login_with_domain,
        "auxiliary_domain": auxiliary_domain,
        "authn_sign_algo": authn_sign_algo,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    row = ctx.tx.update(row, **given)
    if row.sso_enabled and not row.metadata_document:
        raise NoMetadata
    settings = _settings(row)
    ctx.journal.record("updated", RESOURCE, ctx.account_id, ctx.account_id, settings)
    return UserSsoSettingsAnswer(user_sso_settings=settings)


def _settings(row: SsoSettingsRow) -> UserSsoSettings:
    return UserSsoSettings(
        metadata_document=row.metadata_document,
        sso_enabled=row.sso_enabled,
        sso_login_with_domain=row.login_with_domain,
        auxiliary_domain=row.auxiliary_domain,
        authn_sign_algo=row.authn_sign_algo,
    )
