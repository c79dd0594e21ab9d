"""Credentials and policies as the gateway needs them: read once, kept while nothing changed."""

from functools import lru_cache

import msgspec
from msgspec.structs import replace

from juyong.api.caller import Caller, RoleSession, Root, User
from juyong.base.ids import AccessKeyId, AccountId, RoleId, UserId
from juyong.base.secret import Secret
from juyong.content.policies.system import system_policy
from juyong.engines.policy import (
    Kind,
    Layer,
    Layers,
    Policy,
    PolicySet,
    Source,
    compile_policy,
    digest_of,
    parse,
)
from juyong.services.identity.credentials.key_network import KeyPolicy, effective_key_policy
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.tables import MembershipRow, UserRow
from juyong.store.epoch_cache import EpochCache
from juyong.store.transaction import Transaction

_NONE = Layers(identity=PolicySet())
"""Of callers to which nothing can be attached."""


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A long-term AccessKey with the identity that owns it.

    network: The policy that says from where the key may be used; None where no policy does.
    """

    caller: Root | User
    secret: Secret
    active: bool
    network: KeyPolicy | None


class Principals:
    """Finds credentials and identity policies; every answer is checked against the epoch.

    INVARIANT: an entry is used only in a transaction that reads the epoch it was made under, so a
    revoked key or detached policy is never honoured, whichever process changed it.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._credentials: EpochCache[Credential] = EpochCache(limit)
        self._policies: EpochCache[Layers] = EpochCache(limit)
        self._roles: EpochCache[RoleRow] = EpochCache(limit)

    def credential(self, tx: Transaction, access_key_id: AccessKeyId) -> Credential | None:
        """Return the AccessKey and its owner, or None if there is no such key."""
        found = self._credentials.get(tx, access_key_id)
        if found is not None:
            return found
        key = tx.get(AccessKeyRow, access_key_id)
        if key is None:
            return None
        caller = _owner(tx, key)
        if caller is None:
            return None
        made = Credential(
            caller=caller,
            secret=key.secret,
            active=key.active,
            network=effective_key_policy(tx, key.account_id, access_key_id),
        )
        return self._credentials.put(tx, access_key_id, key.account_id, made)

    def role(self, tx: Transaction, role_id: RoleId) -> RoleRow | None:
        """Return a role by id, or None if it was deleted."""
        found = self._roles.get(tx, role_id)
        if found is not None:
            return found
        row = tx.get(RoleRow, role_id)
        return None if row is None else self._roles.put(tx, role_id, row.account_id, row)

    def identity_policies(self, tx: Transaction, caller: Caller) -> PolicySet:
        """Return the compiled union of the policies attached to a caller and to its groups."""
        return self._own(tx, caller).identity

    def layers(self, tx: Transaction, caller: Caller) -> Layers:
        """Return the policies that apply to every call of a caller: its own, and its session's."""
        own, session = self._own(tx, caller), _session_policy(caller)
        return own if session is None else replace(own, session=session)

    def _own(self, tx: Transaction, caller: Caller) -> Layers:
        entities: tuple[str, str]
        match caller:
            case User():
                entities = ("user", caller.user_id)
            case RoleSession():
                entities = ("role", caller.role_id)
            case _:
                return _NONE
        key = (caller.account_id, *entities)
        found = self._policies.get(tx, key)
        if found is not None:
            return found
        made = Layers(identity=PolicySet(_attached(tx, caller.account_id, *entities)))
        return self._policies.put(tx, key, caller.account_id, made)


def _owner(tx: Transaction, key: AccessKeyRow) -> Root | User | None:
    if key.owner_id == key.account_id:
        return Root(account_id=key.account_id, access_key_id=key.access_key_id)
    user = tx.get(UserRow, key.owner_id)
    if user is None:
        return None
    return User(
        account_id=user.account_id,
        user_id=user.user_id,
        user_name=user.user_name,
        access_key_id=key.access_key_id,
    )


def _attached(
    tx: Transaction, account_id: AccountId, entity_type: str, entity_id: str
) -> list[Policy]:
    entities = [(entity_type, entity_id)]
    if entity_type == "user":
        memberships = tx.find(MembershipRow, user_id=UserId(entity_id))
        entities += [("group", str(m.group_id)) for m in memberships]
    policies = []
    for kind, identifier in entities:
        rows = tx.find(AttachmentRow, account_id=account_id, entity_type=kind, entity_id=identifier)
        policies += [p for row in rows if (p := _policy(tx, row)) is not None]
    return policies


def _policy(tx: Transaction, attachment: AttachmentRow) -> Policy | None:
    if attachment.policy_type == "System":
        system = system_policy(attachment.policy_name)
        text = system.document if system else None
        version = None
        edition = system.default_version if system else ""
    else:
        row = tx.get(PolicyRow, attachment.account_id, attachment.policy_name)
        if row is None:
            return None
        chosen = tx.get(
            PolicyVersionRow, attachment.account_id, attachment.policy_name, row.default_version
        )
        text = chosen.document if chosen else None
        version = f"v{row.default_version}"
        edition = ""
    if text is None:
        return None
    source = Source(
        policy_type=attachment.policy_type,
        identifier=attachment.policy_name,
        version=version,
        attached_scope="Account",
        attached_entity_type=attachment.entity_type.capitalize(),
        edition=edition,
        digest=digest_of(text),
    )
    return compile_policy(parse(text, Kind.IDENTITY), source)


def _session_policy(caller: Caller) -> PolicySet | None:
    if not isinstance(caller, RoleSession) or caller.session_policy is None:
        return None
    return _compiled_session(caller.session_policy, caller.session_name)


@lru_cache(maxsize=1024)
def _compiled_session(document: str, session_name: str) -> PolicySet:
    source = Source(
        policy_type=Layer.SESSION.value,
        identifier=session_name,
        version=None,
        attached_scope="Session",
        attached_entity_type="Role",
        digest=digest_of(document),
        text=document,
    )
    return PolicySet((compile_policy(parse(document, Kind.SESSION), source),))
