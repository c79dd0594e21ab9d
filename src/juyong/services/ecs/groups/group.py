"""The security group as a resource: how calls name one, and what the inventory keeps of it.

Source: ECS API reference, CreateSecurityGroup (documented); that a peer rule of another group
holds a group back from being deleted (observed in the Terraform provider).
"""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Pattern
from juyong.api.resource import Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape, to_builtins
from juyong.services.ecs.places import in_region
from juyong.services.ecs.tags import RULES
from juyong.services.network.membership import NoGroup, find_group
from juyong.services.network.rules.tables import RuleRow
from juyong.services.network.tables import GroupRow
from juyong.store.transaction import Transaction

GroupId = Annotated[str, Doc("The security group.")]
GroupName = Annotated[
    str,
    Pattern(r"(?!https?://)[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff:_.\-]{1,127}"),
    Doc("2 to 128 letters, digits, `:`, `_`, `.` and `-`, a letter first."),
]
Description = Annotated[
    str,
    Pattern(r"(?!https?://)(?s:.{2,256})"),
    Doc("2 to 256 characters, that do not begin with `http://` or `https://`."),
]
TooManyGroups = fact(
    "QuotaExceed.SecurityGroup",
    403,
    "The maximum number of security groups is reached.",
    why="The region holds the quota `ecs.security-groups`.",
)


class GroupState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a security group, without its rules."""

    security_group_id: Annotated[str, Of("group_id")]
    security_group_name: Annotated[str, Of("group_name")]
    description: str
    vpc_id: str
    security_group_type: Annotated[str, Of("kind")]
    inner_access: bool
    creation_time: CreateDate


_TOLD = (
    *("rule_id", "direction", "protocol", "port_range", "source_port_range", "port_list_id"),
    *("peer_cidr", "peer_group_id", "peer_list_id", "own_cidr", "priority", "description"),
)


def _state(tx: Transaction, row: GroupRow) -> Mapping[str, object]:
    """Return the state of a group with its rules, each without what it leaves open."""
    rules = [
        {name: value for name in _TOLD if (value := getattr(rule, name))}
        | {"policy": "Accept" if rule.accepts else "Drop"}
        for rule in tx.find(RuleRow, order=("rule_id",), group_id=row.group_id)
    ]
    return {**to_builtins(GroupState.of(row)), "Rules": rules}


SECURITY_GROUP = Resource(
    kind="ACS::ECS::SecurityGroup",
    row=GroupRow,
    id="group_id",
    name="group_id",
    arn="ecs:securitygroup/",
    regional=True,
    find=find_group,
    missing=NoGroup,
    quota=Quota("ecs.security-groups", TooManyGroups),
    state=_state,
    tags=RULES,
)
ONE = in_region(SECURITY_GROUP.by(security_group_id=GroupId))
"""How a call names a group of the region called."""


def note_change(ctx: Context, group: GroupRow) -> None:
    """Tell the inventory that the rules of a group changed."""
    SECURITY_GROUP.note(ctx.tx, ctx.journal, "updated", group)
