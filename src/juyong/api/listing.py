"""Pages of lists: by marker, by number and by token.

A marker or token holds a position: what the last item of a page is ordered by. Items that are added
or deleted before the position move no later page. The page of an operation is a Listing:

    @operation(RAM, "ListGroups", on=GROUP.all, answers="Groups.Group", reads_only=True, scans=True)
    def list_groups(ctx: Context, *, marker: Marker = "", max_items: MaxItems = 100
    ) -> Listing[Group, MarkerPage]:
        return MARKED.stored(ctx, GroupRow, "group_name", token=marker, limit=max_items).map(_group)
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated, Any, Generic, TypeVar, TypeVarTuple

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError, BadParameter
from juyong.api.fields import Between, Doc, Text
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.paging import BadPageToken, page_position, page_token

T = TypeVar("T")
P = TypeVar("P")
Ts = TypeVarTuple("Ts")

Marker = Annotated[str, Text(0, 1024), Doc("Where the last page ended.")]
NextToken = Annotated[str, Doc("Where the last page ended.")]
MaxItems = Annotated[int, Between(1, 1000), Doc("1 to 1000.")]
MaxItems100 = Annotated[int, Between(1, 100), Doc("1 to 100.")]
PageNumber = Annotated[int, Between(1, 1_000_000), Doc("From 1.")]
PageSize = Annotated[int, Between(1, 100), Doc("1 to 100.")]

Next = str | msgspec.UnsetType
"""The token of the next page; UNSET on the last one, so that the answer leaves it out."""


class MarkerPage(Shape, frozen=True, kw_only=True):
    """A page; Marker is left out of the last one."""

    is_truncated: bool
    marker: Next = msgspec.UNSET


class TokenPage(Shape, frozen=True, kw_only=True):
    """A page; NextToken is left out of the last one."""

    next_token: Next = msgspec.UNSET


class NumberedPage(Shape, frozen=True, kw_only=True):
    """A page that has a number, and how many items there are in all."""

    page_number: int
    page_size: int
    total_count: int


class Paging(msgspec.Struct, Generic[P], frozen=True):
    """How the lists of a product go on after a page.

    Attributes:
        page: Makes the answer's other members from the token of the next page.
        refused: Makes the error for a token that was not issued for the list.
    """

    page: Callable[[Next], P]
    refused: Callable[[], ApiError]

    def stored(
        self,
        ctx: Context,
        row_type: type[T],
        order: str,
        *,
        token: str,
        limit: int,
        keep: Callable[[T], bool] | None = None,
        **equal: object,
    ) -> Listing[T, P]:
        """Read one page of the account's rows straight from the store.

        Args:
            ctx: The call.
            row_type: The table.
            order: A text column that is unique among the rows.
            token: Where the last page ended; empty for the first page.
            limit: The most rows of a page.
            keep: Tells which rows are listed; all by default.
            **equal: Further column values, such as the region.

        Raises:
            ApiError: `refused`.

        Cost: limit + 1 rows; with `keep`, all rows up to the end of the page.
        """
        listing = row_type.__name__
        (after,) = self.position(listing, token, "")
        kept: list[T] = []
        while len(kept) <= limit:
            rows = ctx.tx.find(
                row_type,
                order=(order,),
                after=(order, after) if after else None,
                limit=limit + 1,
                account_id=ctx.account_id,
                **equal,
            )
            kept += filter(keep, rows)
            if len(rows) <= limit:
                break
            after = getattr(rows[-1], order)
        return self.cut(listing, kept, key=lambda row: (getattr(row, order),), limit=limit)

    def part(
        self,
        listing: str,
        items: Iterable[T],
        *,
        key: Callable[[T], tuple[str, ...]],
        token: str,
        limit: int,
        width: int = 1,
    ) -> Listing[T, P]:
        """Return one page of items that are all in memory, in the order of their keys.

        Args:
            listing: Names the list, so that a token of another one is refused.
            items: All items, in any order.
            key: What orders an item: unique texts, `width` of them.
            token: Where the last page ended; empty for the first page.
            limit: The most items of a page.
            width: How many texts a key has.

        Raises:
            ApiError: `refused`.
        """
        after = self.position(listing, token, *("",) * width)
        rest = (item for item in items if not token or key(item) > after)
        return self.cut(listing, sorted(rest, key=key), key=key, limit=limit)

    def texts(
        self,
        listing: str,
        texts: Iterable[str],
        *,
        like: str | None,
        prefix: bool,
        token: str,
        limit: int,
    ) -> Listing[str, P]:
        """Return one page of unique texts, in order; see `part`.

        Args:
            listing: Names the list.
            texts: All texts.
            like: Only this text; None: all texts.
            prefix: Texts that begin so are listed too.
            token: Where the last page ended.
            limit: The most texts of a page.

        Raises:
            ApiError: `refused`.
        """
        found = (
            text
            for text in texts
            if like is None or text == like or (prefix and text.startswith(like))
        )
        return self.part(listing, found, key=lambda text: (text,), token=token, limit=limit)

    def position(self, listing: str, token: str, *start: *Ts) -> tuple[*Ts]:
        """Return the position that a token holds, or `start` for the first page.

        Raises:
            ApiError: `refused`; also for a position whose values are not of the types of `start`.
        """
        if not token:
            return start
        try:
            found: tuple[Any, ...] = tuple(page_position(listing, token))
        except BadPageToken:
            raise self.refused() from None
        if [type(value) for value in found] != [type(value) for value in start]:
            raise self.refused()
        return found

    def cut(
        self,
        listing: str,
        items: Sequence[T],
        *,
        key: Callable[[T], tuple[str | int, ...]],
        limit: int,
    ) -> Listing[T, P]:
        """Return the first `limit` of the items that follow a position, which are in order."""
        shown = list(items[:limit])
        more = len(items) > limit
        return Listing(
            shown, self.page(self.next(listing, *key(shown[-1])) if more else msgspec.UNSET)
        )

    def next(self, listing: str, *position: str | int) -> str:
        """Make the token of the page that follows a position."""
        return page_token(listing, list(position))


def bad_token(parameter: str) -> Callable[[], BadParameter]:
    """Return what makes RAM's error for a marker or token that was not issued for the list."""
    text = f'The parameter - "{parameter}" is incorrect.'
    return partial(BadParameter, f"InvalidParameter.{parameter}", text)


def by_token(refused: Callable[[], ApiError]) -> Paging[TokenPage]:
    """Return the paging of lists with NextToken, under a product's own refusal."""
    return Paging(lambda token: TokenPage(next_token=token), refused)


MARKED = Paging(
    lambda token: MarkerPage(is_truncated=token is not msgspec.UNSET, marker=token),
    bad_token("Marker"),
)
"""Lists that go on after a marker, as RAM and IMS have them."""


def numbered(items: Sequence[T], number: int, size: int) -> Listing[T, NumberedPage]:
    """Return one page, by its number, of items that are all in memory and in order.

    A page behind the last is empty.
    """
    page = NumberedPage(page_number=number, page_size=size, total_count=len(items))
    return Listing(page_of(items, number, size), page)


def page_of(items: Sequence[T], number: int, size: int) -> list[T]:
    """Return the items of a page by its number; a page behind the last has none."""
    return list(items[(number - 1) * size :][:size])
