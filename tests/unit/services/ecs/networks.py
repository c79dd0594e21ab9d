"""Rows of a small network, as CreateVpc and RunInstances make them: what tests of groups need."""

from itertools import count

from juyong.app.platform import Running
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.network.tables import AddressRow, InterfaceRow, VpcRow
from juyong.store.transaction import Transaction

REGION = "cn-hangzhou"
_NUMBERS = count(1)
_MADE = Instant(1_800_000_000)


def store_vpc(running: Running, account_id: AccountId, region: str = REGION) -> str:
    """Store a VPC and return its id."""
    number = next(_NUMBERS)
    row = VpcRow(
        vpc_id=f"vpc-{number:017}",
        account_id=account_id,
        region=region,
        vpc_name="",
        description="",
        cidr="10.0.0.0/8",
        vrouter_id=f"vrt-{number:017}",
        table_id=f"vtb-{number:017}",
        created_at=_MADE,
    )
    running.store.call(lambda tx: tx.insert(row))
    return row.vpc_id


def store_interface(
    running: Running,
    account_id: AccountId,
    vpc_id: str,
    *,
    instance_id: str = "",
    addresses: int = 1,
) -> str:
    """Store an interface in no group and return its id; the primary one of an instance, if any."""
    number = next(_NUMBERS)
    base = f"10.{number >> 8 & 255}.{number & 255}"
    row = InterfaceRow(
        interface_id=f"eni-{number:017}",
        account_id=account_id,
        region=REGION,
        vpc_id=vpc_id,
        vswitch_id=f"vsw-{number:017}",
        zone_id=f"{REGION}-a",
        interface_name="",
        description="",
        mac="00:16:3e:00:00:01",
        address=f"{base}.1",
        instance_id=instance_id,
        is_primary=bool(instance_id),
        status="InUse" if instance_id else "Available",
        created_at=_MADE,
    )

    def store(tx: Transaction) -> None:
        tx.insert(row)
        for host in range(1, addresses + 1):
            tx.insert(
                AddressRow(
                    vswitch_id=row.vswitch_id,
                    address=f"{base}.{host}",
                    number=host,
                    owner_id=row.interface_id,
                )
            )

    running.store.call(store)
    return row.interface_id
