"""State archives: any bytes are an archive or refused, and only an untouched one is accepted."""

import gzip
import hashlib
import hmac
import json
import tempfile
from pathlib import Path

from juyong.api.registry import load_tables
from juyong.app.home import Home
from juyong.app.settings import Settings
from juyong.app.state import BadArchive, State
from juyong.app.state.archive_format import archived_tables
from juyong.app.state.archive_reader import open_archive
from juyong.store import schema

load_tables()
_DIRECTORY = tempfile.TemporaryDirectory()
_PATH = Path(_DIRECTORY.name) / "a.jyb"
_STATE = State(home=Home(_PATH.parent), settings=Settings(), keys={"columns": b"k" * 32})
_HEADER = json.dumps(
    {
        "format": "juyong-state",
        "version": 1,
        "revision": schema.head(),
        "created_at": "2026-01-02T03:04:05Z",
        "key": _STATE.fingerprint,
        "tables": [
            {"name": str(t.name), "columns": [str(c.name) for c in t.columns], "rows": 1}
            for t in archived_tables()
        ],
    }
).encode()

_ROWS = _HEADER.replace(b'"rows": 1', b'"rows": 0').replace(b'"version": 1', b'"version": 2')
_ROWS = _ROWS[:-1] + b', "files": 1}\n'
_PROOF = hmac.new(_STATE.archive_key, _ROWS, hashlib.sha256).hexdigest().encode()
_PROVEN = b"\x01" + _ROWS + b'{"rows":0,"mac":"' + _PROOF + b'"}\n'
"""Rows that are as they were written, so that what follows is read as files."""

SEEDS: list[bytes] = [
    b"\x00",
    b"\x01" + _HEADER + b"\n",
    b"\x01" + _HEADER + b"\n[0,1]\n",
    b"\x01" + _HEADER.replace(b'"rows": 1', b'"rows": 0') + b'\n{"rows":0,"mac":"\xc3\xa9"}\n',
    b"\x00" + gzip.compress(_HEADER),
    _PROVEN + b'["' + b"0a" * 16 + b'",5]\nhello{"files":1,"mac":"00"}\n',
    _PROVEN + b'["' + b"0a" * 16 + b'",99999999999]\nhello',
    _PROVEN + b'["../x",1]\nh{"files":1,"mac":"00"}\n',
]


def target(data: bytes) -> None:
    """Read data as an archive; a first odd byte means it is yet to be compressed."""
    packed = gzip.compress(data[1:], 1) if data[:1] and data[0] & 1 else data[1:]
    _PATH.write_bytes(packed)
    try:
        open_archive(_STATE, _PATH)
    except BadArchive:
        return
    raise AssertionError("an archive was accepted that nobody authenticated")
