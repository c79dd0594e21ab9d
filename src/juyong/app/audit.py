"""The operator's and the auditor's look at the ledger of a home, which needs no secret key.

All of it reads one frozen view of the database, whether a server runs or not, and changes nothing.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from juyong.api.command import BadInput, OperatorError
from juyong.api.registry import load_tables
from juyong.app.anchor import HomeAnchor
from juyong.app.home import Home
from juyong.app.platform import database_url
from juyong.app.settings import load_settings
from juyong.app.state.views import frozen_view, reachable
from juyong.audit.ledger.exporting import exported
from juyong.audit.ledger.proving import NotProven, Proof, prove
from juyong.audit.ledger.report import Period, Report
from juyong.audit.ledger.stored import checkpoints_in
from juyong.audit.ledger.verifying import unsigned, verify
from juyong.engines.ledger import Checkpoint, Key, LedgerError, Malformed
from juyong.store import schema
from juyong.store.database import engine_of, sqlite_path
from juyong.store.errors import StoreError, Tampered
from juyong.store.transaction import Transaction

HOME_KEY = "the key, from the home"
HOME_CHECKPOINT = "the newest checkpoint, from the home"
_NO_TEXT = "Could not decode to UTF-8"
"""Part of what SQLite's driver says of text that is none."""
OWN_CHECKPOINT = "the newest checkpoint, from the database itself"


class Verification(NamedTuple):
    """A report, and what had to be believed for it."""

    report: Report
    believed: tuple[str, ...]


class _NothingSealed:
    """Opens no sealed column: no key is at hand, and none is needed."""

    def seal(self, _plaintext: bytes, _place: bytes) -> bytes:
        raise Tampered("nothing is sealed here")

    def open(self, _sealed: bytes, _place: bytes) -> bytes:
        raise Tampered("nothing is opened here")


def verify_home(
    path: Path, *, checkpoint: Path | None, key: str | None, period: Period | None
) -> Verification:
    """Verify the record of a home.

    Args:
        path: The home, or a copy of it.
        checkpoint: A file with the newest checkpoint known from elsewhere.
        key: The log's verifier key, or a file that holds it.
        period: Which events are compared with their leaves; all without it.

    Raises:
        BadInput: a file or the key cannot be read, or the key did not sign the checkpoint.
        OperatorError: there is no key, or the database cannot be read.
    """
    home = Home(path)
    public, believed = _public(home, key)
    known = _known(home, checkpoint, public)
    if checkpoint is None:
        believed = (*believed, HOME_CHECKPOINT if known else OWN_CHECKPOINT)
    former = checkpoints_in(HomeAnchor(home).former(), public)
    look = partial(verify, public=public, known=known, former=former, period=period)
    report = _verified(home, look)
    # Leaves are of merged events, so those that are no leaves yet are counted a moment later.
    with _looking(home) as tx:
        count, since = unsigned(tx)
    return Verification(replace(report, unsigned=count, unsigned_since=since), believed)


def _verified(home: Home, look: Callable[[Transaction], Report]) -> Report:
    with _looking(home, merged_only=True) as tx:
        try:
            return look(tx)
        except sqlite3.OperationalError as failure:
            if _NO_TEXT not in str(failure):
                raise
    with _looking(home, lenient=True, merged_only=True) as tx:
        return look(tx)


def prove_event(path: Path, event_id: str, account_id: str | None, key: str | None) -> Proof:
    """Prove an event of a home.

    Raises:
        BadInput: the key cannot be read.
        OperatorError: the event cannot be proven; says why.
    """
    home = Home(path)
    public, _ = _public(home, key)
    with _looking(home) as tx:
        try:
            return prove(tx, event_id, account_id, public)
        except (NotProven, LedgerError) as refusal:
            raise OperatorError(str(refusal)) from refusal


def export_log(path: Path, out: Path, key: str | None) -> int:
    """Write the log of a home into a new folder; returns how many files.

    Raises:
        BadInput: the folder is there and not empty, or the key cannot be read.
        OperatorError: the log does not hold, or there is none.
    """
    home = Home(path)
    public, _ = _public(home, key)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"`{out}` is there already")
    written = 0
    with _looking(home) as tx:
        try:
            for name, content in exported(tx, public):
                file = out / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
                written += 1
        except LedgerError as refusal:
            raise OperatorError(f"the log cannot be exported: {refusal}") from refusal
    return written


def key_of_home(path: Path) -> str:
    """Return the verifier key of the log of a home.

    Raises:
        OperatorError: the home has none yet.
    """
    found = HomeAnchor(Home(path)).key()
    if found is None:
        raise OperatorError(f"`{path}` has no log yet; a running server begins one in ten seconds")
    return found


def _public(home: Home, given: str | None) -> tuple[bytes, tuple[str, ...]]:
    """Return the public key, and what has to be believed for it."""
    if given is None:
        return _parsed(key_of_home(home.path)), (HOME_KEY,)
    file = Path(given)
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else given
    return _parsed(text), ()


def _parsed(text: str) -> bytes:
    try:
        return Key.parse(text.strip()).public
    except Malformed as bad:
        raise BadInput(f"the key: {bad}") from bad


def _known(home: Home, file: Path | None, public: bytes) -> list[Checkpoint]:
    if file is None:
        remembered = HomeAnchor(home).remembered()
        found = [] if remembered is None else checkpoints_in([remembered], public)
        if remembered is not None and not found:
            raise OperatorError(
                "the key did not sign the checkpoint that the home remembers: one of them was "
                "replaced; give --key and --checkpoint"
            )
        return found
    try:
        found = checkpoints_in([file.read_bytes()], public)
    except OSError as missing:
        raise BadInput(f"`{file}`: {missing.strerror}") from missing
    if not found:
        raise BadInput(f"`{file}` is no checkpoint that the key signed")
    return found


@contextmanager
def _looking(
    home: Home, *, lenient: bool = False, merged_only: bool = False
) -> Iterator[Transaction]:
    """Read the database of a home; lenient and merged_only as of frozen_view.

    Raises:
        OperatorError: it is not there, of another version, or cannot be read.
    """
    url = database_url(home, load_settings(home.settings))
    if url.startswith("sqlite") and not sqlite_path(url).exists():
        raise OperatorError(f"`{sqlite_path(url)}` is not there")
    load_tables()
    try:
        with reachable():
            _check_revision(url)
            view = partial(frozen_view, lenient=lenient, merged_only=merged_only)
            with view(url, _NothingSealed()) as tx:
                yield tx
    except StoreError as failure:
        raise OperatorError(f"the database cannot be read: {failure}") from failure
    except (sqlite3.DatabaseError, SQLAlchemyError) as damage:
        raise OperatorError(f"the database is damaged: {damage.args[0]}") from damage


def _check_revision(url: str) -> None:
    engine = engine_of(url)
    try:
        found = schema.revision_of(engine)
    finally:
        engine.dispose()
    if found != schema.head():
        raise OperatorError(
            f"the database is at revision {found}, this version reads {schema.head()}: "
            "a server of this version migrates it when it starts"
        )
