"""The operations on instances: show, list, quotas, release."""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import OneOf
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.kms.errors import NoInstance
from juyong.services.kms.filters import FilterText, parse_filters
from juyong.services.kms.instances import (
    CALLS_PER_SECOND,
    INSTANCE,
    ONE_INSTANCE,
    InstanceId,
    default_instance,
    every_instance,
    find_instance,
    instance_arn,
)
from juyong.services.kms.keys.deletion import DeletionProtected, delete_for_good
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.product import CREATE_KEY, KMS, LISTS, READS
from juyong.services.kms.secrets.deletion import erase
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.shown import Optional
from juyong.services.kms.tables import InstanceRow, default_instance_id

_ID = "KmsInstanceId"


class KmsInstance(Shape, frozen=True, kw_only=True):
    """An instance as GetKmsInstance shows it.

    EndDate is left out, since an instance does not end; all networks, since it is in none.
    """

    instance_id: str
    instance_name: Annotated[str, Of("instance_id")]
    status: str = "Connected"
    create_time: Annotated[str, Of("created_at", iso)]
    start_date: Annotated[str, Of("created_at", iso)]
    end_date: Optional = msgspec.UNSET
    spec: int = CALLS_PER_SECOND
    key_num: int
    secret_num: str
    ca_certificate_chain_pem: Optional = msgspec.UNSET
    charge_type: str = "POSTPAY"
    product_version: str = "3"
    product_type: str
    sale_status: str = "Normal"
    log: int = 0
    log_storage: int = 0
    deletion_protection: Annotated[bool, Of("deletion_protected")]
    deletion_protection_description: Annotated[
        Optional, Of("protection_note", lambda text: text or msgspec.UNSET)
    ]


class ListedInstance(Shape, frozen=True, kw_only=True):
    """An instance in a list."""

    kms_instance_id: str
    kms_instance_arn: str


class DefaultInstanceAnswer(Shape, frozen=True, kw_only=True):
    """The account's instance; left out where it was released."""

    default_kms_instance_id: Optional = msgspec.UNSET


class QuotaInfo(Shape, frozen=True, kw_only=True):
    """One quota; the use of calls a second is not measured, and left out."""

    resource_type: str
    resource_quota: int
    used_quantity: int | msgspec.UnsetType = msgspec.UNSET


class QuotaAnswer(Shape, frozen=True, kw_only=True):
    """The quotas of an instance."""

    kms_instance_id: str
    kms_instance_quota_infos: list[QuotaInfo]


NoBackup = fact(
    "Forbidden.NoBackup",
    403,
    "The instance has no backup.",
    why="The instance holds keys or secrets, of which no backup can be.",
)


@operation(KMS, "GetKmsInstance", on=ONE_INSTANCE, answers="KmsInstance", **LISTS)
def get_kms_instance(ctx: Context, instance: InstanceRow) -> KmsInstance:
    """Return one instance, which is always `Connected`.

    KeyNum and SecretNum are its quotas, CaCertificateChainPem the platform's local CA.

    Assumed: Spec, ProductVersion, and that an instance that is never bought is called
    pay-as-you-go.
    """
    return KmsInstance.of(
        instance,
        key_num=ctx.quota("kms.keys"),
        secret_num=str(ctx.quota("kms.secrets")),
        ca_certificate_chain_pem=ctx.platform.authority() or msgspec.UNSET,
        product_type="kms_ppi_public_cn" if ctx.platform.site == "cn" else "kms_ppi_public_intl",
    )


@operation(
    KMS, "ListKmsInstances", resource=every_instance, answers="KmsInstances.KmsInstance", **LISTS
)
def list_kms_instances(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20, filters: FilterText = ""
) -> Listing[ListedInstance, NumberedPage]:
    """List the account's instances: one, or none once it is released.

    Args:
        filters: JSON, `[{"Key":"KmsInstanceId","Values":["kst-…"]}]` (the key is assumed).
    """
    wanted = parse_filters(filters, frozenset({_ID})).get(_ID)
    found = [one for one in _instance_ids(ctx) if wanted is None or one in wanted]
    return numbered(found, page_number, page_size).map(
        lambda one: ListedInstance(kms_instance_id=one, kms_instance_arn=instance_arn(ctx, one))
    )


