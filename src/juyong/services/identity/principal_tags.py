"""The tags of a caller, as condition keys: policies may let users have what has their own tags.

Source: `ram:PrincipalTag/<key>` in policies of users (observed); that a session has the tags of its
role is assumed.
"""

from juyong.api.caller import Caller, RoleSession, User
from juyong.store.inventory import GLOBAL, Ref
from juyong.store.tags import tags_of
from juyong.store.transaction import Transaction

# PERF: the types of users and roles are named here, since their modules import parsers of XML.
_PREFIX = "ram:PrincipalTag/"


def principal_tags(tx: Transaction, caller: Caller) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of the tags of a user, or of a session's role; one read."""
    match caller:
        case User():
            ref = Ref(caller.account_id, GLOBAL, "ACS::RAM::User", caller.user_id)
        case RoleSession():
            ref = Ref(caller.account_id, GLOBAL, "ACS::RAM::Role", caller.role_id)
        case _:
            return {}
    return {f"{_PREFIX}{key}": (value,) for key, value in tags_of(tx, ref).items()}
