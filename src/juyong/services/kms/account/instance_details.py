"""GetKmsInstance: what an account's instance is, and where it was put."""

import msgspec

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.services.identity.facade import account_made_at
from juyong.services.kms.errors import NoInstance
from juyong.services.kms.instances import (
    RESOURCE,
    Instance,
    InstanceId,
    find_instance,
    one_instance,
)
from juyong.services.kms.keys.create import MOST_KEYS
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_READS
from juyong.services.kms.secrets.create import MOST_SECRETS
from juyong.services.kms.tagging import resource_tags

CALLS_PER_SECOND = 750
"""The published limit of symmetric operations at the shared gateway, which is the only one."""
_CONNECTED = "Connected"
Optional = str | msgspec.UnsetType


class KmsInstance(Shape, frozen=True, kw_only=True):
    """An instance as GetKmsInstance shows it, and as snapshots keep it.

    EndDate is left out: it does not end. So are all networks: it is in none.
    """

    instance_id: str
    instance_name: str
    status: str
    create_time: str
    start_date: str
    end_date: Optional = msgspec.UNSET
    spec: int
    key_num: int
    secret_num: str
    ca_certificate_chain_pem: Optional = msgspec.UNSET
    charge_type: str
    product_version: str
    product_type: str
    sale_status: str
    log: int
    log_storage: int
    deletion_protection: bool
    deletion_protection_description: Optional = msgspec.UNSET


class InstanceAnswer(Shape, frozen=True, kw_only=True):
    """One instance."""

    kms_instance: KmsInstance


@operation(
    KMS,
    "GetKmsInstance",
    resource=one_instance,
    resource_conditions=resource_tags,
    raises=(NoInstance,),
    rate=KEY_READS,
    reads_only=True,
    scans=True,
)
def get_kms_instance(ctx: Context, *, kms_instance_id: InstanceId) -> InstanceAnswer:
    """Return one instance.

    Returns:
        The instance, which is always `Connected`. KeyNum and SecretNum are its quotas,
            CaCertificateChainPem the platform's local CA.

    Source: KMS API reference, GetKmsInstance (documented). Assumed: Spec, ProductVersion, and that
        what is never bought is called pay-as-you-go.
    """
    instance = find_instance(ctx, kms_instance_id)
    ctx.journal.refer(RESOURCE, instance.instance_id)
    state = msgspec.structs.replace(
        shown(ctx, instance),
        ca_certificate_chain_pem=ctx.platform.authority() or msgspec.UNSET,
    )
    return InstanceAnswer(kms_instance=state)


def shown(ctx: Context, instance: Instance) -> KmsInstance:
    """Show an instance."""
    row = instance.row
    made = iso(account_made_at(ctx.tx, instance.account_id))
    return KmsInstance(
        instance_id=instance.instance_id,
        instance_name=instance.instance_id,
        status=_CONNECTED,
        create_time=made,
        start_date=made,
        spec=CALLS_PER_SECOND,
        key_num=ctx.quota("kms.keys", MOST_KEYS),
        secret_num=str(ctx.quota("kms.secrets", MOST_SECRETS)),
        charge_type="POSTPAY",
        product_version="3",
        product_type="kms_ppi_public_cn" if ctx.platform.site == "cn" else "kms_ppi_public_intl",
        sale_status="Normal",
        log=0,
        log_storage=0,
        deletion_protection=row.deletion_protected,
        deletion_protection_description=row.protection_note or msgspec.UNSET,
    )


def note_instance(ctx: Context, instance: Instance) -> None:
    """Journal what an instance has become."""
    state = shown(ctx, instance)
    ctx.journal.record("updated", RESOURCE, instance.instance_id, instance.instance_id, state)
