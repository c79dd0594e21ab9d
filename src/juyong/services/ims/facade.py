"""What other services may call of IMS."""

from juyong.services.ims.tables import OidcProviderRow, SamlProviderRow

__all__ = ["OidcProviderRow", "SamlProviderRow"]
