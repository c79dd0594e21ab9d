"""Interfaces in security groups: joined, left, and replaced as a whole.

An interface is in one group at least, in groups of one kind and of its own VPC.

Source: ECS API reference, JoinSecurityGroup, LeaveSecurityGroup, ModifyInstanceAttribute,
ModifyNetworkInterfaceAttribute, and the limits of security groups (documented). A basic group
counts the addresses of its members, an enterprise group its members (documented).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.engines.packet import Kind
from juyong.services.network.rules.tables import RuleRow
from juyong.services.network.tables import AddressRow, GroupRow, InterfaceRow, MemberRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

NoGroup = fact(
    "InvalidSecurityGroupId.NotFound",
    404,
    "The specified SecurityGroupId does not exist.",
    why="The region has no security group of the id.",
)
OtherVpc = fact(
    "InvalidOperation.VpcMismatch",
    403,
    "The specified network interface and security group are not in the same VPC.",
    why="The group belongs to another VPC than the interface.",
)
TwoKinds = fact(
    "InvalidOperation.MultiGroupType",
    400,
    "The security groups of a network interface must be of the same type.",
    why="The interface would be in a basic and in an enterprise group.",
)
TooManyGroups = fact(
    "InstanceSecurityGroupLimitExceeded",
    403,
    "The maximum number of security groups of the network interface is exceeded.",
    why="The interface would be in more groups than the quota `ecs.groups-per-interface`.",
)
GroupIsFull = fact(
    "SecurityGroupInstanceLimitExceeded",
    403,
    "The maximum number of members of the security group is exceeded.",
    why=(
        "The group would hold more than `ecs.addresses-per-group`, or as an enterprise group more"
        " than `ecs.interfaces-per-enterprise-group`."
    ),
)
TooManyRules = fact(
    "AclLimitExceed",
    403,
    "The maximum number of rules of the network interface is exceeded.",
    why="The groups would have more rules together than the quota `ecs.rules-per-interface`.",
)
IsMember = fact(
    "InvalidInstanceId.AlreadyExists",
    403,
    "The specified instance already exists in the specified security group.",
    why="The interface is in the group.",
)
NoMember = fact(
    "InvalidSecurityGroupAssociation.NotFound",
    400,
    "The specified security group is not associated with the instance or network interface.",
    why="The interface is not in the group.",
)
LastGroup = fact(
    "InstanceLastSecurityGroup",
    403,
    "The instance must be in at least one security group.",
    why="The interface is in no other group.",
)
NoGroupAtAll = fact(
    "InvalidOperation.AtLeastInOneGroup",
    403,
    "The network interface must be in at least one security group.",
    why="No group is given.",
)
JOIN_ERRORS = (OtherVpc, TwoKinds, TooManyGroups, GroupIsFull, TooManyRules)
"""The errors of every change that puts an interface into a group."""
REPLACE_ERRORS = (NoGroup, NoGroupAtAll, *JOIN_ERRORS)


def find_group(ctx: Context, group_id: str) -> GroupRow | None:
    """Return a security group of the account in the region called."""
    row = ctx.tx.get(GroupRow, group_id)
    if row is None or (row.account_id, row.region) != (ctx.account_id, ctx.region):
        return None
    return row


def groups_of(tx: Transaction, interface_id: str) -> list[GroupRow]:
    """Return the groups of an interface, by id."""
    held = tx.find(MemberRow, order=("group_id",), interface_id=interface_id)
    found = (tx.get(GroupRow, each.group_id) for each in held)
    return [row for row in found if row is not None]


def join(ctx: Context, group: GroupRow, interface: InterfaceRow) -> None:
    """Put an interface into one more group.

    Raises:
        ApiError: IsMember, or of JOIN_ERRORS.
    """
    held = groups_of(ctx.tx, interface.interface_id)
    if group in held:
        raise IsMember
    _check(ctx, interface, [*held, group])
    _add(ctx, group, interface)


def leave(ctx: Context, group: GroupRow, interface: InterfaceRow) -> None:
    """Take an interface out of a group.

    Raises:
        NoMember, LastGroup: see there.
    """
    member = ctx.tx.get(MemberRow, group.group_id, interface.interface_id)
    if member is None:
        raise NoMember
    if ctx.tx.count(MemberRow, interface_id=interface.interface_id) == 1:
        raise LastGroup
    ctx.tx.delete(member)


def replace(ctx: Context, interface: InterfaceRow, group_ids: Iterable[str]) -> None:
    """Put an interface into just these groups, whether it was in groups before or not.

    All happens in one transaction, so that no packet meets the interface without a group. The
    addresses of a new interface must be taken before, since groups count them.

    Raises:
        ApiError: of REPLACE_ERRORS.
    """
    wanted: list[GroupRow] = []
    for group_id in dict.fromkeys(group_ids):
        found = find_group(ctx, group_id)
        if found is None:
            raise NoGroup
        wanted.append(found)
    if not wanted:
        raise NoGroupAtAll
    _check(ctx, interface, wanted)
    held = {each.group_id: each for each in groups_of(ctx.tx, interface.interface_id)}
    for group in wanted:
        if group.group_id not in held:
            _add(ctx, group, interface)
    for group_id in held.keys() - {each.group_id for each in wanted}:
        ctx.tx.delete(MemberRow(group_id=group_id, interface_id=interface.interface_id))


def leave_all(tx: Transaction, interface_id: str) -> None:
    """Take an interface that is deleted out of its groups."""
    for member in tx.find(MemberRow, interface_id=interface_id):
        tx.delete(member)


def cost_of(tx: Transaction, group_id: str) -> int:
    """Return how many rules of a quota the rules of a group count for, in both directions."""
    return sum(row.cost for row in tx.find(RuleRow, group_id=group_id))


def room(ctx: Context, group: GroupRow) -> int:
    """Return how many more addresses, or interfaces of an enterprise group, a group takes."""
    if group.kind == Kind.ENTERPRISE.value:
        held = ctx.tx.count(MemberRow, group_id=group.group_id)
        return ctx.quota("ecs.interfaces-per-enterprise-group") - held
    ((held,),) = ctx.tx.query(_addresses_of_members, group_id=group.group_id)
    return ctx.quota("ecs.addresses-per-group") - int(held)


def _check(ctx: Context, interface: InterfaceRow, groups: Sequence[GroupRow]) -> None:
    """Refuse groups that an interface cannot be in together."""
    if any(group.vpc_id != interface.vpc_id for group in groups):
        raise OtherVpc
    if len({group.kind for group in groups}) > 1:
        raise TwoKinds
    if len(groups) > ctx.quota("ecs.groups-per-interface"):
        raise TooManyGroups
    cost = sum(cost_of(ctx.tx, group.group_id) for group in groups)
    if cost > ctx.quota("ecs.rules-per-interface"):
        raise TooManyRules


def _add(ctx: Context, group: GroupRow, interface: InterfaceRow) -> None:
    needed = 1
    if group.kind != Kind.ENTERPRISE.value:
        needed = ctx.tx.count(AddressRow, owner_id=interface.interface_id)
    if needed > room(ctx, group):
        raise GroupIsFull
    ctx.tx.insert(MemberRow(group_id=group.group_id, interface_id=interface.interface_id))


def _addresses_of_members() -> "sa.Select[Any]":
    address, member = table_of(AddressRow), table_of(MemberRow)
    return (
        sa.select(sa.func.count())
        .select_from(address.join(member, member.c.interface_id == address.c.owner_id))
        .where(member.c.group_id == sa.bindparam("group_id"))
    )
