"""Network ACLs and their entries; a vSwitch names the ACL that is bound to it."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("network_acl", key=("acl_id",), index=(("account_id", "region"), ("vpc_id",)))
class AclRow(msgspec.Struct, frozen=True, kw_only=True):
    """One network ACL."""

    acl_id: str
    account_id: AccountId
    region: str
    vpc_id: str
    acl_name: str = ""
    description: str = ""
    created_at: Instant
    version: int = 0


@table("network_acl_entry", key=("acl_id", "direction", "position"), index=(("peer",),))
class AclEntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an ACL.

    direction: `ingress` or `egress`. position: From 1; entries are tried in this order. policy:
    `accept` or `drop`. protocol: In small letters; `all` is any. port: `22/22` or `-1/-1`, always
    of the target. peer: A CIDR block or the id of a prefix list.
    """

    acl_id: str
    direction: str
    position: int
    entry_id: str
    entry_name: str = ""
    description: str = ""
    policy: str
    protocol: str
    port: str
    peer: str
    ip_version: str = "IPv4"