@operation(KMS, "GetDefaultKmsInstance", resource=every_instance, **READS)
def get_default_kms_instance(ctx: Context) -> DefaultInstanceAnswer:
    """Name the account's instance; the answer is empty once it is released.

    Source: official SDK, GetDefaultKmsInstance (documented).
    """
    found = next(iter(_instance_ids(ctx)), msgspec.UNSET)
    return DefaultInstanceAnswer(default_kms_instance_id=found)


def _instance_ids(ctx: Context) -> list[str]:
    try:
        return [default_instance(ctx).instance_id]
    except NoInstance:
        return []


def _asked(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the instance of a call, which may leave it out and then means the account's."""
    asked = arguments.get("kms_instance_id") or default_instance_id(ctx.account_id)
    return (instance_arn(ctx, asked),)


@operation(
    KMS,
    "GetKmsInstanceQuotaInfos",
    resource=_asked,
    resource_conditions=INSTANCE.tag_conditions,
    **LISTS,
)
def get_kms_instance_quota_infos(
    ctx: Context,
    *,
    kms_instance_id: InstanceId | None = None,
    resource_type: Annotated[str, OneOf(("key", "secret", "qps", "vpc"))] | None = None,
) -> QuotaAnswer:
    """Return the quotas of an instance, and their use.

    Keys and secrets without an instance count too: the quotas are the account's in the region.

    Args:
        kms_instance_id: Its id; the account's without it.
        resource_type: Only this one; `vpc` has none, since an instance is in no network.

    Source: official SDK, GetKmsInstanceQuotaInfos (documented); what counts (assumed).
    """
    instance = find_instance(ctx, kms_instance_id) if kms_instance_id else default_instance(ctx)
    held = {"account_id": ctx.account_id, "region": ctx.region}
    quotas: tuple[tuple[str, int, int | msgspec.UnsetType], ...] = (
        ("key", ctx.quota("kms.keys"), ctx.tx.count(KeyRow, **held)),
        ("secret", ctx.quota("kms.secrets"), ctx.tx.count(SecretRow, **held)),
        ("qps", CALLS_PER_SECOND, msgspec.UNSET),
    )
    return QuotaAnswer(
        kms_instance_id=instance.instance_id,
        kms_instance_quota_infos=[
            QuotaInfo(resource_type=kind, resource_quota=quota, used_quantity=used)
            for kind, quota, used in quotas
            if resource_type in (None, kind)
        ],
    )


@operation(
    KMS,
    "ReleaseKmsInstance",
    on=ONE_INSTANCE,
    raises=(NoBackup, DeletionProtected),
    rate=CREATE_KEY,
)
def release_kms_instance(
    ctx: Context, instance: InstanceRow, *, force_delete_without_backup: bool = False
) -> None:
    """Give up the account's instance for good; the account gets no other.

    Args:
        force_delete_without_backup: Destroy the keys and secrets in it, in all regions, at once
            and without a window. Ciphertexts under those keys can never be opened again.

    Cost: all keys and secrets in it are read and deleted.
    Assumed: that protection refuses.
    """
    owner, inside = ctx.account_id, instance.instance_id
    keys = ctx.tx.find(KeyRow, account_id=owner, instance_id=inside)
    secrets = ctx.tx.find(SecretRow, account_id=owner, instance_id=inside)
    if instance.deletion_protected or any(key.deletion_protected for key in keys):
        raise DeletionProtected
    if (keys or secrets) and not force_delete_without_backup:
        raise NoBackup
    for secret in secrets:
        erase(ctx, secret)
    for key in keys:
        delete_for_good(ctx.tx, key, ctx.now, ctx.journal)
    INSTANCE.remove(ctx, instance)
