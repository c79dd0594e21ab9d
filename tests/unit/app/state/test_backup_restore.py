"""Archives: everything comes back, nothing damaged is accepted, nothing used is forgotten."""

import gzip
import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.app.state.conftest import write_event

from juyong.app.home import open_home
from juyong.app.keys import open_keys
from juyong.app.platform import Running
from juyong.app.settings import Settings
from juyong.app.state import (
    DamagedArchive,
    HomeAnchor,
    OtherKey,
    OtherRevision,
    State,
    backup,
    check,
    restore,
)
from juyong.audit.ledger.signing import LogSigner
from juyong.audit.ledger.stored import beginning_of, log_of
from juyong.base.clock import Instant
from juyong.engines.ledger import Checkpoint
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.facade import AccountRow, Principals, create_account
from juyong.services.identity.users.tables import UserRow
from juyong.store.errors import Unavailable
from juyong.store.nonces import use_nonce

NOW = Instant(1_800_000_000)
Content = Callable[[State], dict[str, list[tuple[Any, ...]]]]


def test_restore_brings_back_every_row(state: State, tmp_path: Path, content: Content) -> None:
    before = content(state)
    archive = tmp_path / "a.jyb"
    rows = backup(state, archive, now=NOW)
    assert rows == sum(len(found) for found in before.values())
    assert archive.stat().st_mode & 0o777 == 0o600
    state.transact(lambda tx: create_account(tx, "third", NOW))
    state.transact(lambda tx: tx.delete(tx.find(UserRow, user_name="zoë ☃")[0]))
    assert content(state) != before
    restored = restore(state, archive)
    assert (restored.rows, restored.created_at) == (rows, "2027-01-15T08:00:00Z")
    assert content(state) == before
    assert check(state, now=NOW) == []


def test_sealed_columns_open_after_restore_and_never_show_in_the_archive(
    state: State, tmp_path: Path
) -> None:
    keys = state.transact(lambda tx: tx.find(AccessKeyRow))
    secrets = {row.access_key_id: row.secret.reveal() for row in keys}
    archive = tmp_path / "a.jyb"
    backup(state, archive)
    text = gzip.decompress(archive.read_bytes()).decode()
    assert len(secrets) == 2
    assert all(secret not in text for secret in secrets.values())
    assert "SEEDSEED" not in text
    assert state.home.key.read_text().removeprefix("v1 ").strip() not in text
    restore(state, archive)
    again = state.transact(lambda tx: tx.find(AccessKeyRow))
    assert {row.access_key_id: row.secret.reveal() for row in again} == secrets


def test_restore_makes_running_servers_forget_what_they_cached(
    state: State, tmp_path: Path
) -> None:
    principals = Principals()
    archive = tmp_path / "a.jyb"
    backup(state, archive)
    later = state.transact(lambda tx: create_account(tx, "later", NOW))
    first = state.transact(lambda tx: tx.find(AccessKeyRow))[0]
    for key_id in (later.access_key_id, first.access_key_id):
        assert state.transact(lambda tx, k=key_id: principals.credential(tx, k)) is not None
    epochs = {a: state.transact(lambda tx, a=a: tx.epoch(a)) for a in _accounts(state)}
    restore(state, archive)
    assert state.transact(lambda tx: principals.credential(tx, later.access_key_id)) is None
    assert state.transact(lambda tx: principals.credential(tx, first.access_key_id)) is not None
    for account_id, epoch in epochs.items():
        assert state.transact(lambda tx, a=account_id: tx.epoch(a)) != epoch
    assert len(epochs) == 3


def _accounts(state: State) -> list[Any]:
    return [row.account_id for row in state.transact(lambda tx: tx.find(AccountRow))]


def test_nonce_used_before_or_after_the_backup_stays_used(state: State, tmp_path: Path) -> None:
    archive = tmp_path / "a.jyb"
    until = Instant(NOW + 900)
    assert state.transact(lambda tx: use_nonce(tx, "LTAI", "before", until))
    backup(state, archive)
    assert state.transact(lambda tx: use_nonce(tx, "LTAI", "after", until))
    restore(state, archive)
    for nonce in ("before", "after"):
        assert not state.transact(lambda tx, n=nonce: use_nonce(tx, "LTAI", n, until))


def test_events_written_after_restore_follow_those_restored(
    state: State, tmp_path: Path, content: Content
) -> None:
    archive = tmp_path / "a.jyb"
    backup(state, archive)
    restore(state, archive)
    account = state.transact(lambda tx: create_account(tx, "third", NOW))
    state.transact(lambda tx: write_event(tx, account, state.keys["audit"], "After", NOW))
    rows = content(state)["actiontrail_event"]
    assert len(rows) == 31
    assert "After" in rows[-1]


def test_archive_fits_an_empty_home_with_the_same_keys(
    state: State, tmp_path: Path, content: Content
) -> None:
    archive = tmp_path / "a.jyb"
    backup(state, archive)
    if not state.url.startswith("sqlite"):
        pytest.skip("a second database is the same code; SQLite shows it")
    other = open_home(tmp_path / "other")
    shutil.copy(state.home.key, other.key)
    shutil.copy(state.home.seal, other.seal)
    moved = State(home=other, settings=state.settings, keys=open_keys(other))
    restore(moved, archive)
    assert content(moved) == content(state)
    assert check(moved, now=NOW) == []


def test_archive_of_another_key_is_refused(state: State, tmp_path: Path, content: Content) -> None:
    archive = tmp_path / "a.jyb"
    backup(state, archive)
    before = content(state)
    stranger = open_keys(open_home(tmp_path / "stranger"))
    with pytest.raises(OtherKey):
        restore(replace(state, keys=stranger), archive)
    assert content(state) == before


