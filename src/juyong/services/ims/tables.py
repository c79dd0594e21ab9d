"""What IMS keeps beside the identities of RAM: providers, settings, the recycle bin, reports."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId, AccountId, UserId
from juyong.base.secret import Secret
from juyong.store.table import table


@table("ims_saml_provider", key=("account_id", "provider_name"))
class SamlProviderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A SAML identity provider for role sign-on; the metadata is kept as it was given."""

    account_id: AccountId
    provider_name: str
    description: str = ""
    metadata_document: str
    """Base64 of the metadata XML, as sent and returned; empty while none was sent."""
    authn_sign_algo: str = "rsa-sha1"
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table(
    "ims_oidc_provider",
    key=("account_id", "provider_name"),
    unique=(("account_id", "issuer_url"),),
)
class OidcProviderRow(msgspec.Struct, frozen=True, kw_only=True):
    """An OIDC identity provider; client ids and fingerprints are comma-separated."""

    account_id: AccountId
    provider_name: str
    issuer_url: str
    client_ids: str
    fingerprints: str
    description: str = ""
    issuance_limit_hours: int = 12
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table("ims_sso_settings", key=("account_id",))
class SsoSettingsRow(msgspec.Struct, frozen=True, kw_only=True):
    """How the account's users sign in through an identity provider of their own."""

    account_id: AccountId
    metadata_document: str = ""
    """Base64 of the metadata XML, as sent and returned."""
    sso_enabled: bool = False
    login_with_domain: bool = True
    auxiliary_domain: str = ""
    authn_sign_algo: str = "rsa-sha1"
    version: int = 0


@table("ims_access_key_policy", key=("account_id", "access_key_id"), decides="always")
class AccessKeyPolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """From where an AccessKey may be used; an empty access_key_id means all of the account's."""

    account_id: AccountId
    access_key_id: str
    document: str
    version: int = 0


@table("ims_recycled_user", key=("user_id",), index=(("account_id", "user_name"),))
class RecycledUserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted user, to be restored under its old id until delete_at."""

    user_id: UserId
    account_id: AccountId
    user_name: str
    display_name: str
    mobile_phone: str
    email: str
    comments: str
    provision_type: str
    tags: str
    """A JSON object of its tags."""
    created_at: Instant
    last_login_at: Instant | None
    recycled_at: Instant
    delete_at: Instant


@table("ims_recycled_access_key", key=("access_key_id",), index=(("account_id", "user_id"),))
class RecycledAccessKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted AccessKey of a user, to be restored until delete_at; it opens nothing."""

    access_key_id: AccessKeyId
    account_id: AccountId
    user_id: UserId
    user_name: str
    secret: Secret
    created_at: Instant
    recycled_at: Instant
    delete_at: Instant


@table("ims_credential_report", key=("account_id",))
class CredentialReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """The account's newest credential report."""

    account_id: AccountId
    generated_at: Instant
    content: str
    """CSV without its heading, one line a user."""
    version: int = 0
