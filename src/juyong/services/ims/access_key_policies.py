"""Network policies of AccessKeys: from where a key, or any key of the account, may be used."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.credentials.access_keys import NoAccessKey, key_of
from juyong.services.identity.credentials.key_network import (
    WHOLE_ACCOUNT,
    BadKeyPolicy,
    parse_key_policy,
)
from juyong.services.identity.credentials.tables import AccessKeyPolicyRow
from juyong.services.identity.fields import UserPrincipalName
from juyong.services.identity.users.lookup import own_or_named, owner_by_name
from juyong.services.identity.users.users import NoUser
from juyong.services.ims.access_keys import own_access_keys
from juyong.services.ims.fields import UserAccessKeyId
from juyong.services.ims.product import PRODUCT as IMS

RESOURCE = "ACS::RAM::AccessKeyPolicy"


class NoKeyPolicy(ApiError):
    """No policy was ever set."""

    code, status = "EntityNotExist.AccessKeyPolicy", 404
    text = "The access key policy does not exist."


class BadKeyPolicyDocument(ApiError):
    """The document is not a network policy."""

    code, status = "InvalidParameter.AccessKeyPolicy", 400
    text = 'The parameter - "AccessKeyPolicy" is incorrect: {reason}.'


class KeyPolicyAnswer(Shape, frozen=True, kw_only=True):
    """The policy of a key, as JSON text."""

    access_key_id: str
    access_key_policy: str


class AccountKeyPolicyAnswer(Shape, frozen=True, kw_only=True):
    """The policy of all keys, as JSON text."""

    access_key_policy: str


@operation(
    IMS,
    "SetAccessKeyPolicy",
    resource=own_or_named,
    raises=(NoUser, NoAccessKey, BadKeyPolicyDocument),
)
def set_access_key_policy(
    ctx: Context,
    *,
    user_access_key_id: UserAccessKeyId,
    access_key_policy: str,
    user_principal_name: UserPrincipalName | None = None,
) -> KeyPolicyAnswer:
    """Say from where an AccessKey may be used; the next call with it already is judged by that.

    Args:
        access_key_policy: JSON with Status and Statements.
        user_principal_name: Whose; absent is the caller, root included.

    Returns:
        The policy as stored.

    Source: IMS API reference, SetAccessKeyPolicy (documented); the code of a bad one (assumed).
    """
    key = key_of(ctx, owner_by_name(ctx, user_principal_name), user_access_key_id)
    document = _store(ctx, key.access_key_id, access_key_policy)
    return KeyPolicyAnswer(access_key_id=key.access_key_id, access_key_policy=document)


@operation(
    IMS,
    "GetAccessKeyPolicy",
    resource=own_or_named,
    self_service=own_access_keys,
    raises=(NoUser, NoAccessKey, NoKeyPolicy),
    reads_only=True,
)
def get_access_key_policy(
    ctx: Context,
    *,
    user_access_key_id: UserAccessKeyId,
    user_principal_name: UserPrincipalName | None = None,
) -> KeyPolicyAnswer:
    """Return from where an AccessKey may be used.

    Args:
        user_principal_name: Whose; absent is the caller, root included.

    Returns:
        The policy as stored; its Statements is a list, if an empty one.

    Source: IMS API reference, GetAccessKeyPolicy (documented); the refusal (observed in Terraform).
    """
    key = key_of(ctx, owner_by_name(ctx, user_principal_name), user_access_key_id)
    document = _stored(ctx, key.access_key_id)
    return KeyPolicyAnswer(access_key_id=key.access_key_id, access_key_policy=document)


@operation(
    IMS,
    "SetAccessKeyPolicyForAccount",
    resource=acs("ram", "*"),
    raises=(BadKeyPolicyDocument,),
)
def set_access_key_policy_for_account(
    ctx: Context, *, access_key_policy: str
) -> AccountKeyPolicyAnswer:
    """Say from where the account's AccessKeys may be used that have no policy of their own.

    It holds for root's keys and for the caller's too.

    Args:
        access_key_policy: JSON with Status and Statements.

    Returns:
        The policy as stored.

    Source: IMS API reference, SetAccessKeyPolicyForAccount (documented).
    """
    return AccountKeyPolicyAnswer(access_key_policy=_store(ctx, WHOLE_ACCOUNT, access_key_policy))


@operation(
    IMS,
    "GetAccessKeyPolicyForAccount",
    resource=acs("ram", "*"),
    raises=(NoKeyPolicy,),
    reads_only=True,
)
def get_access_key_policy_for_account(ctx: Context) -> AccountKeyPolicyAnswer:
    """Return from where the account's AccessKeys may be used.

    Returns:
        The policy as stored.

    Source: IMS API reference, GetAccessKeyPolicyForAccount (documented).
    """
    return AccountKeyPolicyAnswer(access_key_policy=_stored(ctx, WHOLE_ACCOUNT))


def _store(ctx: Context, access_key_id: str, text: str) -> str:
    try:
        document = parse_key_policy(text).document
    except BadKeyPolicy as bad:
        raise BadKeyPolicyDocument(reason=bad.reason) from bad
    row = ctx.tx.get(AccessKeyPolicyRow, ctx.account_id, access_key_id)
    if row is not None:
        ctx.tx.update(row, document=document)
    else:
        ctx.tx.insert(
            AccessKeyPolicyRow(
                account_id=ctx.account_id, access_key_id=access_key_id, document=document
            )
        )
    subject = access_key_id or ctx.account_id
    state = KeyPolicyAnswer(access_key_id=access_key_id, access_key_policy=document)
    ctx.journal.record("created" if row is None else "updated", RESOURCE, subject, subject, state)
    return document


def _stored(ctx: Context, access_key_id: str) -> str:
    row = ctx.tx.get(AccessKeyPolicyRow, ctx.account_id, access_key_id)
    if row is None:
        raise NoKeyPolicy
    return row.document