def _lines(archive: Path) -> list[bytes]:
    return gzip.decompress(archive.read_bytes()).splitlines(keepends=True)


def test_archive_of_another_revision_is_refused(state: State, tmp_path: Path) -> None:
    archive = tmp_path / "a.jyb"
    backup(state, archive)
    header, *rest = _lines(archive)
    for change in ({"revision": "0000"}, {"tables": json.loads(header)["tables"][1:]}):
        old = json.dumps({**json.loads(header), **change}).encode() + b"\n"
        archive.write_bytes(gzip.compress(b"".join([old, *rest])))
        with pytest.raises(OtherRevision):
            restore(state, archive)


def test_every_kind_of_damage_is_refused_before_anything_is_touched(
    state: State, tmp_path: Path, content: Content
) -> None:
    archive = tmp_path / "a.jyb"
    backup(state, archive)
    before = content(state)
    whole, lines = archive.read_bytes(), _lines(archive)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    swapped = [*lines[:-3], lines[-2], lines[-3], lines[-1]]
    user = next(i for i, line in enumerate(lines) if "zoë".encode() in line)
    renamed = [*lines[:user], lines[user].replace("zoë".encode(), b"eve"), *lines[user + 1 :]]
    header = json.loads(lines[0])
    recounted = {
        **header,
        "tables": [*header["tables"][:-1], {"name": "x", "columns": ["y"], "rows": 1}],
    }
    damaged: dict[str, bytes] = {
        "empty": b"",
        "not gzip": b"hello" * 100,
        "not json": gzip.compress(b"hello\n"),
        "another format": gzip.compress(json.dumps({**header, "version": 3}).encode() + b"\n"),
        "half the file": whole[: len(whole) // 2],
        "without its last byte": whole[:-1],
        "one bit": bytes(flipped),
        "without a row": gzip.compress(b"".join([*lines[:5], *lines[6:]])),
        "without the trailer": gzip.compress(b"".join(lines[:-1])),
        "a row twice": gzip.compress(b"".join([*lines[:5], lines[4], *lines[5:]])),
        "rows swapped": gzip.compress(b"".join(swapped)),
        "a row changed": gzip.compress(b"".join(renamed)),
        "something behind": gzip.compress(b"".join([*lines, b"more\n"])),
        "a row of no table": gzip.compress(b"".join([lines[0], b"[99]\n", *lines[2:]])),
        "a short row": gzip.compress(b"".join([lines[0], b"[0]\n", *lines[2:]])),
    }
    for name, changed in damaged.items():
        archive.write_bytes(changed)
        with pytest.raises(DamagedArchive):
            restore(state, archive)
        assert content(state) == before, name
    archive.write_bytes(gzip.compress(json.dumps(recounted).encode() + b"\n"))
    with pytest.raises(OtherRevision):
        restore(state, archive)
    assert len(damaged) == 15
    with pytest.raises(FileNotFoundError):
        restore(state, tmp_path / "none.jyb")


def test_backup_that_fails_leaves_the_file_before_it(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "a.jyb"
    backup(state, archive)
    before = archive.read_bytes()

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("juyong.app.state.archive_writer.ArchiveWriter.close", full)
    with pytest.raises(OSError, match="disk full"):
        backup(state, archive)
    assert archive.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == ["a.jyb"]


def test_backup_is_one_moment_though_calls_go_on(
    state: State, running: Running, tmp_path: Path, content: Content
) -> None:
    """Each call adds a user and a key together; no archive may hold one without the other."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                running.store.call(lambda tx, n=number: create_account(tx, f"w{n}", NOW))
            except BaseException as failure:  # noqa: BLE001  # shown by the assertion below
                failures.append(failure)
                return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(3):
            backup(state, tmp_path / "a.jyb")
            restore(state, tmp_path / "a.jyb")
    finally:
        stop.set()
        thread.join()
    assert failures == []
    rows = content(state)
    assert len(rows["ram_account"]) == len(rows["ram_access_key"])
    assert check(state, now=NOW) == []


def test_restore_begins_a_log_that_names_the_one_before(state: State, tmp_path: Path) -> None:
    archive = tmp_path / "a.jyb"
    assert check(state, now=NOW) == []
    before, archived = HomeAnchor(state.home).remembered(), state.transact(log_of)
    backup(state, archive)
    restore(state, archive)
    assert archived is not None
    public = LogSigner(state.keys["ledger"]).public
    row = state.transact(log_of)
    assert row is not None
    first = state.transact(lambda tx: beginning_of(tx, row, public))
    assert first is not None
    assert before == archived.checkpoint.encode()
    assert (first.old_origin, first.operator) == (archived.origin, "operator")
    assert (
        first.old_checkpoint_hash
        == Checkpoint.parse(before.decode().split("\n\n")[0] + "\n").digest
    )
    assert first.reason.startswith("restored what was archived at ")
    assert f"whose log was {archived.origin} of {archived.size} leaves" in first.reason
    remembered = HomeAnchor(state.home).remembered()
    assert remembered == row.checkpoint.encode()
    assert (row.size, row.last_seq) == (1, 0)
    assert check(state, now=Instant(NOW + 2000)) == []


def test_database_that_does_not_answer_is_unavailable_and_not_damaged(
    state: State, tmp_path: Path
) -> None:
    nowhere = replace(
        state, settings=Settings(database="postgresql://nobody@127.0.0.1:1/none"), store=None
    )
    for work in (
        lambda: check(nowhere),
        lambda: backup(nowhere, tmp_path / "a.jyb"),
    ):
        with pytest.raises(Unavailable):
            work()
    assert not (tmp_path / "a.jyb").exists()
