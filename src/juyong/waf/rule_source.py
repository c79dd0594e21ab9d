"""The places of the files of a set of rules."""

import msgspec


class RuleSource(msgspec.Struct, frozen=True, kw_only=True):
    """A set of rules in folders.

    folders: Paths by the names that entries use; the name is empty where there is one folder.
    entries: Names or globs of the files to begin with, in order.
    exclusions: Path of a file that is read before these; empty for none.
    """

    name: str
    folders: dict[str, str]
    entries: tuple[str, ...]
    exclusions: str = ""
