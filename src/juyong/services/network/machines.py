"""The instances that run, as the network plane is told of them, and as it asks back."""

import base64

from juyong.netplane.desired import Machine
from juyong.services.network.tables import (
    AddressRow,
    InstanceRow,
    InterfaceRow,
    VSwitchRow,
)
from juyong.store.transaction import Transaction

RUNNING = "Running"


def machines(tx: Transaction) -> tuple[Machine, ...]:
    """Return every instance that runs, of all accounts, by id.

    Cost: all interfaces and running instances.
    """
    cards: dict[str, list[InterfaceRow]] = {}
    for card in tx.find(InterfaceRow, order=("device_index", "interface_id")):
        cards.setdefault(card.instance_id, []).append(card)
    rows = tx.find(InstanceRow, order=("instance_id",), status=RUNNING)
    return tuple(_machine(row, cards.get(row.instance_id, [])) for row in rows)


def _machine(row: InstanceRow, cards: list[InterfaceRow]) -> Machine:
    """Show a row; user data is run at the first start alone, so later starts are told none."""
    data = base64.b64decode(row.user_data.reveal()) if row.boot == 1 else b""
    return Machine(
        id=row.instance_id,
        hostname=row.host_name,
        interface_ids=tuple(card.interface_id for card in cards),
        boot=row.boot,
        user_data=data,
        memory_mb=row.memory_mib,
    )


def instance_at(tx: Transaction, vpc_id: str, address: str) -> InstanceRow | None:
    """Return the instance that has a private address in a VPC and runs; None if there is none.

    SECURITY: the plane says the VPC of a packet by where the packet arrived, and drops packets from
    an address that the sending interface does not have.

    Cost: one read for each vSwitch of the VPC.
    """
    for vswitch in tx.find(VSwitchRow, vpc_id=vpc_id):
        taken = tx.get(AddressRow, vswitch.vswitch_id, address)
        card = tx.get(InterfaceRow, taken.owner_id) if taken is not None else None
        if card is not None and card.instance_id:
            row = tx.get(InstanceRow, card.instance_id)
            return row if row is not None and row.status == RUNNING else None
    return None
