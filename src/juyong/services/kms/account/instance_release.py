"""ReleaseKmsInstance: an account's instance is given up, and all that is in it destroyed."""

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.operation import operation
from juyong.api.shape import Empty
from juyong.services.kms.account.instance_details import shown
from juyong.services.kms.errors import NoInstance
from juyong.services.kms.instances import (
    RESOURCE,
    InstanceId,
    change_instance,
    find_instance,
    one_instance,
)
from juyong.services.kms.keys.deletion import delete_for_good
from juyong.services.kms.keys.noting import note_key
from juyong.services.kms.keys.switching import DeletionProtected
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import CREATE_KEY as INSTANCE_WRITES
from juyong.services.kms.secrets.deletion import erase
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.tagging import instance_tagged, remove_tags, resource_tags


class NoBackup(ApiError):
    """The instance holds keys or secrets, of which no backup can be."""

    code, status = "Forbidden.NoBackup", 403
    text = "The instance has no backup."


@operation(
    KMS,
    "ReleaseKmsInstance",
    resource=one_instance,
    resource_conditions=resource_tags,
    raises=(NoInstance, NoBackup, DeletionProtected),
    rate=INSTANCE_WRITES,
)
def release_kms_instance(
    ctx: Context,
    *,
    kms_instance_id: InstanceId,
    force_delete_without_backup: bool = False,
) -> Empty:
    """Give up the account's instance for good; the account gets no other.

    Args:
        force_delete_without_backup: Destroy the keys and secrets in it, in all regions, at once
            and without a window. What was encrypted under those keys opens no more.

    Cost: all keys and secrets in it are read and deleted.
    Source: KMS API reference, ReleaseKmsInstance (documented). Assumed: that protection refuses.
    """
    instance = find_instance(ctx, kms_instance_id)
    owner, inside = ctx.account_id, instance.instance_id
    keys = ctx.tx.find(KeyRow, account_id=owner, instance_id=inside)
    secrets = ctx.tx.find(SecretRow, account_id=owner, instance_id=inside)
    if instance.row.deletion_protected or any(key.deletion_protected for key in keys):
        raise DeletionProtected
    if (keys or secrets) and not force_delete_without_backup:
        raise NoBackup
    for secret in secrets:
        erase(ctx, secret)
    for key in keys:
        note_key(ctx.tx, ctx.journal, "deleted", key)
        delete_for_good(ctx.tx, key, ctx.now, ctx.journal)
    state = shown(ctx, instance)
    remove_tags(ctx.tx, instance_tagged(ctx.account_id, instance.instance_id))
    change_instance(ctx, instance, released_at=ctx.now)
    ctx.journal.record("deleted", RESOURCE, instance.instance_id, instance.instance_id, state)
    return Empty()
