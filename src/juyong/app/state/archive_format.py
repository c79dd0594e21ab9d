"""The archive format: gzip of JSON lines and files, authenticated as a whole.

Line 1 is the header: format, version, schema revision, fingerprint of the root key, for each table
its name, columns and number of rows, and the number of files. Then a line a row: the table's index
in the header and the column values, bytes in base64 — sealed columns as they are stored, so an
archive opens nothing without the root key. A line with the number of rows and an HMAC-SHA256 over
all lines before it follows, under a key derived from the root key.

Then the files of the blobs, sealed as they are stored, so that nothing compresses them: a line with
id and length, and so many bytes. The last line holds the number of files and the HMAC-SHA256 over
everything before it. Version 1 ends behind the rows.
"""

import base64
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from juyong.app.state.state import State
from juyong.base.clock import Instant, iso
from juyong.blobs.tables import GoneBlobRow
from juyong.store import schema
from juyong.store.core import metadata
from juyong.store.epoch import EpochRow
from juyong.store.intake import IntakeRow
from juyong.store.table import spec_of

FORMAT = "juyong-state"
VERSION = 2
WITHOUT_FILES = 1


class BadArchive(Exception):
    """The archive cannot be restored here; nothing was touched."""


class DamagedArchive(BadArchive):
    """The file was cut, changed, or is no archive at all."""


class OtherKey(BadArchive):
    """The archive was made under another root key, so its sealed columns would not open."""


class OtherRevision(BadArchive):
    """The archive was made at another schema revision."""


class TableHead(msgspec.Struct, frozen=True):
    """One table in the header."""

    name: str
    columns: list[str]
    rows: int


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line."""

    format: str
    version: int
    revision: str
    created_at: str
    key: str
    tables: list[TableHead]
    files: int = 0


class Trailer(msgspec.Struct, frozen=True, kw_only=True):
    """The line behind the rows."""

    rows: int
    mac: str


class FilesTrailer(msgspec.Struct, frozen=True, kw_only=True):
    """The last line."""

    files: int
    mac: str


def archived_tables() -> list[sa.Table]:
    """Return the tables an archive holds, by name.

    An epoch is a fact about the caches of running servers; how far an intake log was merged, and
    which files of blobs wait to be removed, are facts about files of this home. None is about the
    state.
    """
    left_out = {spec_of(each).table for each in (EpochRow, GoneBlobRow, IntakeRow)}
    found = sorted(metadata().tables.values(), key=lambda t: t.name)
    return [table for table in found if table not in left_out]


def header_of(state: State, created_at: Instant, counts: Sequence[int], files: int) -> Header:
    """Make the header of a new archive."""
    return Header(
        format=FORMAT,
        version=VERSION,
        revision=schema.head(),
        created_at=iso(created_at),
        key=state.fingerprint,
        tables=[
            TableHead(str(table.name), [str(c.name) for c in table.columns], rows)
            for table, rows in zip(archived_tables(), counts, strict=True)
        ],
        files=files,
    )


def encoded_row(values: Sequence[object]) -> list[object]:
    """Turn column values into what JSON can hold."""
    return [base64.b64encode(v).decode() if isinstance(v, bytes) else v for v in values]


def decoded_row(table: sa.Table, values: Sequence[Any]) -> dict[str, Any]:
    """Turn a row's JSON values back into column values by name."""
    return {
        column.name: base64.b64decode(value)
        if isinstance(column.type, sa.LargeBinary) and value is not None
        else value
        for column, value in zip(table.columns, values, strict=True)
    }
