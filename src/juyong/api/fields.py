"""Field rules, written as annotations: `Annotated[str, Text(1, 64, chars=NAME)]`."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from juyong.api.doc import Doc as Doc  # noqa: PLC0414  # offered here too
from juyong.api.errors import ApiError, InvalidField


class Rule(Protocol):
    """Checks one decoded value."""

    def check(self, name: str, value: str) -> None:
        """Raise InvalidField when the value is refused."""
        ...


class Text(msgspec.Struct, frozen=True):
    """Length in characters, and the characters allowed (a regular-expression class body)."""

    least: int
    most: int
    chars: str | None = None

    def check(self, name: str, value: str) -> None:
        """Refuse with `Length` first, then `InvalidChars`."""
        if not self.least <= len(value) <= self.most:
            raise InvalidField(name, "Length")
        if self.chars is not None and not _class(self.chars).fullmatch(value):
            raise InvalidField(name, "InvalidChars")


class Pattern(msgspec.Struct, frozen=True):
    """A whole-value regular expression, refused with `Format`; write it linear-time."""

    expression: str
    why: str = "Format"

    def check(self, name: str, value: str) -> None:
        """Refuse a value that does not match entirely."""
        if not _pattern(self.expression).fullmatch(value):
            raise InvalidField(name, self.why)


class OneOf(msgspec.Struct, frozen=True):
    """A closed set of values."""

    values: tuple[str, ...]
    why: str = ""

    def check(self, name: str, value: str) -> None:
        """Refuse anything else; spelling counts."""
        if value not in self.values:
            raise InvalidField(name, self.why)


class Between(msgspec.Struct, frozen=True):
    """Inclusive bounds of an integer."""

    low: int
    high: int
    why: str = "Range"

    def check(self, name: str, value: int) -> None:
        """Refuse what lies outside."""
        if not self.low <= value <= self.high:
            raise InvalidField(name, self.why, low=self.low, high=self.high)


class Items(msgspec.Struct, frozen=True):
    """Bounds on how many items a list parameter has."""

    least: int
    most: int


class Wire(msgspec.Struct, frozen=True):
    """The API's own spelling where it is irregular.

    other: A second spelling that clients send as well; empty for none.
    """

    name: str
    other: str = ""


class Header(msgspec.Struct, frozen=True):
    """The parameter travels in the request header of this name; no other place is read."""

    name: str


class HeadersOf(msgspec.Struct, frozen=True):
    """The parameter is all request headers whose names begin so, by the rest of their names."""

    prefix: str


class Grouped(msgspec.Struct, frozen=True):
    """The parameter is a Struct whose members are parameters of their own, each at its own place.

    Operations that have many parameters in common declare the parameters once, as such a Struct.
    """


class RawBody(msgspec.Struct, frozen=True):
    """The parameter is the request's body, whatever is in it; events never show it."""


class LongestBody(msgspec.Struct, frozen=True):
    """The longest body, in bytes, of a parameter that is the body as it arrives, or a part of it.

    refusal: Makes the error of a longer one, which the operation declares; None: the common one.
    kept: The operation keeps the blob. Otherwise the blob is gone once the call is answered.
    """

    most: int
    refusal: Callable[[], ApiError] | None = None
    kept: bool = True


class MemberOfBody(msgspec.Struct, frozen=True):
    """The parameter is a text in Base64 in the request's JSON body, taken as its bytes.

    Its wire name is the path to it, such as `code.zipFile`: names of members without a dot in them.
    The other members of the body are parameters as usual, and may have 128 KiB together.
    """


class FileOfForm(msgspec.Struct, frozen=True):
    """The parameter is the file of a form, which arrives last; the form's fields stand for headers.

    SECURITY: no header of the request itself counts as a parameter of such an operation.
    """


class XmlBody(msgspec.Struct, frozen=True):
    """The parameter is the request's body, a document in XML with this element around it."""

    root: str


class Hidden(msgspec.Struct, frozen=True):
    """Events never show the value, though it is no single Secret."""


class Raises(msgspec.Struct, frozen=True):
    """Every operation that takes the parameter may answer these errors: its value is checked."""

    errors: tuple[type[ApiError], ...]


class Judged(msgspec.Struct, frozen=True):
    """Every operation that takes the parameter is judged by condition keys of its value.

    keys: Returns the keys of a value as decoded. The value may break rules that are checked later,
    which then brings no key; nothing is raised.
    """

    keys: Callable[[Any], Mapping[str, tuple[str, ...]]]


class Only(msgspec.Struct, frozen=True):
    """The parameter is one of that product alone; the operation is also one of other products.

    product: Its code. Calls of the other products leave the parameter at its default.
    """

    product: str


class Clearable(msgspec.Struct, frozen=True):
    """An empty string is a value (it clears the field), not an absent parameter."""


class Commas(msgspec.Struct, frozen=True):
    """A list of texts that clients also send as one text, with commas between."""


class Sparse(msgspec.Struct, frozen=True):
    """Empty members of a structure, or of the items of a list, are absent, as empty parameters are.

    Clients that send every member that there is send those that they were not given as empty texts.
    """


_COMPILED: dict[str, re.Pattern[str]] = {}


def _pattern(expression: str) -> re.Pattern[str]:
    found = _COMPILED.get(expression)
    if found is None:
        found = _COMPILED[expression] = re.compile(expression)
    return found


def _class(chars: str) -> re.Pattern[str]:
    return _pattern(f"[{chars}]*")
