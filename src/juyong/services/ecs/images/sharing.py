"""Share images with other accounts of the platform.

Source: ECS API reference, ModifyImageSharePermission and DescribeImageSharePermission (documented:
the codes, their spelling among them; at most 50 accounts an image, and 10 a call; a call ignores
further accounts; an image under a key of the service is not shared).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Grouped
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.base.ids import AccountId
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.images.image import (
    IMAGE,
    USABLE,
    ImageId,
    shares_of,
    snapshots_in,
)
from juyong.services.ecs.images.tables import ImageRow, ImageShareRow
from juyong.services.ecs.key_pairs import NoRegion
from juyong.services.ecs.pages import NumberedAnswer, NumberedParameters, by_number
from juyong.services.ecs.places import in_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.identity.facade import AccountRow

_MOST_AT_ONCE = 10
_ONE = in_region(IMAGE.by(image_id=ImageId))
_Accounts = Annotated[list[str], Doc("Ids of accounts, of which the first 10 count.")]
NotAvailable = fact(
    "IncorrectImageStatus",
    400,
    "The image is not available.",
    why="The image is not there yet, failed, or is deprecated.",
)
NoAccount = fact(
    "InvalidAccount.NotFound",
    404,
    "The specified parameter AddAccount.n or RemoveAccount.n does not exist.",
    why="The platform has no such account.",
)
OwnAccount = fact(
    "InvalidAccount.Forbbiden",
    404,
    "The specified account does not yourself.",
    why="The account is that of the image.",
)
TooManyAccounts = fact(
    "QuotaExceed.ShareImageUser",
    403,
    "The shared image user quota exceeds.",
    why="The image is shared with as many accounts as the quota `ecs.accounts-per-image` says.",
)
UnderServiceKey = fact(
    "OperationDeined.EncryptedSnapshot",
    403,
    "The image contains encrypted snapshots, which do not support share.",
    why="A snapshot of the image is sealed under a key of the service, which no account opens.",
)


class SharingAccount(Shape, frozen=True, kw_only=True):
    """An account that the image is shared with."""

    aliyun_id: Annotated[str, Of("account_id")]
    shared_time: Annotated[str, Of("shared_at", iso)]


class ShareGroup(Shape, frozen=True, kw_only=True):
    """A group of accounts; this platform has none."""

    group: str


class SharePage(NumberedAnswer, frozen=True, kw_only=True):
    """A page of accounts, and their image."""

    image_id: str
    region_id: str
    share_groups: Annotated[list[ShareGroup], Within("ShareGroup")]


@operation(
    ECS,
    "ModifyImageSharePermission",
    on=_ONE,
    gateway=CHECKED,
    unsupported={"LaunchPermission": "an image is shared with accounts that are named"},
    raises=(NoRegion, NotAvailable, NoAccount, OwnAccount, TooManyAccounts, UnderServiceKey),
)
def modify_image_share_permission(
    ctx: Context,
    row: ImageRow,
    *,
    add_account: _Accounts | None = None,
    remove_account: _Accounts | None = None,
    is_public: OffAlone = False,
) -> None:
    """Share an image with accounts, or end that; what is so already may be asked for again.

    Instances that are there go on when sharing ends.
    """
    refuse_on({"IsPublic": is_public}, "an image is shared with accounts that are named")
    added = _named(ctx, row, add_account)
    removed = _named(ctx, row, remove_account)
    if added:
        _check_image(ctx, row)
    for account_id in removed:
        held = ctx.tx.get(ImageShareRow, row.image_id, account_id)
        if held is not None:
            ctx.tx.delete(held)
    for account_id in added:
        if ctx.tx.get(ImageShareRow, row.image_id, account_id) is None:
            share = ImageShareRow(image_id=row.image_id, account_id=account_id, shared_at=ctx.now)
            ctx.tx.insert(share)
    if len(shares_of(ctx.tx, row.image_id)) > ctx.quota("ecs.accounts-per-image"):
        raise TooManyAccounts
    IMAGE.note(ctx.tx, ctx.journal, "updated", row)


def _named(ctx: Context, row: ImageRow, accounts: list[str] | None) -> list[AccountId]:
    found = [AccountId(each) for each in dict.fromkeys((accounts or [])[:_MOST_AT_ONCE])]
    for each in found:
        if each == row.account_id:
            raise OwnAccount
        if ctx.tx.get(AccountRow, each) is None:
            raise NoAccount
    return found


def _check_image(ctx: Context, row: ImageRow) -> None:
    if row.status != USABLE:
        raise NotAvailable
    if any(each.data_key and not each.key_id for each in snapshots_in(ctx.tx, row.image_id)):
        raise UnderServiceKey


@operation(
    ECS,
    "DescribeImageSharePermission",
    on=_ONE,
    answers="Accounts.Account",
    reads_only=True,
    raises=(NoRegion,),
)
def describe_image_share_permission(
    ctx: Context, row: ImageRow, *, pages: Annotated[NumberedParameters, Grouped()]
) -> Listing[SharingAccount, SharePage]:
    """List the accounts that an image is shared with, by id."""
    found = by_number(shares_of(ctx.tx, row.image_id), pages).map(SharingAccount.of)
    page = SharePage(
        page_number=found.page.page_number,
        page_size=found.page.page_size,
        total_count=found.page.total_count,
        image_id=row.image_id,
        region_id=row.region,
        share_groups=[],
    )
    return Listing(found.items, page)
