"""The pages of the lists of ECS: by number, or by token, as the call asks.

Source: ECS API reference, DescribeInstances (documented): MaxResults and NextToken go before
PageNumber and PageSize, and MaxResults is kept between 10 and 100.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

import msgspec

from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc
from juyong.api.listing import page_of
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.paging import BadPageToken, page_position, page_token

T = TypeVar("T")
_LEAST, _MOST = 10, 100


class NumberedParameters(msgspec.Struct, frozen=True, kw_only=True):
    """A page by its number."""

    page_number: Annotated[int, Between(1, 1_000_000), Doc("From 1.")] = 1
    page_size: Annotated[int, Between(1, 500), Doc("1 to 500.")] = 10


class PageParameters(NumberedParameters, frozen=True, kw_only=True):
    """A page by its number, or by the token of the page before."""

    max_results: Annotated[int, Between(1, 500), Doc("Taken for 10 to 100.")] | None = None
    next_token: Annotated[str, Doc("Where the last page ended.")] | None = None


class NumberedAnswer(Shape, frozen=True, kw_only=True):
    """A page that was asked for by its number."""

    page_number: int
    page_size: int
    total_count: int


class PageAnswer(NumberedAnswer, frozen=True, kw_only=True):
    """A page; NextToken is empty where nothing follows, and on pages by number."""

    next_token: str = ""


def by_number(items: list[T], pages: NumberedParameters) -> Listing[T, NumberedAnswer]:
    """Return a page, by its number, of items in their order."""
    answer = NumberedAnswer(
        page_number=pages.page_number, page_size=pages.page_size, total_count=len(items)
    )
    return Listing(page_of(items, pages.page_number, pages.page_size), answer)


def paged(
    listing: str, items: Iterable[T], key: Callable[[T], tuple[int, str]], pages: PageParameters
) -> Listing[T, PageAnswer]:
    """Return a page of items, which are put into the order of their keys, the highest first.

    Args:
        listing: Names the list, so that a token of another one is refused.
        items: All of them, in any order.
        key: When one was made, and its id.
        pages: What the call asks for.

    Raises:
        BadParameter: the token was not issued for the list.
    """
    found = sorted(items, key=key, reverse=True)
    if pages.max_results is None and pages.next_token is None:
        numbered = by_number(found, pages)
        return Listing(numbered.items, PageAnswer(**msgspec.structs.asdict(numbered.page)))
    size = min(max(pages.max_results or _LEAST, _LEAST), _MOST)
    rest = found
    if pages.next_token is not None:
        before = _position(listing, pages.next_token)
        rest = [each for each in found if key(each) < before]
    shown = rest[:size]
    token = page_token(listing, list(key(shown[-1]))) if len(rest) > size else ""
    answer = PageAnswer(page_number=1, page_size=size, total_count=len(found), next_token=token)
    return Listing(shown, answer)


def _position(listing: str, token: str) -> tuple[int, str]:
    try:
        match page_position(listing, token):
            case [int() as at, str() as name]:
                return at, name
            case _:
                raise bad_parameter("NextToken")
    except BadPageToken:
        raise bad_parameter("NextToken") from None


def texts_of(name: str, text: str) -> tuple[str, ...]:
    """Read a parameter that is a JSON array of 1 to 100 texts; each counts once.

    Raises:
        BadParameter: the text is another one; names the parameter.
    """
    try:
        found = msgspec.json.decode(text, type=list[str])
    except (msgspec.DecodeError, RecursionError):
        raise bad_parameter(name) from None
    if not 1 <= len(found) <= _MOST or not all(found):
        raise bad_parameter(name)
    return tuple(dict.fromkeys(found))


def bad_parameter(name: str) -> BadParameter:
    """Make ECS's error for a parameter that cannot be read."""
    return BadParameter(
        f"Invalid{name}.Malformed", f'The specified parameter "{name}" is not valid.'
    )
