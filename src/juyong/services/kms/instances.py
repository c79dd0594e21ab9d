"""KMS instances: every account has one, which is there from the start and never bought.

It is a hardware instance where the platform has a hardware module, else a software one. Keys of a
hardware instance are inside the module (ProtectionLevel HSM), unless KeyStorageMechanism asks for
the database: such keys are used in memory and say SOFTWARE (assumed: the honest reading). Keys
without an instance are default keys.
"""

import hashlib
from dataclasses import dataclass

from juyong.api.context import Context
from juyong.base.ids import AccountId
from juyong.services.kms.errors import NoInstance
from juyong.services.kms.keys.hardware import has_module

HARDWARE = "hardware"
SOFTWARE = "software"
_DIGITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One instance. kind: HARDWARE or SOFTWARE."""

    instance_id: str
    account_id: AccountId
    kind: str


def default_instance_id(account_id: AccountId) -> str:
    """Return the id of an account's instance; the same for ever."""
    return "kst-" + hashlib.sha256(f"kms-instance:{account_id}".encode()).hexdigest()[:_DIGITS]


def default_instance(ctx: Context) -> Instance:
    """Return the instance of the caller's account."""
    return Instance(
        instance_id=default_instance_id(ctx.account_id),
        account_id=ctx.account_id,
        kind=HARDWARE if has_module(ctx.platform) else SOFTWARE,
    )


def find_instance(ctx: Context, instance_id: str) -> Instance:
    """Return an instance of the caller's account by its id.

    Raises:
        NoInstance: the account has no such instance.
    """
    if instance_id != default_instance_id(ctx.account_id):
        raise NoInstance
    return default_instance(ctx)
