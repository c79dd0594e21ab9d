"""KMS instances: every account has one, which is there from the start and never bought.

It is a hardware instance where the platform has a hardware module, else a software one; the
development fallback is none. Keys of a
hardware instance are inside the module (ProtectionLevel HSM), unless KeyStorageMechanism asks for
the database: such keys are used in memory and say SOFTWARE (assumed: the honest reading). Keys
without an instance are default keys. Every region shows the account's one instance as its own; an
account that has released it has none, and gets no other.
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Text
from juyong.base.ids import AccountId
from juyong.services.kms.errors import NoInstance
from juyong.services.kms.keys.hardware import has_hardware
from juyong.services.kms.tables import InstanceRow

HARDWARE = "hardware"
SOFTWARE = "software"
RESOURCE = "ACS::KMS::Instance"
"""The type of an instance in events and snapshots."""
InstanceId = Annotated[str, Text(1, 64, chars=r"A-Za-z0-9\-"), Doc("Its id.")]
RELATIVE = "keystore/"
one_instance = acs("kms", "keystore/{kms_instance_id}", regional=True)
every_instance = acs("kms", "keystore", regional=True)
_DIGITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One instance. kind: HARDWARE or SOFTWARE. row: What was changed of it, stored or not yet."""

    instance_id: str
    account_id: AccountId
    kind: str
    row: InstanceRow


def default_instance_id(account_id: AccountId) -> str:
    """Return the id of an account's instance; the same for ever."""
    return "kst-" + hashlib.sha256(f"kms-instance:{account_id}".encode()).hexdigest()[:_DIGITS]


def instance_arn(account_id: AccountId, region: str, instance_id: str) -> str:
    """Name an instance as one region shows it."""
    return f"acs:kms:{region}:{account_id}:{RELATIVE}{instance_id}"


def default_instance(ctx: Context) -> Instance:
    """Return the instance of the caller's account.

    Raises:
        NoInstance: it was released.
    """
    stored = ctx.tx.get(InstanceRow, ctx.account_id)
    if stored is not None and stored.released_at is not None:
        raise NoInstance
    return Instance(
        instance_id=default_instance_id(ctx.account_id),
        account_id=ctx.account_id,
        kind=HARDWARE if has_hardware(ctx.platform) else SOFTWARE,
        row=stored or InstanceRow(account_id=ctx.account_id),
    )


def find_instance(ctx: Context, instance_id: str) -> Instance:
    """Return an instance of the caller's account by its id.

    Raises:
        NoInstance: the account has no such instance.
    """
    if instance_id != default_instance_id(ctx.account_id):
        raise NoInstance
    return default_instance(ctx)


def change_instance(ctx: Context, instance: Instance, **changes: object) -> InstanceRow:
    """Store what changed of an instance."""
    if ctx.tx.get(InstanceRow, instance.account_id) is None:
        ctx.tx.insert(instance.row)
    return ctx.tx.update(instance.row, **changes)


def instance_or_default(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the instance of a call, which may leave it out and then means the account's."""
    instance_id = arguments.get("kms_instance_id") or default_instance_id(ctx.account_id)
    return (instance_arn(ctx.account_id, ctx.region, instance_id),)
