"""Identity providers, and how users sign in through one."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn
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

    @property
    def arn(self) -> str:
        """Return the name by which trust policies name it."""
        return ram_arn(self.account_id, f"saml-provider/{self.provider_name}")


@table(
    "ims_oidc_provider", key=("account_id", "provider_name"), unique=(("account_id", "issuer_url"),)
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

    @property
    def arn(self) -> str:
        """Return the name by which trust policies name it."""
        return ram_arn(self.account_id, f"oidc-provider/{self.provider_name}")


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
