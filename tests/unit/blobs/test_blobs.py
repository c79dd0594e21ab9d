"""Blobs: sealed in blocks, read in parts, never other bytes than those that were written."""

import base64
import errno
import hashlib
import os
import time
from pathlib import Path

import fastcrc
import pytest
from tests.unit.blobs.shelves import Shelf

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.blobs.arrived import Blob, Cipher
from juyong.blobs.blob import SMALL, Spool, cipher_of, drop, refuse_without_room
from juyong.blobs.blocks import BLOCK, DamagedBlob, sealed_length
from juyong.blobs.content import Content, Part, whole
from juyong.blobs.disk import Disk, LocalDisk
from juyong.blobs.tables import BlobRow
from juyong.store.errors import Unavailable

SIZES = [0, 1, SMALL, SMALL + 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5, 10 * BLOCK]


@pytest.fixture
def disk(shelf: Shelf) -> Disk:
    """Each kind of place."""
    return shelf.disk


@pytest.fixture
def folder(tmp_path: Path) -> LocalDisk:
    return LocalDisk(tmp_path / "blobs")


def stored(disk: Disk, body: bytes, cipher: Cipher = Cipher.AES_256_GCM) -> Blob:
    spool = Spool(disk, cipher)
    full = len(body) // BLOCK * BLOCK
    for at in range(0, full, BLOCK):
        spool.add(body[at : at + BLOCK])
    return spool.finish(body[full:])


def row_of(blob: Blob) -> BlobRow:
    return BlobRow(
        blob_id=blob.blob_id,
        account_id=AccountId("1"),
        size=blob.size,
        key=blob.key,
        content=blob.content,
        created_at=Instant(0),
    )


def read(content: Content) -> bytes:
    return b"".join(content.blocks())


@pytest.mark.parametrize("cipher", Cipher)
@pytest.mark.parametrize("size", SIZES)
def test_a_body_comes_back_with_its_digests(disk: Disk, size: int, cipher: Cipher) -> None:
    body = os.urandom(size)
    blob = stored(disk, body, cipher)
    assert cipher_of(blob) is cipher
    assert (blob.size, blob.md5) == (size, hashlib.md5(body, usedforsecurity=False).digest())
    assert blob.crc64 == fastcrc.crc64.xz(body)
    assert read(whole(disk, row_of(blob))) == body
    assert (blob.content is not None) == (size <= SMALL)
    assert not list(disk.unpublished())


@pytest.mark.parametrize("size", [10, 3 * BLOCK + 5])
def test_any_part_can_be_read(disk: Disk, size: int) -> None:
    body = os.urandom(size)
    row = row_of(stored(disk, body))
    edges = sorted(
        {0, 1, size // 2, BLOCK - 1, BLOCK, BLOCK + 1, size - 1, size} & set(range(size + 1))
    )
    for start in edges:
        for end in edges:
            if start <= end:
                part = Part(row=row, start=start, length=end - start)
                assert read(Content(disk=disk, parts=[part])) == body[start:end]


def test_what_is_kept_shows_nothing_of_the_body(shelf: Shelf) -> None:
    blob = stored(shelf.disk, b"secret words " * BLOCK)
    files = shelf.files()
    assert files.keys() == {blob.blob_id}
    assert len(files[blob.blob_id]) == sealed_length(blob.size)
    assert b"secret words" not in files[blob.blob_id]


def test_files_of_the_home_are_for_its_owner_alone(folder: LocalDisk, tmp_path: Path) -> None:
    stored(folder, bytes(BLOCK))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o077 for path in files] == [0]


@pytest.mark.parametrize("cipher", Cipher)
@pytest.mark.parametrize("damage", ["flipped", "cut", "moved"])
def test_a_damaged_block_gives_out_nothing(shelf: Shelf, damage: str, cipher: Cipher) -> None:
    row = row_of(stored(shelf.disk, os.urandom(2 * BLOCK + 9), cipher))
    content = bytearray(shelf.files()[row.blob_id])
    sealed = BLOCK + 16
    if damage == "flipped":
        content[sealed + 3] ^= 1
    elif damage == "cut":
        del content[sealed + 100 :]
    else:
        content[:sealed], content[sealed : 2 * sealed] = (
            content[sealed : 2 * sealed],
            content[:sealed],
        )
    shelf.replace(row.blob_id, bytes(content))
    blocks = whole(shelf.disk, row).blocks()
    if damage != "moved":
        assert len(next(blocks)) == BLOCK
    with pytest.raises(DamagedBlob):
        next(blocks)


