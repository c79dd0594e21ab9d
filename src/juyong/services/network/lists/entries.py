"""The entries of a list: added, changed and removed; alike for prefix lists and port lists.

Source: ECS API reference, CreatePrefixList, ModifyPrefixList, CreatePortRangeList,
ModifyPortRangeList (documented): an entry that is added again changes its description, no entry is
added and removed in one call. That an entry which is not there may be removed is assumed.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import msgspec

from juyong.api.errors import ApiError, fact
from juyong.api.fields import Doc
from juyong.api.shape import Shape
from juyong.engines.packet import PacketError
from juyong.services.network.rules.tables import PortsRow, PrefixRow, RuleRow
from juyong.store.transaction import Transaction

_MOST_AT_ONCE = 200
_NAME = re.compile(
    r"(?!https?://|com\.aliyun|com\.alibabacloud)"
    r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff:_.\-]{1,127}"
)
_DESCRIPTION = re.compile(r"(?!https?://)(?s:.{2,256})")
_OF_ENTRY = 32

Name = Annotated[
    str,
    Doc(
        "2 to 128 letters, digits, `:`, `_`, `.` and `-`, a letter first, but not `com.aliyun` or"
        " `com.alibabacloud`."
    ),
]
Description = Annotated[
    str, Doc("2 to 256 characters, that do not begin with `http://` or `https://`.")
]
BadDescription = fact(
    "InvalidDescription.Malformed",
    400,
    "The specified Description is wrongly formed.",
    why="A description is too short, too long, or a link; that of an entry has 2 to 32 characters.",
)
TooManyEntries = fact(
    "LimitExceed.MaxEntries",
    400,
    "The number of entries exceeds the MaxEntries of the specified list.",
    why="The list would hold more entries than its MaxEntries.",
)
TooManyAtOnce = fact(
    "LimitExceed.Entry",
    400,
    "The number of entries added or removed exceeds the limit.",
    why="More than 200 entries are added, or removed, in one call.",
)
ENTRY_ERRORS = (BadDescription, TooManyEntries, TooManyAtOnce)
"""The errors of every call that adds entries, beyond those of the kind of list."""


class Entries(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The entries of a kind of list.

    row: Of an entry. text: Its column with the text. canonical: Reads a text into its one form,
    or raises PacketError. bad, repeated: The errors of a text.
    """

    row: type[PrefixRow] | type[PortsRow]
    text: str
    canonical: Callable[[str], str]
    bad: type[ApiError]
    repeated: type[ApiError]

    @property
    def errors(self) -> tuple[type[ApiError], ...]:
        """The errors of every call that changes entries."""
        return (self.bad, self.repeated, *ENTRY_ERRORS)

    def read(self, added: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return descriptions by text.

        Raises:
            ApiError: `bad`, `repeated`, BadDescription or TooManyAtOnce.
        """
        pairs = [(self._canonical(text), about) for text, about in added]
        found = dict(pairs)
        if len(found) < len(pairs):
            raise self.repeated
        if len(pairs) > _MOST_AT_ONCE:
            raise TooManyAtOnce
        for about in found.values():
            if about and (len(about) > _OF_ENTRY or _DESCRIPTION.fullmatch(about) is None):
                raise BadDescription
        return found

    def change(
        self,
        tx: Transaction,
        list_id: str,
        added: Iterable[tuple[str, str]],
        removed: Sequence[str],
        most: int,
    ) -> None:
        """Remove entries and add entries; the list may then have at most so many.

        Raises:
            ApiError: of `errors`.
        """
        new = self.read(added)
        gone = self.read((text, "") for text in removed)
        if new.keys() & gone.keys():
            raise self.repeated
        held = {getattr(row, self.text): row for row in tx.find(self.row, list_id=list_id)}
        if len((held.keys() - gone.keys()) | new.keys()) > most:
            raise TooManyEntries
        for text in gone.keys() & held.keys():
            tx.delete(held[text])
        for text, about in new.items():
            if text not in held:
                fields: dict[str, Any] = {"list_id": list_id, self.text: text, "description": about}
                tx.insert(self.row(**fields))
            elif held[text].description != about:
                tx.update(held[text], description=about)

    def drop(self, tx: Transaction, list_id: str) -> None:
        """Delete all entries of a list."""
        for row in tx.find(self.row, list_id=list_id):
            tx.delete(row)

    def _canonical(self, text: str) -> str:
        try:
            return self.canonical(text)
        except PacketError:
            raise self.bad from None


class Association(Shape, frozen=True, kw_only=True):
    """A security group that has rules with the list."""

    resource_id: str
    resource_type: str


def groups_of(rules: Iterable[RuleRow]) -> list[str]:
    """Return the groups of rules, by id, each once."""
    return sorted({rule.group_id for rule in rules})


def check_name(name: str | None, bad: type[ApiError]) -> None:
    """Refuse a name that a list cannot have."""
    if name is not None and _NAME.fullmatch(name) is None:
        raise bad


def check_description(text: str | None) -> None:
    """Refuse a description that a list cannot have."""
    if text and _DESCRIPTION.fullmatch(text) is None:
        raise BadDescription
