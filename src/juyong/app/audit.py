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
from juyong.base.clock import Instant
from juyong.engines.ledger import (
    BadSignature,
    Checkpoint,
    Key,
    LedgerError,
    Malformed,
    Note,
)
from juyong.store import schema
from juyong.store.database import engine_of, sqlite_path
from juyong.store.errors import StoreError, Tampered
from juyong.store.transaction import Transaction

HOME_KEY = "the key, from the home"
HOME_CHECKPOINT = "the newest checkpoint, from the home"
HOME_COSIGNED = "that the witness cosigned nothing newer, from the home"
_NO_TEXT = "Could not decode to UTF-8"
"""Part of what SQLite's driver says of text that is none."""
OWN_CHECKPOINT = "the newest checkpoint, from the database itself"


class Elsewhere(NamedTuple):
    """A checkpoint that is known from elsewhere, and which witness cosigned it when, if one did."""

    checkpoint: Checkpoint
    witness: str | None = None
    at: Instant | None = None


class Verification(NamedTuple):
    """A report, and what had to be believed for it.

    elsewhere: The checkpoint that need not be believed, if there is one.
    """

    report: Report
    believed: tuple[str, ...]
    elsewhere: Elsewhere | None


class _NothingSealed:
    """Opens no sealed column: no key is at hand, and none is needed."""

    def seal(self, _plaintext: bytes, _place: bytes) -> bytes:
        raise Tampered("nothing is sealed here")

    def open(self, _sealed: bytes, _place: bytes) -> bytes:
        raise Tampered("nothing is opened here")


def verify_home(
    path: Path,
    *,
    checkpoint: Path | None,
    key: str | None,
    witness: str | None = None,
    period: Period | None = None,
) -> Verification:
    """Verify the record of a home.

    Args:
        path: The home, or a copy of it.
        checkpoint: A file with the newest checkpoint known from elsewhere.
        key: The log's verifier key, or a file that holds it.
        witness: The verifier key of a witness, or a file that holds it. The witness must have
            cosigned the checkpoint: that of the file, or else the one that the home keeps.
        period: Which events are compared as a whole with their leaves; all without it.

    Raises:
        BadInput: a file or a key cannot be read, or the keys did not sign the checkpoint.
        OperatorError: there is no key, the home has no checkpoint that the witness cosigned, or the
            database cannot be read.
    """
    home = Home(path)
    public, believed = key_for(home, key)
    elsewhere = _elsewhere(home, checkpoint, public, witness)
    own = _remembered(home, public) if checkpoint is None else []
    if elsewhere is None:
        believed = (*believed, HOME_CHECKPOINT if own else OWN_CHECKPOINT)
    elif checkpoint is None:
        believed = (*believed, HOME_COSIGNED)
    look = partial(
        verify,
        public=public,
        known=own if elsewhere is None else [elsewhere.checkpoint, *own],
        former=checkpoints_in(HomeAnchor(home).former(), public),
        period=period,
        strict=elsewhere is None,
    )
    report = _verified(home, look)
    # Leaves are of merged events, so those that are no leaves yet are counted a moment later.
    with looking(home) as tx:
        count, since = unsigned(tx)
    report = replace(report, unsigned=count, unsigned_since=since)
    return Verification(report, believed, elsewhere)


def _verified(home: Home, look: Callable[[Transaction], Report]) -> Report:
    with looking(home, merged_only=True) as tx:
        try:
            return look(tx)
        except sqlite3.OperationalError as failure:
            if _NO_TEXT not in str(failure):
                raise
    with looking(home, lenient=True, merged_only=True) as tx:
        return look(tx)


def prove_event(path: Path, event_id: str, account_id: str | None, key: str | None) -> Proof:
    """Prove an event of a home.

    Raises:
        BadInput: the key cannot be read.
        OperatorError: the event cannot be proven; says why.
    """
    home = Home(path)
    public, _ = key_for(home, key)
    with looking(home) as tx:
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
    public, _ = key_for(home, key)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"`{out}` is there already")
    written = 0
    with looking(home) as tx:
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


def key_for(home: Home, given: str | None) -> tuple[bytes, tuple[str, ...]]:
    """Return the public key, and what has to be believed for it."""
    if given is None:
        return _key("the key", key_of_home(home.path), Key.of_log).public, (HOME_KEY,)
    return _key("the key", given, Key.of_log).public, ()


def _key(name: str, given: str, read: Callable[[str], Key]) -> Key:
    """Read a verifier key, or the file that holds it."""
    file = Path(given)
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else given
    if "+" not in text:
        raise BadInput(f"{name}: `{given}` is neither a verifier key nor a file with one")
    try:
        return read(text.strip())
    except Malformed as bad:
        raise BadInput(f"{name}: {bad}") from bad


def _remembered(home: Home, public: bytes) -> list[Checkpoint]:
    """Return the checkpoint that the home remembers, if any.

    Raises:
        OperatorError: the key did not sign it.
    """
    remembered = HomeAnchor(home).remembered()
    found = [] if remembered is None else checkpoints_in([remembered], public)
    if remembered is not None and not found:
        raise OperatorError(
            "the key did not sign the checkpoint that the home remembers: one of them was "
            "replaced; give --key and --checkpoint"
        )
    return found


def _elsewhere(
    home: Home, file: Path | None, public: bytes, witness: str | None
) -> Elsewhere | None:
    """Return the checkpoint that a file has, or that a witness cosigned."""
    key = None if witness is None else _key("the witness's key", witness, Key.of_witness)
    if file is None:
        return None if key is None else _cosigned(home, public, key)
    try:
        found = _opened(file.read_bytes(), public, key)
    except OSError as missing:
        raise BadInput(f"`{file}`: {missing.strerror}") from missing
    if found is None:
        by = "" if key is None else f" and `{key.name}` cosigned"
        raise BadInput(f"`{file}` is no checkpoint that the key signed{by}")
    return found


def _cosigned(home: Home, public: bytes, witness: Key) -> Elsewhere:
    """Return the newest checkpoint of a home that a witness cosigned.

    SECURITY: a home without one is no home that need not be witnessed: it may have been taken away.
    """
    note = HomeAnchor(home).cosigned()
    found = None if note is None else _opened(note, public, witness)
    if found is None:
        raise OperatorError(
            f"the home has no checkpoint that `{witness.name}` cosigned: ask the witness for one, "
            "and give it with --checkpoint"
        )
    return found


def _opened(data: bytes, public: bytes, witness: Key | None) -> Elsewhere | None:
    """Return a checkpoint that the key signed and the witness cosigned, None for others."""
    found = checkpoints_in([data], public)
    if not found:
        return None
    if witness is None:
        return Elsewhere(found[0])
    try:
        signed = Note.parse(data).signed_by((witness,))
    except BadSignature:
        return None
    if not signed:
        return None
    return Elsewhere(found[0], witness.name, Instant(signed[0][1].at_seconds))


@contextmanager
def looking(
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
