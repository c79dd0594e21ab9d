"""The head of the audit chain, remembered outside the database.

So an attacker who can write the database but not the home cannot cut off the newest events, or put
an older database in place, unnoticed. Several servers on one PostgreSQL each remember in their own
home; after a restore through one of them the others report a replaced log once, until their file
`audit-head.json` is removed: that a log was replaced is for a person to confirm.
"""

import msgspec

from juyong.app.home import Home
from juyong.base.private_file import write_private
from juyong.services.actiontrail.facade import SealHead

_NAME = "audit-head.json"


class HomeAnchor:
    """Keeps the head in a file of the home."""

    def __init__(self, home: Home) -> None:
        self._path = home.path / _NAME

    def remembered(self) -> SealHead | None:
        """Return the head remembered; an unreadable file counts as an impossible head."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return msgspec.json.decode(content, type=SealHead)
        except msgspec.DecodeError:
            return SealHead(0, "")

    def remember(self, head: SealHead | None) -> None:
        """Remember a head; None forgets."""
        if head is None:
            self._path.unlink(missing_ok=True)
        elif self.remembered() != head:
            write_private(self._path, msgspec.json.encode(head) + b"\n")
