"""Prefix lists, which ECS and VPC both make and change: CIDR blocks of one IP version under an id.

Source: ECS API reference, CreatePrefixList, DeletePrefixList (documented); that both products show
the same lists is documented for their ids.
"""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.errors import fact
from juyong.api.resource import Quota, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape, to_builtins
from juyong.engines.packet import Cidr
from juyong.services.network.acls.tables import AclEntryRow
from juyong.services.network.lists.entries import Entries, groups_of
from juyong.services.network.rules.tables import PrefixListRow, PrefixRow, RuleRow
from juyong.services.network.tags import RULES
from juyong.store.transaction import Transaction

FAMILIES = {"IPv4": 4, "IPv6": 6}
NAMES = {version: name for name, version in FAMILIES.items()}
NoList = fact(
    "InvalidPrefixListId.NotFound",
    404,
    "The specified prefix list was not found.",
    why="The region has no prefix list of the id.",
)
TooManyLists = fact(
    "LimitExceed.PrefixListPerRegion",
    404,
    "The number of prefix lists in the region exceeds the limit.",
    why="The region holds the quota `ecs.prefix-lists`.",
)
BadCidr = fact(
    "InvalidParameter.CidrMalformed",
    400,
    "The specified CIDR block is invalid.",
    why="The text is no block of the list's IP version, or has bits behind its prefix.",
)
CidrTwice = fact(
    "InvalidParameter.CidrDuplicated",
    400,
    "The specified CIDR block is duplicated.",
    why="A block is given twice, or is both added and removed.",
)
HasAssociations = fact(
    "NotAllowed.AssociationExist",
    400,
    "The specified prefix list has associated resources.",
    why="Rules of security groups or entries of network ACLs name the list.",
)


MOST_KEPT = 200
"""The most blocks of a list that the inventory keeps: as many as ECS lets a list have.

Source: ECS API reference, CreatePrefixList (documented). An operator may let lists have more, for
feeds; one copy of a feed an hour would fill the history.
"""


class PrefixListState(Shape, frozen=True, kw_only=True):
    """A prefix list without its blocks."""

    prefix_list_id: Annotated[str, Of("list_id")]
    prefix_list_name: Annotated[str, Of("list_name")]
    description: str
    address_family: Annotated[str, Of("ip_version", NAMES.__getitem__)]
    max_entries: int
    creation_time: CreateDate


def _state(tx: Transaction, row: PrefixListRow) -> Mapping[str, object]:
    """Return the state of a list, with its blocks where it can have few."""
    state: dict[str, object] = to_builtins(PrefixListState.of(row))
    if row.max_entries <= MOST_KEPT:
        found = tx.find(PrefixRow, order=("cidr",), list_id=row.list_id)
        state["Entries"] = [each.cidr for each in found]
    return state


PREFIX_LIST = Resource(
    kind="ACS::ECS::PrefixList",
    row=PrefixListRow,
    id="list_id",
    name="list_id",
    arn="ecs:prefixlist/",
    regional=True,
    find=found_here(PrefixListRow),
    missing=NoList,
    quota=Quota("ecs.prefix-lists", TooManyLists),
    state=_state,
    tags=RULES,
)


def groups_with(tx: Transaction, list_id: str) -> list[str]:
    """Return the groups that have rules with a list, by id."""
    return groups_of(tx.find(RuleRow, peer_list_id=list_id))


def acls_with(tx: Transaction, list_id: str) -> list[str]:
    """Return the network ACLs that have entries with a list, by id."""
    return sorted({row.acl_id for row in tx.find(AclEntryRow, peer=list_id)})


def is_used(tx: Transaction, list_id: str) -> bool:
    """Tell whether rules of groups or entries of ACLs name a list, so that the list must stay."""
    return bool(groups_with(tx, list_id) or acls_with(tx, list_id))


def prefixes(version: int) -> Entries:
    """Return the rules of the blocks of a list of an IP version."""

    def canonical(text: str) -> str:
        block = Cidr.parse(text)
        if block.version != version:
            raise BadCidr
        return str(block)

    return Entries(row=PrefixRow, text="cidr", canonical=canonical, bad=BadCidr, repeated=CidrTwice)
