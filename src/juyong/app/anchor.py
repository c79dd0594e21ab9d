"""The newest checkpoint of the ledger, remembered outside the database.

So an attacker who can write the database but not the home cannot cut off the newest events, or put
an older database in place, unnoticed. Several servers on one PostgreSQL each remember in their own
home; after a restore through one of them the others report a replaced log, until their file
`audit-checkpoint` is removed: that a log was replaced is for a person to confirm.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from juyong.app.home import Home
from juyong.audit.seals import SealHead
from juyong.base.clock import system_clock
from juyong.base.private_file import write_private

_NOTE, _KEY, _HISTORY = "audit-checkpoint", "audit-key", "audit-checkpoints"
_COSIGNED = "audit-cosigned"
_OF_SEALS = "audit-head.json"
_HISTORY_SECONDS = 60.0
"""PERF: the history gets a checkpoint a minute: 130 MB a year where calls never end."""


class HomeAnchor:
    """Keeps the newest checkpoint, the cosigned one, their key, and former checkpoints."""

    def __init__(self, home: Home) -> None:
        self._note = home.path / _NOTE
        self._key = home.path / _KEY
        self._history = home.path / _HISTORY
        self._cosigned = home.path / _COSIGNED
        self._of_seals = home.path / _OF_SEALS

    def remembered(self) -> bytes | None:
        """Return the signed note remembered."""
        return _read(self._note)

    def key(self) -> str | None:
        """Return the verifier key of the log."""
        found = _read(self._key)
        return None if found is None else found.decode("utf-8", "replace").strip()

    def remember(self, note: bytes, key: str) -> None:
        """Remember a signed note, and the verifier key of its log."""
        if self.key() != key:
            write_private(self._key, f"{key}\n".encode())
        known = self.remembered()
        if known != note:
            ended = known is not None and _origin(known) != _origin(note)
            if known is not None and ended:
                # The last one of its log; the first leaf of the next log names it.
                self._append(known)
            if ended or not self._is_young():
                self._append(note)
            write_private(self._note, note)
        self._of_seals.unlink(missing_ok=True)

    def forget(self) -> None:
        """Forget the newest checkpoint; the former ones stay."""
        self._note.unlink(missing_ok=True)

    def cosigned(self) -> bytes | None:
        """Return the signed note that a witness cosigned last."""
        return _read(self._cosigned)

    def keep_cosigned(self, note: bytes) -> None:
        """Keep a cosigned note; the last one of another log goes into the history."""
        known = self.cosigned()
        if known is not None and _origin(known) != _origin(note):
            self._append(known)
        write_private(self._cosigned, note)

    def former(self) -> Iterator[bytes]:
        """Yield the checkpoints of the history, oldest first; a line that is torn is left out."""
        content = _read(self._history) or b""
        for line in content.splitlines():
            with suppress(ValueError, AttributeError):
                yield json.loads(line).encode()

    def seal_head(self) -> SealHead | None:
        """Return the block of seals that an earlier version remembered.

        An unreadable file counts as an impossible block.
        """
        content = _read(self._of_seals)
        if content is None:
            return None
        try:
            return msgspec.json.decode(content, type=SealHead)
        except msgspec.DecodeError:
            return SealHead(0, "")

    def _is_young(self) -> bool:
        """Tell whether the history got a checkpoint less than a minute ago."""
        try:
            written = self._history.stat().st_mtime
        except FileNotFoundError:
            return False
        return system_clock() - int(written) < _HISTORY_SECONDS

    def _append(self, note: bytes) -> None:
        descriptor = os.open(self._history, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            # A line that a full disk cut off ends here.
            file.write(b"\n" + json.dumps(note.decode("utf-8", "replace")).encode())
            file.flush()
            os.fsync(file.fileno())


def _origin(note: bytes) -> bytes:
    return note.partition(b"\n")[0]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