def test_a_file_that_is_gone_is_said(shelf: Shelf) -> None:
    row = row_of(stored(shelf.disk, bytes(BLOCK)))
    shelf.lose(row.blob_id)
    with pytest.raises(FileNotFoundError):
        read(whole(shelf.disk, row))
    with pytest.raises(FileNotFoundError):
        shelf.disk.length(row.blob_id)
    shelf.disk.remove(row.blob_id)


def test_the_key_of_another_blob_opens_nothing(disk: Disk) -> None:
    one, other = stored(disk, b"one"), stored(disk, b"two")
    part = Part(row=row_of(one), start=0, length=3, key=other.key)
    with pytest.raises(DamagedBlob):
        read(Content(disk=disk, parts=[part]))


def test_a_full_disk_is_said_and_leaves_nothing(
    folder: LocalDisk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    spool = Spool(folder)
    spool.add(bytes(BLOCK))
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Unavailable):
        spool.finish(bytes(9))
    spool.discard()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_body_that_fills_the_disk_is_refused_while_the_database_has_room(
    folder: LocalDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It told no length, or others arrived meanwhile."""
    spool = Spool(folder)
    monkeypatch.setattr(LocalDisk, "free", lambda _self: 65 * BLOCK)
    spool.add(bytes(BLOCK))
    monkeypatch.setattr(LocalDisk, "free", lambda _self: 65 * BLOCK - 1)
    with pytest.raises(Unavailable):
        spool.add(bytes(BLOCK))
    spool.discard()
    assert not list(folder.unpublished())


def test_a_body_without_room_is_refused_before_it_is_read(
    folder: LocalDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalDisk, "free", lambda _self: 70 * BLOCK)
    refuse_without_room(folder, 5 * BLOCK)
    refuse_without_room(folder, SMALL)
    with pytest.raises(Unavailable):
        refuse_without_room(folder, 7 * BLOCK)


def test_a_dropped_body_leaves_no_file(shelf: Shelf) -> None:
    for size in (BLOCK, 7 * BLOCK):
        spool = Spool(shelf.disk)
        for _ in range(size // BLOCK):
            spool.add(bytes(BLOCK))
        assert not list(shelf.disk.published())
        spool.discard()
        spool.discard()
        assert not [*shelf.disk.published(), *shelf.disk.unpublished()]
    assert len(base64.b64decode(stored(shelf.disk, b"").key.reveal())) == 32
    assert shelf.files() == {}


def test_a_finished_body_that_is_dropped_leaves_no_file(shelf: Shelf) -> None:
    spool = Spool(shelf.disk)
    for _ in range(6):
        spool.add(bytes(BLOCK))
    blob = spool.finish(b"end")
    assert [blob_id for blob_id, _ in shelf.disk.published()] == [blob.blob_id]
    drop(shelf.disk, blob.blob_id)
    assert shelf.files() == {}


def test_a_file_is_there_once_it_is_published(shelf: Shelf) -> None:
    """As a restore writes files: all of them under their temporary names first."""
    bodies = {f"{n:032x}": os.urandom(size) for n, size in enumerate((1, BLOCK, 6 * BLOCK + 5))}
    for blob_id, body in bodies.items():
        handle = shelf.disk.create(blob_id)
        for at in range(0, len(body), BLOCK):
            handle.write(body[at : at + BLOCK])
        handle.sync()
        handle.close()
    assert shelf.files() == {}
    for blob_id in bodies:
        shelf.disk.publish(blob_id)
    assert shelf.files() == bodies
    assert not list(shelf.disk.unpublished())


def test_a_published_file_takes_the_place_of_another(shelf: Shelf) -> None:
    blob_id, mended = "ab" * 16, os.urandom(6 * BLOCK)
    for body in (b"damaged", mended):
        handle = shelf.disk.create(blob_id)
        handle.write(body)
        handle.sync()
        handle.close()
        shelf.disk.publish(blob_id)
    assert shelf.files() == {blob_id: mended}


def test_a_file_that_is_abandoned_stays_under_its_own_name(shelf: Shelf) -> None:
    blob = stored(shelf.disk, bytes(BLOCK))
    handle = shelf.disk.create(blob.blob_id)
    handle.write(b"half")
    handle.sync()
    handle.close()
    shelf.disk.abandon(blob.blob_id)
    shelf.disk.abandon(blob.blob_id)
    assert shelf.files().keys() == {blob.blob_id}
    assert not list(shelf.disk.unpublished())


def test_lists_tell_when_a_file_was_made(shelf: Shelf) -> None:
    before = time.time()
    blob = stored(shelf.disk, bytes(BLOCK))
    ((blob_id, made),) = shelf.disk.published()
    assert blob_id == blob.blob_id
    assert before - 2 <= made <= time.time() + 2
