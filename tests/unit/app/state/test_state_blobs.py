"""Bodies in files: archives hold them, restores put them back, checks open every block."""

import gzip
import hashlib
import hmac
import json
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from tests.unit.app.state.conftest import NOW

from juyong.app.home import open_home
from juyong.app.keys import open_keys
from juyong.app.state import (
    BadArchive,
    DamagedArchive,
    FileMissing,
    State,
    backup,
    check,
    reset,
    restore,
    restore_snapshot,
    snapshot,
)
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.blobs.blob import Spool, forget, keep
from juyong.blobs.blocks import BLOCK
from juyong.blobs.content import whole
from juyong.blobs.disk import FileHandle, LocalDisk
from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.services.identity.facade import AccountRow
from juyong.services.oss.tables import ObjectRow, PartRow
from juyong.store.transaction import Transaction

RESTORING = import_module("juyong.app.state.restore")
LARGE, SMALL = os.urandom(2 * BLOCK + 77), b"small body"


def disk_of(state: State) -> LocalDisk:
    return LocalDisk(state.home.blobs)


def add(state: State, body: bytes) -> str:
    spool = Spool(disk_of(state))
    full = len(body) // BLOCK * BLOCK
    for at in range(0, full, BLOCK):
        spool.add(body[at : at + BLOCK])
    blob = spool.finish(body[full:])

    def work(tx: Transaction) -> str:
        owner: AccountId = tx.find(AccountRow)[0].account_id
        return keep(tx, blob, owner, NOW).blob_id

    return state.transact(work)


def body_of(state: State, blob_id: str) -> bytes:
    row = state.transact(lambda tx: tx.get(BlobRow, blob_id))
    assert row is not None
    return b"".join(whole(disk_of(state), row).blocks())


def files(state: State) -> dict[str, bytes]:
    """Return every file below the folder of blobs, but for its lock."""
    found = (path for path in state.home.blobs.rglob("*") if path.is_file())
    return {path.name: path.read_bytes() for path in found if path.name != "lock"}


def path_of(state: State, blob_id: str) -> Path:
    return state.home.blobs / blob_id[:2] / blob_id


@pytest.fixture
def large(state: State) -> str:
    return add(state, LARGE)


@pytest.fixture
def small(state: State) -> str:
    return add(state, SMALL)


@pytest.fixture
def archive(state: State, large: str, small: str, tmp_path: Path) -> Path:
    backup(state, tmp_path / "a.jyb", now=NOW)
    return tmp_path / "a.jyb"


def test_restore_brings_bodies_back(state: State, archive: Path, large: str, small: str) -> None:
    path_of(state, large).unlink()
    later = add(state, bytes(BLOCK))
    restore(state, archive)
    assert (body_of(state, large), body_of(state, small)) == (LARGE, SMALL)
    gone = state.transact(lambda tx: [row.blob_id for row in tx.find(GoneBlobRow)])
    assert gone == [later]
    assert files(state).keys() == {large, later}
    assert check(state, now=NOW) == []


def test_archive_moves_bodies_to_another_home(
    state: State, archive: Path, large: str, tmp_path: Path
) -> None:
    if not state.url.startswith("sqlite"):
        pytest.skip("a second database is the same code; SQLite shows it")
    other = open_home(tmp_path / "other")
    other.key.write_bytes(state.home.key.read_bytes())
    other.key.chmod(0o600)
    other.seal.write_bytes(state.home.seal.read_bytes())
    moved = State(home=other, settings=state.settings, keys=open_keys(other))
    restore(moved, archive)
    assert body_of(moved, large) == LARGE
    assert path_of(moved, large).stat().st_mode & 0o077 == 0
    assert check(moved, now=NOW) == []


def test_restore_of_what_was_forgotten_keeps_its_file(
    state: State, archive: Path, large: str
) -> None:
    state.transact(lambda tx: forget(tx, large, NOW))
    restore(state, archive)
    assert state.transact(lambda tx: tx.find(GoneBlobRow)) == []
    assert body_of(state, large) == LARGE


@pytest.mark.parametrize("place", [0, BLOCK + 40, 2 * BLOCK + 60])
def test_restore_mends_a_damaged_file(state: State, archive: Path, large: str, place: int) -> None:
    damaged = bytearray(path_of(state, large).read_bytes())
    damaged[place] ^= 1
    path_of(state, large).write_bytes(damaged)
    restore(state, archive)
    assert body_of(state, large) == LARGE
    assert files(state).keys() == {large}


def test_restore_leaves_a_file_alone_that_is_as_it_was(
    state: State, archive: Path, large: str
) -> None:
    before = path_of(state, large).stat()
    restore(state, archive)
    after = path_of(state, large).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_restore_after_one_that_was_killed(state: State, archive: Path, large: str) -> None:
    path_of(state, large).unlink()
    left = disk_of(state).create(large)
    left.write(b"half")
    left.close()
    restore(state, archive)
    assert body_of(state, large) == LARGE


