"""The types of resources of identities that the inventory keeps."""

from juyong.services.identity.account.alias import ACCOUNT_ALIAS
from juyong.services.identity.account.password_policy import PASSWORD_POLICY
from juyong.services.identity.account.security_preference import SECURITY_PREFERENCE
from juyong.services.identity.account.settings import SSO_SETTINGS
from juyong.services.identity.credentials.access_keys import ACCESS_KEY
from juyong.services.identity.credentials.key_network import KEY_POLICY
from juyong.services.identity.credentials.mfa_devices import MFA_DEVICE
from juyong.services.identity.credentials.passkeys import PASSKEY
from juyong.services.identity.credentials.profile_rows import LOGIN_PROFILE
from juyong.services.identity.policies.policies import POLICY
from juyong.services.identity.providers.oidc import OIDC_PROVIDER
from juyong.services.identity.providers.saml import SAML_PROVIDER
from juyong.services.identity.roles.roles import ROLE
from juyong.services.identity.users.groups import GROUP
from juyong.services.identity.users.users import USER

RESOURCES = (
    *(USER, GROUP, ROLE, POLICY),
    *(ACCESS_KEY, KEY_POLICY, LOGIN_PROFILE, MFA_DEVICE, PASSKEY),
    *(SAML_PROVIDER, OIDC_PROVIDER, SSO_SETTINGS),
    *(ACCOUNT_ALIAS, PASSWORD_POLICY, SECURITY_PREFERENCE),
)
