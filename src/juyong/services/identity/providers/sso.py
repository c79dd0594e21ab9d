"""How the account's users sign in through an identity provider of their own."""

from juyong.services.identity.account.settings import setting
from juyong.services.identity.providers.tables import SsoSettingsRow

SSO_SETTINGS = setting("UserSsoSettings", SsoSettingsRow)
