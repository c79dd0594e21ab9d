"""Blobs: sealed in blocks, read in parts, never other bytes than those that were written."""

import base64
import errno
import hashlib
import os
from pathlib import Path

import fastcrc
import pytest

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.blobs.arrived import Blob, Cipher
from juyong.blobs.blob import SMALL, Spool, cipher_of, refuse_without_room
from juyong.blobs.blocks import BLOCK, DamagedBlob
from juyong.blobs.content import Content, Part, whole
from juyong.blobs.disk import LocalDisk
from juyong.blobs.tables import BlobRow
from juyong.store.errors import Unavailable

SIZES = [0, 1, SMALL, SMALL + 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5]


@pytest.fixture
def disk(tmp_path: Path) -> LocalDisk:
    return LocalDisk(tmp_path / "blobs")


def stored(disk: LocalDisk, body: bytes, cipher: Cipher = Cipher.AES_256_GCM) -> Blob:
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
def test_a_body_comes_back_with_its_digests(disk: LocalDisk, size: int, cipher: Cipher) -> None:
    body = os.urandom(size)
    blob = stored(disk, body, cipher)
    assert cipher_of(blob) is cipher
    assert (blob.size, blob.md5) == (size, hashlib.md5(body, usedforsecurity=False).digest())
    assert blob.crc64 == fastcrc.crc64.xz(body)
    assert read(whole(disk, row_of(blob))) == body
    assert (blob.content is not None) == (size <= SMALL)
    assert not list(disk.unpublished())


@pytest.mark.parametrize("size", [10, 3 * BLOCK + 5])
def test_any_part_can_be_read(disk: LocalDisk, size: int) -> None:
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


def test_what_is_on_the_disk_shows_nothing_of_the_body(disk: LocalDisk, tmp_path: Path) -> None:
    stored(disk, b"secret words " * BLOCK)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert b"secret words" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("cipher", Cipher)
@pytest.mark.parametrize("damage", ["flipped", "cut", "moved"])
def test_a_damaged_block_gives_out_nothing(
    disk: LocalDisk, tmp_path: Path, damage: str, cipher: Cipher
) -> None:
    row = row_of(stored(disk, os.urandom(2 * BLOCK + 9), cipher))
    (path,) = (each for each in tmp_path.rglob("*") if each.is_file())
    content = bytearray(path.read_bytes())
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
    path.write_bytes(content)
    blocks = whole(disk, row).blocks()
    if damage != "moved":
        assert len(next(blocks)) == BLOCK
    with pytest.raises(DamagedBlob):
        next(blocks)


def test_the_key_of_another_blob_opens_nothing(disk: LocalDisk) -> None:
    one, other = stored(disk, b"one"), stored(disk, b"two")
    part = Part(row=row_of(one), start=0, length=3, key=other.key)
    with pytest.raises(DamagedBlob):
        read(Content(disk=disk, parts=[part]))


def test_a_full_disk_is_said_and_leaves_nothing(
    disk: LocalDisk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    spool = Spool(disk)
    spool.add(bytes(BLOCK))
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Unavailable):
        spool.finish(bytes(9))
    spool.discard()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_body_that_fills_the_disk_is_refused_while_the_database_has_room(
    disk: LocalDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It told no length, or others arrived meanwhile."""
    spool = Spool(disk)
    monkeypatch.setattr(LocalDisk, "free", lambda _self: 65 * BLOCK)
    spool.add(bytes(BLOCK))
    monkeypatch.setattr(LocalDisk, "free", lambda _self: 65 * BLOCK - 1)
    with pytest.raises(Unavailable):
        spool.add(bytes(BLOCK))
    spool.discard()
    assert not list(disk.unpublished())


def test_a_body_without_room_is_refused_before_it_is_read(
    disk: LocalDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalDisk, "free", lambda _self: 70 * BLOCK)
    refuse_without_room(disk, 5 * BLOCK)
    refuse_without_room(disk, SMALL)
    with pytest.raises(Unavailable):
        refuse_without_room(disk, 7 * BLOCK)


def test_a_dropped_body_leaves_no_file(disk: LocalDisk, tmp_path: Path) -> None:
    spool = Spool(disk)
    spool.add(bytes(BLOCK))
    spool.discard()
    spool.discard()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(base64.b64decode(stored(disk, b"").key.reveal())) == 32