def test_restore_that_fails_leaves_files_as_they_were(
    state: State,
    archive: Path,
    large: str,
    monkeypatch: pytest.MonkeyPatch,
    content: Callable[[State], object],
) -> None:
    state.transact(lambda tx: forget(tx, large, NOW))
    path_of(state, large).unlink()
    kept = add(state, bytes(BLOCK))
    before = (files(state), content(state))

    def fails(*_: object) -> None:
        raise OSError("no more")

    for place, broken in (
        (RESTORING, "_renew_epochs"),  # after files and rows, before the commit
        (LocalDisk, "publish"),
        (FileHandle, "sync"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(place, broken, fails)
            with pytest.raises(OSError, match="no more"):
                restore(state, archive)
        assert (files(state), content(state)) == before, broken
    assert kept in files(state)


def test_restore_keeps_files_that_the_database_committed(
    state: State, archive: Path, large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit may have happened although its answer was lost."""
    path_of(state, large).unlink()
    real = RESTORING._replace

    def committed(*arguments: object, **more: object) -> None:
        real(*arguments, **more)
        raise ConnectionError("the answer was lost")

    monkeypatch.setattr(RESTORING, "_replace", committed)
    with pytest.raises(ConnectionError):
        restore(state, archive)
    assert body_of(state, large) == LARGE


def test_every_damage_of_the_files_is_refused_before_anything_is_touched(
    state: State, archive: Path, content: Callable[[State], object], large: str
) -> None:
    before = (files(state), content(state))
    stream = gzip.decompress(archive.read_bytes())
    at = stream.index(f'["{large}",'.encode())
    line, rest = stream[at:].split(b"\n", 1)
    length = json.loads(line)[1]
    head, body, end = stream[:at], rest[:length], rest[length:]
    flipped = bytearray(body)
    flipped[BLOCK] ^= 1
    other = b'["' + b"0" * 32 + line[34:]
    outside = b'["../../' + b"0" * 26 + line[34:]
    damaged = {
        "a bit of a file": head + line + b"\n" + flipped + end,
        "cut in a file": head + line + b"\n" + body[:BLOCK],
        "without the file": head + end,
        "without the end": stream[: -len(end)],
        "another id": head + other + b"\n" + body + end,
        "no id": head + outside + b"\n" + body + end,
        "a negative length": head + line.replace(b",", b",-") + b"\n" + body + end,
        "something behind": stream + b"more\n",
        "without files": head,
    }
    for name, changed in damaged.items():
        archive.write_bytes(gzip.compress(changed, 1))
        with pytest.raises(DamagedArchive):
            restore(state, archive)
        assert (files(state), content(state)) == before, name
    assert not list(state.home.path.rglob("*" + "0" * 26))


def test_files_are_not_compressed(state: State, archive: Path) -> None:
    assert archive.stat().st_size > len(LARGE)
    plain = gzip.decompress(archive.read_bytes())
    assert SMALL not in plain
    assert LARGE[:64] not in plain


def test_backup_without_a_file_is_refused(state: State, large: str, tmp_path: Path) -> None:
    path_of(state, large).unlink()
    with pytest.raises(FileMissing, match=large):
        backup(state, tmp_path / "b.jyb")
    assert not (tmp_path / "b.jyb").exists()


def version_1(archive: Path, key: bytes) -> None:
    """Rewrite an archive as the version before wrote it."""
    lines = gzip.decompress(archive.read_bytes()).split(b"\n")
    header = json.loads(lines[0])
    rows = sum(table["rows"] for table in header["tables"])
    del header["files"]
    kept = [json.dumps({**header, "version": 1}).encode(), *lines[1 : rows + 1]]
    text = b"".join(line + b"\n" for line in kept)
    mac = hmac.new(key, text, hashlib.sha256).hexdigest()
    archive.write_bytes(
        gzip.compress(text + json.dumps({"rows": rows, "mac": mac}).encode() + b"\n")
    )


def test_archives_of_version_1_are_restored(
    state: State, small: str, tmp_path: Path, content: Callable[[State], object]
) -> None:
    archive = tmp_path / "a.jyb"
    backup(state, archive, now=NOW)
    before = content(state)
    version_1(archive, state.archive_key)
    add(state, b"later")
    restore(state, archive)
    assert content(state) == before
    archive.write_bytes(gzip.compress(gzip.decompress(archive.read_bytes()) + b"more\n"))
    with pytest.raises(DamagedArchive):
        restore(state, archive)


def test_archive_whose_rows_tell_of_files_that_are_nowhere_is_refused(
    state: State, archive: Path, large: str, content: Callable[[State], object]
) -> None:
    version_1(archive, state.archive_key)
    restore(state, archive)  # the file is still there
    path_of(state, large).unlink()
    before = content(state)
    with pytest.raises(FileMissing):
        restore(state, archive)
    assert content(state) == before


def test_snapshots_hold_bodies(state: State, large: str) -> None:
    snapshot(state, "one")
    state.transact(lambda tx: forget(tx, large, NOW))
    disk_of(state).remove(large)
    restore_snapshot(state, "one")
    assert body_of(state, large) == LARGE


def test_reset_lets_files_be_removed_later(state: State, large: str, small: str) -> None:
    earlier = add(state, bytes(BLOCK))
    state.transact(lambda tx: forget(tx, earlier, NOW))
    reset(state, now=NOW)
    assert state.transact(lambda tx: tx.find(BlobRow)) == []
    due = {row.blob_id: row.due_at for row in state.transact(lambda tx: tx.find(GoneBlobRow))}
    assert due == {earlier: NOW + 3600, large: NOW + 3600}
    assert files(state).keys() == {large, earlier}
    assert check(state, now=NOW) == []


def test_no_file_is_removed_while_an_archive_is_written(
    state: State, large: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    disk = disk_of(state)

    def look(*arguments: object) -> bytes:
        with LocalDisk(state.home.blobs).removing() as may:
            seen.append(may)
        return LocalDisk.read_(disk, *arguments[1:])  # type: ignore[attr-defined]

    monkeypatch.setattr(LocalDisk, "read_", LocalDisk.read, raising=False)
    monkeypatch.setattr(LocalDisk, "read", look)
    backup(state, tmp_path / "a.jyb")
    assert seen
    assert not any(seen)
    with disk.removing() as may:
        assert may


def found(state: State, now: int = NOW) -> list[tuple[str, str, str]]:
    return [(each.code, each.where, each.severity) for each in check(state, now=Instant(now))]


@pytest.mark.parametrize("damage", ["missing", "longer", "shorter", "flipped"])
def test_check_names_damaged_files(state: State, large: str, small: str, damage: str) -> None:
    assert found(state) == []
    path = path_of(state, large)
    sealed = bytearray(path.read_bytes())
    sealed[BLOCK + 20] ^= 1
    changes: dict[str, tuple[str, bytes | None]] = {
        "missing": ("blob-file-missing", None),
        "longer": ("blob-file-length", path.read_bytes() + b"x"),
        "shorter": ("blob-file-length", path.read_bytes()[:-1]),
        "flipped": ("blob-damaged", bytes(sealed)),
    }
    code, changed = changes[damage]
    path.unlink() if changed is None else path.write_bytes(changed)
    assert found(state) == [(code, f"store_blob {large}", "damage")]


def test_check_opens_bodies_that_are_kept_in_rows(
    state: State, small: str, tamper: Callable[..., int]
) -> None:
    assert tamper("UPDATE store_blob SET content = :c", c=os.urandom(len(SMALL) + 16)) == 1
    assert found(state) == [("blob-damaged", f"store_blob {small}", "damage")]


def test_check_tells_of_files_that_no_row_knows(state: State, large: str) -> None:
    lost = "ab" * 16
    path_of(state, lost).parent.mkdir(exist_ok=True)
    path_of(state, lost).write_bytes(b"x")
    os.utime(path_of(state, lost), (NOW, NOW))
    assert found(state, NOW + 86_400) == []
    assert found(state, NOW + 86_401) == [("blob-file-unknown", f"file {lost}", "notice")]
    state.transact(lambda tx: tx.insert(GoneBlobRow(blob_id=lost, due_at=NOW)))
    assert found(state, NOW + 86_401) == []


def test_check_names_objects_and_parts_without_their_blob(state: State, large: str) -> None:
    owner = state.transact(lambda tx: tx.find(AccountRow)[0].account_id)

    def objects(tx: Transaction) -> None:
        for key, parts in (("good", [large, 3]), ("bad", ["0" * 32, 3])):
            tx.insert(
                ObjectRow(
                    bucket_name="b",
                    object_key=key.encode(),
                    version_id="null",
                    account_id=owner,
                    rank=0,
                    latest=True,
                    parts=json.dumps([parts]),
                    modified_at=NOW,
                )
            )
        for number, text in ((1, f'[["{large}",1]]'), (2, f'[["{"1" * 32}",1]]'), (3, "x")):
            tx.insert(
                PartRow(
                    upload_id="u",
                    number=number,
                    size=1,
                    etag="",
                    crc64="",
                    parts=text,
                    created_at=NOW,
                )
            )

    state.transact(objects)
    assert found(state) == [
        ("object-blob-missing", "oss_object b bad null", "damage"),
        ("object-blob-missing", "oss_part u 2", "damage"),
        ("object-parts-unreadable", "oss_part u 3", "damage"),
    ]


def test_bad_archive_is_what_commands_refuse() -> None:
    assert issubclass(DamagedArchive, BadArchive)
