"""The functions of identities for the gateway, other services and the operator's commands."""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.identity.account.accounts import (
        FIRST_ACCOUNT,
        NewAccount,
        account_made_at,
        account_named,
        active_key_of,
        create_account,
        store_account,
    )
    from juyong.services.identity.account.password_policy import rules_of
    from juyong.services.identity.account.root_user import (
        RootUser,
        bind_root_device,
        give_root_password,
        remove_root_device,
        root_user,
    )
    from juyong.services.identity.account.tables import AccountRow
    from juyong.services.identity.credentials.access_keys import (
        ACCESS_KEY,
        TooManyAccessKeys,
        add_access_key,
        keys_of,
    )
    from juyong.services.identity.credentials.key_network import KeyPolicy, effective_key_policy
    from juyong.services.identity.credentials.mfa_devices import (
        ISSUER,
        CodeMalformed,
        CodeWrong,
        UserHasDevice,
        UserLacksDevice,
        device_of,
        device_to_offer,
    )
    from juyong.services.identity.credentials.passkeys import passkey_by_credential
    from juyong.services.identity.credentials.passwords import hashed, is_weak
    from juyong.services.identity.credentials.tables import AccessKeyRow, PasskeyRow
    from juyong.services.identity.policies.tables import PolicyVersionRow
    from juyong.services.identity.principal_tags import principal_tags
    from juyong.services.identity.principals import Principals
    from juyong.services.identity.providers.tables import OidcProviderRow, SamlProviderRow
    from juyong.services.identity.roles.acting import acting_as, role_may
    from juyong.services.identity.roles.for_services import make_linked_role, make_role_for
    from juyong.services.identity.roles.roles import ROLE
    from juyong.services.identity.roles.tables import RoleRow, find_role
    from juyong.services.identity.signin.answers import NO_SITE, Enrolment, Refusal, SignedIn
    from juyong.services.identity.signin.attempts import Attempt, look_up, prove, sign_in, sign_out
    from juyong.services.identity.signin.factor import Shown
    from juyong.services.identity.signin.names import LONGEST_NAME as LONGEST_SIGNIN_NAME
    from juyong.services.identity.signin.own_credentials import (
        Present,
        bind_offered,
        delete_own,
        offer_device,
        own_credentials,
        passkey_owner,
        register_own,
        unbind_own,
    )
    from juyong.services.identity.signin.passkey import (
        PasskeyAttempt,
        new_challenge,
        prove_passkey,
        prove_registration,
        sign_in_with_passkey,
    )
    from juyong.services.identity.signin.sessions import PURPOSE as SIGNIN_PURPOSE
    from juyong.services.identity.signin.sessions import BadSession, open_session, signed_in
    from juyong.services.identity.users.naming import calling_owner
    from juyong.services.identity.users.owners import Owner, owner_of_user, root_owner
    from juyong.services.identity.users.tables import UserRow
    from juyong.services.identity.users.users import NoUser, user_named
else:
    __getattr__ = late_names(__name__)
