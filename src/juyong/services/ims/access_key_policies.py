"""Network policies of AccessKeys: from where a key, or any key of the account, may be used."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Raises
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.credentials.access_keys import (
    UserAccessKeyId,
    key_of,
    own_access_keys,
)
from juyong.services.identity.credentials.key_network import (
    KEY_POLICY,
    WHOLE_ACCOUNT,
    BadKeyPolicy,
    NoKeyPolicy,
    parse_key_policy,
)
from juyong.services.identity.users.naming import OWNER_BY_PRINCIPAL
from juyong.services.identity.users.owners import Owner
from juyong.services.ims.product import PRODUCT as IMS

BadKeyPolicyDocument = fact(
    "InvalidParameter.AccessKeyPolicy",
    400,
    'The parameter - "AccessKeyPolicy" is incorrect: {reason}.',
    why="The document is not a network policy.",
)
KeyPolicyText = Annotated[
    str, Raises((BadKeyPolicyDocument,)), Doc("JSON with Status and Statements.")
]


class KeyPolicyAnswer(Shape, frozen=True, kw_only=True):
    """The policy of a key, as JSON text."""

    access_key_id: str
    access_key_policy: str


@operation(IMS, "SetAccessKeyPolicy", on=OWNER_BY_PRINCIPAL)
def set_access_key_policy(
    ctx: Context,
    owner: Owner,
    *,
    user_access_key_id: UserAccessKeyId,
    access_key_policy: KeyPolicyText,
) -> KeyPolicyAnswer:
    """Set the addresses from where an AccessKey may be used, beginning with its next call.

    Assumed: the code of a bad one.
    """
    key = key_of(ctx, owner, user_access_key_id)
    document = _store(ctx, key.access_key_id, access_key_policy)
    return KeyPolicyAnswer(access_key_id=key.access_key_id, access_key_policy=document)


@operation(
    IMS,
    "GetAccessKeyPolicy",
    on=OWNER_BY_PRINCIPAL,
    self_service=own_access_keys,
    raises=(NoKeyPolicy,),
    reads_only=True,
)
def get_access_key_policy(
    ctx: Context, owner: Owner, *, user_access_key_id: UserAccessKeyId
) -> KeyPolicyAnswer:
    """Return the addresses from where an AccessKey may be used.

    Returns:
        The policy as stored; its Statements is a list, if an empty one.

    Source: IMS API reference, GetAccessKeyPolicy (documented); the refusal (observed in Terraform).
    """
    key = key_of(ctx, owner, user_access_key_id)
    document = KEY_POLICY.the(ctx, key.access_key_id).document
    return KeyPolicyAnswer(access_key_id=key.access_key_id, access_key_policy=document)


@operation(IMS, "SetAccessKeyPolicyForAccount", resource=acs("ram", "*"), answers="AccessKeyPolicy")
def set_access_key_policy_for_account(ctx: Context, *, access_key_policy: KeyPolicyText) -> str:
    """Set the addresses for all AccessKeys of the account that have no policy of their own.

    The policy applies to root's keys and to the caller's own keys too.
    """
    return _store(ctx, WHOLE_ACCOUNT, access_key_policy)


@operation(
    IMS,
    "GetAccessKeyPolicyForAccount",
    resource=acs("ram", "*"),
    raises=(NoKeyPolicy,),
    answers="AccessKeyPolicy",
    reads_only=True,
)
def get_access_key_policy_for_account(ctx: Context) -> str:
    """Return the addresses from where the account's AccessKeys may be used."""
    return KEY_POLICY.the(ctx, WHOLE_ACCOUNT).document


def _store(ctx: Context, access_key_id: str, text: str) -> str:
    """Store the policy of a key or of the account; returns its text as kept."""
    try:
        document = parse_key_policy(text).document
    except BadKeyPolicy as bad:
        raise BadKeyPolicyDocument(reason=bad.reason) from bad
    row = KEY_POLICY.find(ctx, access_key_id)
    if row is None:
        KEY_POLICY.create(ctx, access_key_id=access_key_id, document=document)
    else:
        KEY_POLICY.change(ctx, row, document=document)
    return document
