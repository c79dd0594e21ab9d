"""KMS instances: every account has one, which is there from the start and never bought.

It is a hardware instance where the platform has a hardware module, else a software instance; the
development fallback is no hardware. Keys of a hardware instance are inside the module
(ProtectionLevel HSM), unless KeyStorageMechanism asks for the database: such keys are used in
memory and say SOFTWARE (assumed: the honest reading). Keys without an instance are default keys.
Every region shows the account's one instance as its own; an account that has released it has none,
and gets no other.
"""

from typing import Annotated, Any

from juyong.api.access import acs
from juyong.api.context import Context, Platform
from juyong.api.fields import Doc, Raises, Text, Wire
from juyong.api.resource import Links, Resource
from juyong.api.shape import Of, Shape
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.kms.errors import NoInstance
from juyong.services.kms.keys.hardware import has_module
from juyong.services.kms.tables import InstanceRow, default_instance_id
from juyong.services.kms.tagging import TAGS
from juyong.store.inventory import GLOBAL, Noted
from juyong.store.transaction import Transaction

HARDWARE, SOFTWARE = "hardware", "software"
CALLS_PER_SECOND = 750
"""The published limit of symmetric operations at the shared gateway, which is the only one."""
InstanceId = Annotated[
    str, Text(1, 64, chars=r"A-Za-z0-9\-"), Raises((NoInstance,)), Doc("Its id.")
]
DkmsInstanceId = Annotated[str, Text(1, 64), Wire("DKMSInstanceId"), Raises((NoInstance,))]


class InstanceState(Shape, frozen=True, kw_only=True):
    """An instance as the inventory keeps it."""

    instance_id: str
    deletion_protection: Annotated[bool, Of("deletion_protected")]
    deletion_protection_description: Annotated[str, Of("protection_note")]


def default_instance(ctx: Context) -> InstanceRow:
    """Return the instance of the caller's account; raises NoInstance when it was released."""
    row = ctx.tx.get(InstanceRow, ctx.account_id)
    if row is None:
        raise NoInstance
    return row


def find_instance(ctx: Context, instance_id: str) -> InstanceRow:
    """Return an instance of the caller's account by its id; raises NoInstance."""
    if instance_id != default_instance_id(ctx.account_id):
        raise NoInstance
    return default_instance(ctx)


def kind_of_instances(platform: Platform) -> str:
    """Return HARDWARE or SOFTWARE, which every instance of a platform is."""
    return HARDWARE if has_module(platform, token=True) else SOFTWARE


def instance_arn(ctx: Context, instance_id: str) -> str:
    """Name an instance as the region called shows it."""
    return f"acs:kms:{ctx.region}:{ctx.account_id}:keystore/{instance_id}"


INSTANCE = Resource(
    kind="ACS::KMS::Instance",
    row=InstanceRow,
    id="instance_id",
    name="instance_id",
    arn="kms:keystore/",
    resolve=instance_arn,
    find=find_instance,
    missing=NoInstance,
    state=InstanceState,
    tags=TAGS,
)
ONE_INSTANCE = INSTANCE.by(kms_instance_id=InstanceId)
every_instance = acs("kms", "keystore", regional=True)
IN_INSTANCE: Links[Any] = Links(
    "in",
    lambda _tx, row: (
        [INSTANCE.ref_of(row.account_id, GLOBAL, row.instance_id)] if row.instance_id else []
    ),
)
"""The instance of a key or a secret, if there is one; an instance belongs to every region."""


def new_instance(tx: Transaction, account_id: AccountId, now: Instant) -> Noted:
    """Make the instance of a new account, and return the change for the inventory."""
    row = InstanceRow(account_id=account_id, created_at=now)
    tx.insert(row)
    return INSTANCE.noted("created", row, tags={})
