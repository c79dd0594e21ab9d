"""Answers that wrap what a function returns: `{"User": {…}}`, `{"Users": {"User": […]}, …}`.

The wire types are made when an operation is declared, so that the reference page and the comparison
with the SDKs' models see the answer as callers do.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_args, get_origin

import msgspec

from juyong.api.shape import Shape

T = TypeVar("T")
U = TypeVar("U")
P = TypeVar("P")


class Listing(msgspec.Struct, Generic[T, P], frozen=True):
    """A page of a list: its items, and the answer's other members such as `IsTruncated`."""

    items: list[T]
    page: P

    def map(self, shown: Callable[[T], U]) -> "Listing[U, P]":
        """Return the page with each item as the answer shows it."""
        return Listing([shown(item) for item in self.items], self.page)


class Wrapping(msgspec.Struct, frozen=True):
    """How a function's result becomes the answer.

    answer: The wire type. wrap: Makes the answer from the result.
    """

    answer: Any
    wrap: Callable[[Any], Shape]


def wrapping(name: str, result: Any, path: str, shape: type[Shape] | None = None) -> Wrapping:
    """Return how an operation's result is shown and wrapped.

    Args:
        name: The operation's, for the names of the types that are made.
        result: What its function is annotated to return: a `Listing[Item, Page]`, a list of which
            there are no pages, or one member.
        path: The names around the result, separated by dots: `User`, `Device.SerialNumber`, or
            `Users.User` for a list, or `Events` for one without a wrapper; empty for a result that
            is the whole answer.
        shape: What shows each row of the result; None if the function has done so.
    """
    if shape is None:
        return _wrapping(name, result, path)
    made = _wrapping(name, _shown_as(result, shape), path)
    return Wrapping(made.answer, lambda found: made.wrap(_shown(found, shape)))


def _shown_as(result: Any, shape: type[Shape]) -> Any:
    """Return the type of a result whose rows are shown by a shape."""
    if get_origin(result) is Listing:
        _, page = get_args(result)
        return Listing[shape, page]  # type: ignore[valid-type]  # made when the process starts
    return list[shape] if get_origin(result) is list else shape  # type: ignore[valid-type]


def _shown(found: Any, shape: type[Shape]) -> Any:
    if isinstance(found, Listing):
        return found.map(shape.of)
    return [shape.of(row) for row in found] if isinstance(found, list) else shape.of(found)


def _wrapping(name: str, result: Any, path: str) -> Wrapping:
    if not path:
        return Wrapping(result, lambda whole: whole)
    if get_origin(result) is Listing:
        item, page = get_args(result)
        return _list(name, item, page, path)
    if get_origin(result) is list:
        whole = _list(name, get_args(result)[0], Shape, path)
        return Wrapping(whole.answer, lambda items: whole.wrap(Listing(items, Shape())))
    outer, _, inner = path.partition(".")
    around = _struct(f"{name}{outer}", inner, result) if inner else None
    answer = _struct(f"{name}Answer", outer, around or result)
    if around is None:
        return Wrapping(answer, lambda value: answer(member=value))
    return Wrapping(answer, lambda value: answer(member=around(member=value)))


def _list(name: str, item: Any, page: type[Shape], path: str) -> Wrapping:
    outer, _, inner = path.partition(".")
    around: Any = _struct(f"{name}{outer}", inner, list[item]) if inner else list[item]
    answer = _struct(f"{name}Answer", outer, around, base=page)

    def wrap(listing: Listing[Any, Any]) -> Shape:
        items = around(member=listing.items) if inner else listing.items
        made: Shape = answer(member=items, **_members(listing))
        return made

    return Wrapping(answer, wrap)


def _members(listing: Listing[Any, Any]) -> dict[str, Any]:
    page = listing.page
    return {field: getattr(page, field) for field in page.__struct_fields__}


def _struct(title: str, wire: str, kind: Any, base: type[Shape] = Shape) -> Any:
    """Make a Shape with one member, under its name on the wire, before those of its base."""
    member = ("member", kind, msgspec.field(name=wire))
    return msgspec.defstruct(title, [member], bases=(base,), frozen=True, kw_only=True)
