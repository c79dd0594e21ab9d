"""What other services and the gateway may call of IMS."""

from juyong.services.ims.key_network import KeyPolicy, effective_key_policy
from juyong.services.ims.tables import OidcProviderRow, SamlProviderRow, SsoSettingsRow

__all__ = [
    "KeyPolicy",
    "OidcProviderRow",
    "SamlProviderRow",
    "SsoSettingsRow",
    "effective_key_policy",
]
