"""What other services and the gateway may call of IMS."""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.ims.key_network import KeyPolicy, effective_key_policy
    from juyong.services.ims.tables import OidcProviderRow, SamlProviderRow, SsoSettingsRow
else:
    __getattr__ = late_names(__name__)

__all__ = [
    "KeyPolicy",
    "OidcProviderRow",
    "SamlProviderRow",
    "SsoSettingsRow",
    "effective_key_policy",
]
