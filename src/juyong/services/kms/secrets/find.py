"""Find secrets, and say what a call about one must be allowed."""

from juyong.api.access import Also, TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.services.kms.crypto.access import symmetric_conditions
from juyong.services.kms.errors import NoResource
from juyong.services.kms.keys.find import key_name_of, key_policy
from juyong.services.kms.keys.names import key_arn
from juyong.services.kms.keys.policy import target_policy
from juyong.services.kms.secrets.names import RESOURCE, Reference, refer, secret_arn
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.tagging import resource_tags


class InDeleteWindow(ApiError):
    """The secret waits to be deleted; its name is taken until then."""

    code, status = "Rejected.ResourceInDeleteWindow", 409
    text = "The request was rejected because the secret is waiting to be deleted."


def find_secret(ctx: Context, name: str) -> SecretRow:
    """Return the secret a SecretName parameter names, in its deletion window too.

    Raises:
        NoResource: there is none, or its window is over.
    """
    row = row_of(ctx, refer(ctx, name))
    if row is None:
        raise NoResource
    ctx.journal.refer(RESOURCE, row.name, row.account_id)
    return row


def find_live_secret(ctx: Context, name: str) -> SecretRow:
    """Return a secret for an operation that uses or changes it.

    Raises:
        NoResource: as find_secret.
        InDeleteWindow: it waits to be deleted.
    """
    row = find_secret(ctx, name)
    if row.delete_at is not None:
        raise InDeleteWindow
    return row


def row_of(ctx: Context, reference: Reference) -> SecretRow | None:
    """Return the row of a secret unless its deletion window is over."""
    row = ctx.tx.find_one(
        SecretRow,
        account_id=reference.account_id,
        region=reference.region,
        name=reference.name,
    )
    return row if row is None or row.delete_at is None or row.delete_at > ctx.now else None


def arn_of(row: SecretRow) -> str:
    """Name a secret by its row."""
    return secret_arn(row.account_id, row.region, row.name)


def one_secret(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the secret of a call."""
    return (secret_name_of(ctx, arguments.get("secret_name") or "*"),)


def secret_name_of(ctx: Context, name: str) -> str:
    """Return the ARN that a SecretName parameter stands for."""
    reference = refer(ctx, name)
    return secret_arn(reference.account_id, reference.region, reference.name)


def secret_policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    """Return the policy of the secret of a call, if it carries one."""
    return policy_of(row_of(ctx, refer(ctx, arguments["secret_name"])))


def policy_of(row: SecretRow | None) -> TargetPolicy | None:
    """Present a secret's own policy to the policy engine."""
    if row is None or row.policy is None:
        return None
    return target_policy(row.policy, row.account_id, arn_of(row))


def seals_with_own_key(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name kms:GenerateDataKey on the secret's key, where it has one of its owner's."""
    return key_needs(ctx, "kms:GenerateDataKey", arguments["secret_name"])


def opens_with_own_key(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name kms:Decrypt on the secret's key, where it has one of its owner's."""
    return key_needs(ctx, "kms:Decrypt", arguments["secret_name"])


def key_needs(ctx: Context, action: str, name: str) -> tuple[Also, ...]:
    """Return what using a secret's own key needs; the service's key is used by the service."""
    row = row_of(ctx, refer(ctx, name))
    if row is None or not row.own_key:
        return ()
    return (key_need(ctx, action, key_arn(row.account_id, row.region, row.key_id)),)


def key_need(ctx: Context, action: str, key_name: str) -> Also:
    """Return what an action on a key needs, with the key's own tags and policy."""
    resource = key_name_of(ctx, key_name)
    return Also(
        action=action,
        resource=resource,
        conditions={**symmetric_conditions(None), **resource_tags(ctx, resource)},
        policy=key_policy(ctx, {"key_id": key_name}),
    )
