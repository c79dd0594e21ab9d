"""The rows of public addresses: EIPs, NAT gateways, SNAT entries and DNAT entries."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table

_OF_REGION = ("account_id", "region")


@table(
    "network_eip",
    key=("allocation_id",),
    unique=(("address",),),
    index=(_OF_REGION, ("bound_id",), ("interface_id",), ("vpc_id",)),
)
class EipRow(msgspec.Struct, frozen=True, kw_only=True):
    """One EIP; no two have one address.

    bound_type, bound_id: Of the resource that the EIP is bound to, `EcsInstance`,
    `NetworkInterface` or `Nat`; empty while the EIP is free. interface_id: The interface whose
    `private_address` the EIP stands for; empty of a NAT gateway's. private_address: Of a NAT
    gateway in the mode NAT, the address of the vSwitch that the EIP takes. named_address: The
    private address that the call named; empty where the call left the choice to the service.
    bandwidth: Mbit/s, which is shown and not enforced.
    """

    allocation_id: str
    account_id: AccountId
    region: str
    address: str
    eip_name: str
    description: str
    bandwidth: int
    internet_charge_type: str
    deletion_protection: bool = False
    bound_type: str = ""
    bound_id: str = ""
    interface_id: str = ""
    private_address: str = ""
    vpc_id: str = ""
    created_at: Instant
    version: int = 0
    named_address: str = ""

    @property
    def shown_address(self) -> str:
        """The private address as lists show it: of an interface, only one that the call named.

        Source: the Terraform provider makes an association anew that shows an address which its
        configuration does not give, and one that shows none where the configuration gives one
        (observed).
        """
        return self.named_address if self.interface_id else self.private_address

    @property
    def status(self) -> str:
        """The status; an EIP is bound and unbound at once, so none is between two."""
        return "InUse" if self.bound_id else "Available"


@table(
    "network_nat",
    key=("nat_id",),
    index=(_OF_REGION, ("vpc_id",), ("vswitch_id",), ("snat_table_id",), ("forward_table_id",)),
)
class NatRow(msgspec.Struct, frozen=True, kw_only=True):
    """One NAT gateway for the Internet, with one table of SNAT entries and one of DNAT entries.

    private_address: Of its vSwitch. bind_mode: `MULTI_BINDED`, or `NAT`, in which each EIP takes an
    address of the vSwitch too.
    """

    nat_id: str
    account_id: AccountId
    region: str
    vpc_id: str
    vswitch_id: str
    zone_id: str
    nat_name: str
    description: str
    snat_table_id: str
    forward_table_id: str
    private_address: str
    bind_mode: str
    deletion_protection: bool = False
    created_at: Instant
    version: int = 0


@table("network_snat_entry", key=("entry_id",), index=(("nat_id",), ("vswitch_id",)))
class SnatRow(msgspec.Struct, frozen=True, kw_only=True):
    """One SNAT entry: sources of a block leave with one public address.

    vswitch_id: The vSwitch that a call named in the place of a block; else empty. source: The
    block, that of the vSwitch where one was named.
    """

    entry_id: str
    account_id: AccountId
    region: str
    nat_id: str
    entry_name: str
    source: str
    vswitch_id: str
    address: str
    created_at: Instant
    version: int = 0


@table("network_forward_entry", key=("entry_id",), index=(("nat_id",),))
class ForwardRow(msgspec.Struct, frozen=True, kw_only=True):
    """One DNAT entry.

    protocol: `tcp`, `udp` or `any`, with which the whole address is mapped and both ports are
    `any`. Ports: `80`, or a range `80/90`.
    """

    entry_id: str
    account_id: AccountId
    region: str
    nat_id: str
    entry_name: str
    external_address: str
    external_port: str
    internal_address: str
    internal_port: str
    protocol: str
    created_at: Instant
    version: int = 0
