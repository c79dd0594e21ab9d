"""Contacts and their groups: put, listed and deleted.

Source: CloudMonitor API reference; that ChannelsState is `PENDING` until the owner of the address
confirms, is assumed. An operator confirms by `juyong cms confirm`.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Doc, Items, OneOf, Pattern, Raises, Text
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.base.secret import Secret
from juyong.services.cms.answers import (
    DONE,
    Counted,
    CreateTime,
    Done,
    PageNumber,
    PageSize,
    UpdateTime,
    counted,
    reads,
)
from juyong.services.cms.contacts.groups import members
from juyong.services.cms.errors import ContactGroupInUse, NoContact, NoContactGroup
from juyong.services.cms.events.targets import sends_to
from juyong.services.cms.kept import resource_of
from juyong.services.cms.notifying import WebUrl
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.rules.rule import in_use
from juyong.services.cms.tables import ContactGroupRow, ContactRow
from juyong.services.cms.texts import names_of, to_json

_NAME = r"[^\s,/][^,/\x00-\x1f]{0,62}[^\s,/]|[^\s,/]"

ContactName = Annotated[str, Pattern(_NAME), Doc("1 to 64 characters without `,` and `/`.")]
GroupName = Annotated[str, Pattern(_NAME), Doc("1 to 64 characters without `,` and `/`.")]
Known = Annotated[list[ContactName], Items(0, 100), Raises((NoContact,)), Doc("Up to 100 names.")]


class Sent(Shape, frozen=True, kw_only=True):
    """The ways to reach a contact, as a call gives them."""

    mail: Annotated[str, Pattern(r"[^\s@<>,;:\"\\]{1,64}@[^\s@<>,;:\"\\]{1,189}")] | None = None
    ding_web_hook: Annotated[Secret, WebUrl()] | None = None


class ContactState(Shape, frozen=True, kw_only=True):
    """A contact as the inventory keeps the contact: without the robot of DingTalk.

    Whether the address is confirmed is not there, since an operator's command changes that.
    """

    contact_name: str
    description: str
    mail: str


class GroupState(Shape, frozen=True, kw_only=True):
    """A group as the inventory keeps the group."""

    group_name: str
    description: str
    contacts: str


CONTACT = resource_of(
    "AlarmContact",
    ContactRow,
    ContactState,
    id="contact_name",
    quota="cms.contacts",
    missing=NoContact,
)
GROUP = resource_of(
    "AlarmContactGroup",
    ContactGroupRow,
    GroupState,
    id="group_name",
    quota="cms.contact-groups",
    missing=NoContactGroup,
)


@operation(
    CMS,
    "PutContact",
    on=CONTACT.new,
    unsupported={
        "Channels.SMS": "the platform has no way into the telephone network",
        "Channels.AliIM": "the platform has no way to AliIM",
    },
)
def put_contact(
    ctx: Context,
    *,
    contact_name: ContactName,
    describe: Annotated[str, Text(1, 256), Doc("What the contact is for.")],
    channels: Annotated[Sent, Doc("Mail and DingWebHook; at least one of them.")],
    lang: Annotated[str, OneOf(("zh-cn", "en")), Doc("Kept; alerts are in English.")] = "en",
) -> Done:
    """Store a contact; a contact of the same name is replaced.

    Nothing is sent to a new address before somebody confirms that the address is right.
    """
    if not channels.mail and channels.ding_web_hook is None:
        raise BadParameter("ParameterInvalid", "The parameter Channels is required.")
    columns = {
        "description": describe,
        "lang": lang,
        "mail": channels.mail or "",
        "ding_url": channels.ding_web_hook,
        "updated_at": ctx.now,
    }
    held = ctx.tx.get(ContactRow, ctx.account_id, contact_name)
    if held is None:
        CONTACT.create(ctx, contact_name=contact_name, **columns)
    else:
        same = held.mail == (channels.mail or "")
        row = ctx.tx.update(held, mail_confirmed=held.mail_confirmed and same, **columns)
        CONTACT.note(ctx.tx, ctx.journal, "updated", row)
    return DONE


@operation(CMS, "DeleteContact", on=CONTACT.by(contact_name=ContactName))
def delete_contact(ctx: Context, contact: ContactRow) -> Done:
    """Delete a contact, who leaves every group."""
    for group in ctx.tx.find(ContactGroupRow, account_id=ctx.account_id):
        rest = [name for name in members(group) if name != contact.contact_name]
        if len(rest) < len(members(group)):
            GROUP.change(ctx, group, contacts=to_json(rest), updated_at=ctx.now)
    CONTACT.remove(ctx, contact)
    return DONE


class Channels(Shape, frozen=True, kw_only=True):
    """The ways to reach a contact; empty for those that the contact does not have."""

    mail: str
    sms: str = msgspec.field(name="SMS", default="")
    ali_im: str = msgspec.field(name="AliIM", default="")
    ding_web_hook: Annotated[Secret | str, Of("ding_url", lambda url: url or "")]


State = str | msgspec.UnsetType


class States(Shape, frozen=True, kw_only=True):
    """`PENDING` or `OK` for each way that the contact has."""

    mail: Annotated[State, Of("mail_state", lambda state: state or msgspec.UNSET)] = msgspec.UNSET
    sms: State = msgspec.field(name="SMS", default=msgspec.UNSET)
    ali_im: State = msgspec.field(name="AliIM", default=msgspec.UNSET)
    ding_web_hook: Annotated[State, Of("ding_url", lambda url: "OK" if url else msgspec.UNSET)] = (
        msgspec.UNSET
    )


Groups = Annotated[list[str], Within("ContactGroup")]


class Member(Shape, frozen=True, kw_only=True):
    """One contact; times are in milliseconds."""

    name: Annotated[str, Of("contact_name")]
    desc: Annotated[str, Of("description")]
    create_time: CreateTime
    update_time: UpdateTime
    channels: Channels


class Contact(Member, frozen=True, kw_only=True):
    """One contact, with its groups and the states of its channels."""

    lang: str
    channels_state: States
    contact_groups: Groups


def _contact(row: ContactRow, groups: list[ContactGroupRow]) -> Contact:
    names = [each.group_name for each in groups if row.contact_name in members(each)]
    return Contact.of(row, contact_groups=names)


@operation(CMS, "DescribeContactList", on=CONTACT.all, **reads(answers="Contacts.Contact"))
def describe_contact_list(
    ctx: Context,
    *,
    contact_name: Annotated[str, Text(1, 64), Doc("Only this one.")] | None = None,
    chanel_type: Annotated[str, OneOf(("Mail", "DingWebHook")), Doc("Only with this.")]
    | None = None,
    chanel_value: Annotated[str, Text(1, 254), Doc("Only with this address.")] | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 100,
) -> Listing[Contact, Counted]:
    """List the contacts of the account, by name."""
    groups = ctx.tx.find(ContactGroupRow, account_id=ctx.account_id)
    rows = [
        row
        for row in ctx.tx.find(ContactRow, order=("contact_name",), account_id=ctx.account_id)
        if contact_name in (None, row.contact_name)
        and (chanel_type != "Mail" or row.mail)
        and (chanel_type != "DingWebHook" or row.ding_url is not None)
        and chanel_value in (None, row.mail)
    ]
    return counted(rows, page_number, page_size).map(lambda row: _contact(row, groups))


@operation(CMS, "PutContactGroup", on=GROUP.new)
def put_contact_group(
    ctx: Context,
    *,
    contact_group_name: GroupName,
    contact_names: Known | None = None,
    describe: Annotated[str, Text(0, 256), Doc("What the group is for.")] = "",
    enable_subscribed: Annotated[bool, Doc("Kept; there are no weekly reports.")] = False,
) -> Done:
    """Store a group of contacts; the members of a group of the same name are replaced."""
    names = list(dict.fromkeys(contact_names or []))
    for name in names:
        CONTACT.the(ctx, name)
    columns = {
        "description": describe,
        "contacts": to_json(names),
        "subscribed": enable_subscribed,
        "updated_at": ctx.now,
    }
    held = ctx.tx.get(ContactGroupRow, ctx.account_id, contact_group_name)
    if held is None:
        GROUP.create(ctx, group_name=contact_group_name, **columns)
    else:
        GROUP.change(ctx, held, **columns)
    return DONE


@operation(
    CMS,
    "DeleteContactGroup",
    on=GROUP.by(contact_group_name=GroupName),
    raises=(ContactGroupInUse,),
)
def delete_contact_group(ctx: Context, group: ContactGroupRow) -> Done:
    """Delete a group that no rule sends alerts to. Assumed: that one in use stays."""
    if in_use(ctx, group.group_name) or sends_to(ctx, group.group_name):
        raise ContactGroupInUse
    GROUP.remove(ctx, group)
    return DONE


class Group(Shape, frozen=True, kw_only=True):
    """One group; times are in milliseconds."""

    name: Annotated[str, Of("group_name")]
    describe: Annotated[str, Of("description")]
    create_time: CreateTime
    update_time: UpdateTime
    enable_subscribed: Annotated[bool, Of("subscribed")]
    enabled_weekly_report: bool = False
    contacts: Annotated[list[str], Of(through=names_of), Within("Contact")]


class GroupList(Counted, frozen=True, kw_only=True):
    """A page of groups: their names, and the groups themselves."""

    contact_groups: Groups
    contact_group_list: Annotated[list[Group], Within("ContactGroup")]


@operation(CMS, "DescribeContactGroupList", on=GROUP.all, **reads())
def describe_contact_group_list(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 100
) -> GroupList:
    """List the groups of contacts of the account, by name."""
    rows = ctx.tx.find(ContactGroupRow, order=("group_name",), account_id=ctx.account_id)
    page = counted(rows, page_number, page_size)
    return GroupList(
        total=page.page.total,
        contact_groups=[row.group_name for row in page.items],
        contact_group_list=[Group.of(row) for row in page.items],
    )


@operation(
    CMS,
    "DescribeContactListByContactGroup",
    on=GROUP.by(contact_group_name=GroupName),
    answers="Contacts.Contact",
    reads_only=True,
)
def describe_contact_list_by_contact_group(
    ctx: Context, group: ContactGroupRow
) -> Listing[Member, Done]:
    """List the contacts of a group, in the order of the group."""
    rows = [CONTACT.the(ctx, name) for name in members(group)]
    return Listing([Member.of(row) for row in rows], DONE)
