"""Monitor groups: made, listed, changed and deleted.

Source: CloudMonitor API reference; that names may repeat, and that the rules of a group go with the
group, are assumed.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Clearable, Doc, Raises, Text
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.base.ids import new_monitor_group_id
from juyong.services.cms.answers import DoneByNumber, PageNumber, PageSize, millis, reads
from juyong.services.cms.contacts.groups import known_groups
from juyong.services.cms.errors import NoContactGroup
from juyong.services.cms.groups.group import MONITOR_GROUP, ONE, instances_of
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.rules.rule import remove
from juyong.services.cms.tables import GroupInstanceRow, MonitorGroupRow, RuleRow
from juyong.services.cms.texts import alike, split

GroupName = Annotated[str, Text(1, 128, chars=r"^\x00-\x1f"), Doc("Unlike ids, names may repeat.")]
Contacts = Annotated[
    str, Text(1, 1024), Raises((NoContactGroup,)), Doc("Contact groups, separated by commas.")
]


class Made(DoneByNumber, frozen=True, kw_only=True):
    """The id of a group."""

    group_id: int


@operation(CMS, "CreateMonitorGroup", on=MONITOR_GROUP.new)
def create_monitor_group(
    ctx: Context, *, group_name: GroupName, contact_groups: Contacts | None = None
) -> Made:
    """Make a group of instances, whose rules tell the contact groups of the group."""
    row = MONITOR_GROUP.create(
        ctx,
        group_id=new_monitor_group_id(),
        group_name=group_name,
        contact_groups=",".join(known_groups(ctx.tx, ctx.account_id, contact_groups or "")),
    )
    return Made(group_id=int(row.group_id))


class ContactGroup(Shape, frozen=True, kw_only=True):
    """A contact group."""

    name: str


def _contact_groups(names: str) -> list[ContactGroup]:
    return [ContactGroup(name=name) for name in split(names)]


ContactGroups = Annotated[list[ContactGroup], Of(through=_contact_groups), Within("ContactGroup")]


class Tag(Shape, frozen=True, kw_only=True):
    """A tag."""

    key: str
    value: str


class Group(Shape, frozen=True, kw_only=True):
    """One group; times are in milliseconds.

    Tags: None, since AddTags is refused; the Terraform provider cannot read a group without the
    list (observed in its source).
    """

    group_id: Annotated[int, Of(through=int)]
    group_name: str
    contact_groups: ContactGroups
    gmt_create: Annotated[int, Of("created_at", millis)]
    gmt_modified: Annotated[int, Of("updated_at", millis)]
    type: str = "custom"
    tags: Annotated[tuple[Tag, ...], Within("Tag")] = ()


class GroupPage(DoneByNumber, frozen=True, kw_only=True):
    """A page of groups or instances, by its number."""

    page_number: int
    page_size: int
    total: int


_BY_HAND = "groups are made by CreateMonitorGroup alone"
_TAGGED = dict.fromkeys(("Tag", "Tag.1.Key"), "groups have no tags")


@operation(
    CMS,
    "DescribeMonitorGroups",
    on=MONITOR_GROUP.all,
    **reads(
        answers="Resources.Resource",
        unsupported={
            **dict.fromkeys(("DynamicTagRuleId", "Type", "Types"), _BY_HAND),
            **dict.fromkeys(("GroupFounderTagKey", "GroupFounderTagValue"), _BY_HAND),
            "IncludeTemplateHistory": "there are no templates of rules",
            **_TAGGED,
        },
    ),
)
def describe_monitor_groups(
    ctx: Context,
    *,
    group_id: Annotated[str, Text(1, 1024), Doc("Ids, separated by commas.")] | None = None,
    group_name: Annotated[str, Text(1, 128), Doc("Only of this name.")] | None = None,
    instance_id: Annotated[str, Text(1, 256), Doc("Only groups with this instance.")] | None = None,
    keyword: Annotated[str, Text(1, 128), Doc("A part of the name.")] = "",
    select_contact_groups: Annotated[bool, Doc("False: without contact groups.")] = True,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[Group, GroupPage]:
    """List the monitor groups of the account, the oldest first.

    Assumed: that contact groups are shown unless SelectContactGroups is false; the Terraform
    provider reads them without asking (observed in its source).
    """
    ids = set(split(group_id)) if group_id else None
    holding = None
    if instance_id is not None:
        rows = ctx.tx.find(GroupInstanceRow, account_id=ctx.account_id, instance_id=instance_id)
        holding = {row.group_id for row in rows}
    found = [
        row
        for row in ctx.tx.find(
            MonitorGroupRow, order=("created_at", "group_id"), account_id=ctx.account_id
        )
        if (ids is None or row.group_id in ids)
        and (holding is None or row.group_id in holding)
        and alike(row, group_name=group_name)
        and keyword in row.group_name
    ]
    hidden: dict[str, list[str]] = {} if select_contact_groups else {"contact_groups": []}
    shown = [Group.of(row, **hidden) for row in page_of(found, page_number, page_size)]
    page = GroupPage(page_number=page_number, page_size=page_size, total=len(found))
    return Listing(shown, page)


@operation(CMS, "ModifyMonitorGroup", on=ONE)
def modify_monitor_group(
    ctx: Context,
    group: MonitorGroupRow,
    *,
    group_name: GroupName | None = None,
    contact_groups: Annotated[
        str,
        Text(0, 1024),
        Clearable(),
        Raises((NoContactGroup,)),
        Doc("Contact groups, separated by commas; empty for none."),
    ]
    | None = None,
) -> DoneByNumber:
    """Give a group another name or other contact groups; what is not given stays."""
    names = None
    if contact_groups is not None:
        names = ",".join(known_groups(ctx.tx, ctx.account_id, contact_groups))
    MONITOR_GROUP.change(
        ctx, group, group_name=group_name, contact_groups=names, updated_at=ctx.now
    )
    return DoneByNumber()


class Gone(Shape, frozen=True, kw_only=True):
    """A group that was deleted."""

    group_name: str
    contact_groups: ContactGroups


class Deleted(DoneByNumber, frozen=True, kw_only=True):
    """The group as it was."""

    group: Gone


@operation(CMS, "DeleteMonitorGroup", on=ONE)
def delete_monitor_group(ctx: Context, group: MonitorGroupRow) -> Deleted:
    """Delete a group, its instances and its rules; what the rules told stays in the history."""
    for row in instances_of(ctx.tx, ctx.account_id, group.group_id):
        ctx.tx.delete(row)
    for rule in ctx.tx.find(RuleRow, account_id=ctx.account_id, group_id=group.group_id):
        remove(ctx, rule)
    MONITOR_GROUP.remove(ctx, group)
    return Deleted(group=Gone.of(group))
