"""Monitor groups as a resource, and their instances in the store."""

from typing import Annotated, Any

from juyong.api.fields import Doc, Pattern
from juyong.api.shape import Shape
from juyong.base.ids import AccountId
from juyong.services.cms.errors import NoMonitorGroup
from juyong.services.cms.kept import resource_of
from juyong.services.cms.tables import GroupInstanceRow, MonitorGroupRow
from juyong.store.transaction import Transaction

GroupId = Annotated[str, Pattern(r"[1-9]\d{0,18}"), Doc("The id of the monitor group.")]
OfGroup = Annotated[str, Pattern(r"[1-9]\d{0,18}"), Doc("Only of this monitor group.")]


class InInventory(Shape, frozen=True, kw_only=True):
    """A group as the inventory keeps the group: its instances are not there."""

    group_id: str
    group_name: str
    contact_groups: str


MONITOR_GROUP = resource_of(
    "MonitorGroup",
    MonitorGroupRow,
    InInventory,
    id="group_id",
    name="group_name",
    quota="cms.monitor-groups",
    missing=NoMonitorGroup,
)
ONE = MONITOR_GROUP.by(group_id=GroupId)


def group_names(tx: Transaction, account_id: AccountId) -> dict[str, str]:
    """Return the names of the groups of an account, by id."""
    rows = tx.find(MonitorGroupRow, account_id=account_id)
    return {row.group_id: row.group_name for row in rows}


def instances_of(
    tx: Transaction, account_id: AccountId, group_id: str, category: str | None = None
) -> list[GroupInstanceRow]:
    """Return the instances of a group, by category and id; of one category alone if given."""
    where: dict[str, Any] = {"category": category} if category else {}
    return tx.find(
        GroupInstanceRow,
        order=("category", "instance_id"),
        account_id=account_id,
        group_id=group_id,
        **where,
    )
