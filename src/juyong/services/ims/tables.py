"""What IMS keeps beside the identities of RAM: identity providers and settings of its own."""

from dataclasses import dataclass

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("ims_saml_provider", key=("account_id", "provider_name"))
@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProviderRow:
    """A SAML identity provider for role sign-on; the metadata is kept as it was given."""

    account_id: AccountId
    provider_name: str
    description: str = ""
    metadata_document: str
    """Base64 of the metadata XML, as sent and returned."""
    authn_sign_algo: str = "rsa-sha256"
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table(
    "ims_oidc_provider",
    key=("account_id", "provider_name"),
    unique=(("account_id", "issuer_url"),),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProviderRow:
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
