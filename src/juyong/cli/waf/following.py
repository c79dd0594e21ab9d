"""The access log of a site, its last lines and those that come."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from juyong.api.command import BadInput, OperatorError
from juyong.waf.running import sites_of

_LOOK_SECONDS = 0.3
_MOST_READ = 8 * 1024 * 1024


def printable(text: str) -> str:
    """SECURITY: clients choose most of a row; a terminal must not obey their characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def log_of(home: Path, port: int, file: str) -> Path:
    """Return the log of a running site, or the one that is named.

    Args:
        home: The home.
        port: Of the site; 0 for the one that was started last.
        file: Names a log; empty for the site's.

    Raises:
        OperatorError: no such site is protected now.
        BadInput: the log that is named is not there.
    """
    if file:
        if not Path(file).is_file():
            raise BadInput(f"`{file}`: there is no such file")
        return Path(file)
    found = [each for each in sites_of(home) if port in (0, each.port)]
    if not found:
        raise OperatorError(
            "no such site is protected now, see juyong waf sites; or name a log with --file"
        )
    return Path(found[0].log)


def is_shown(row: dict[str, Any], *, everything: bool) -> bool:
    """Tell whether a row is of a request that was blocked, refused or would have been."""
    return everything or bool(row.get("final_action") or row.get("refused"))


def last_rows(path: Path, count: int, *, everything: bool) -> list[dict[str, Any]]:
    """Return the last rows that are shown, the oldest first; the last 8 MiB are looked at.

    Raises:
        OperatorError: there is no such log.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _MOST_READ))
            lines = file.read(_MOST_READ).splitlines()
    except OSError as failure:
        raise OperatorError(f"`{path}`: {failure.strerror}") from None
    rows = [row for row in map(row_in, lines) if row and is_shown(row, everything=everything)]
    return rows[-count:] if count else []


def coming_rows(path: Path, *, everything: bool) -> Iterator[dict[str, Any]]:
    """Yield rows as they are written, for ever; a rotated log is followed to its new file."""
    file = path.open("rb")
    file.seek(0, 2)
    rest = b""
    while True:
        data = file.read(_MOST_READ)
        if not data:
            if path.exists() and path.stat().st_ino != _inode(file.fileno()):
                file.close()
                file = path.open("rb")
                continue
            time.sleep(_LOOK_SECONDS)
            continue
        *lines, rest = (rest + data).split(b"\n")
        for row in map(row_in, lines):
            if row and is_shown(row, everything=everything):
                yield row


def _inode(descriptor: int) -> int:
    return os.fstat(descriptor).st_ino


def row_in(line: bytes) -> dict[str, Any] | None:
    """Return the row of a line; None for a line that is no row."""
    try:
        row = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
    return row if isinstance(row, dict) else None


def line_of(row: dict[str, Any]) -> str:
    """Write a row as one line for people."""
    rules = row.get("matched_rules_detail") or ()
    action = row.get("final_action") or row.get("refused") or "pass"
    text = (
        f"{row.get('time', '')}  {row.get('real_client_ip', '')}  {row.get('status', '')}  {action}"
        f"  {row.get('request_method', '')} {row.get('request_uri', '')}"
    )
    for each in rules:
        text += f"  [{each.get('id')} {each.get('msg', '')} in {each.get('variable', '')}]"
    return printable(f"{text}  event {row.get('request_traceid', '')}")
