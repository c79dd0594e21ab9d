"""A body that arrives: taken in parts, sealed, durable at its end, then kept or dropped."""

import base64
import errno
import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress

import fastcrc

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, random_bytes
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob, Cipher
from juyong.blobs.blocks import BLOCK, Sealer
from juyong.blobs.content import Content, whole
from juyong.blobs.disk import Disk, Handle
from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.store.errors import Unavailable
from juyong.store.transaction import Transaction

SMALL = 16 * 1024
"""The longest body that is kept in its row."""
_ID_BYTES = 16
_RESERVE = 64 * 1024 * 1024
"""Bytes of the disk that bodies leave free: the database needs room to say so."""
GRACE_SECONDS = 3600
"""How long a removed blob can be read on by calls that began before."""


class Spool:
    """Takes one body. Its methods may wait for the disk: run them on a thread, one at a time.

    PERF: `digest` and `write` are the two halves of `add`; of one block, both may run at once.
    """

    def __init__(self, disk: Disk, cipher: Cipher = Cipher.AES_256_GCM) -> None:
        self._disk = disk
        self.blob_id = random_bytes(_ID_BYTES).hex()
        self._key = random_bytes(cipher.value)
        self._sealer = Sealer(self.blob_id, self._key)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc64: int = fastcrc.crc64.xz(b"")
        self._size = 0
        self._number = 0
        self._handle: Handle | None = None
        self._has_file = False

    def add(self, block: bytes) -> None:
        """Take a whole block of the body.

        Raises:
            Unavailable: the disk is full.
        """
        self.digest(block)
        self.write(block)

    def finish(self, rest: bytes) -> Blob:
        """Take the rest, less than a block; return the blob once it is durable.

        Raises:
            Unavailable: the disk is full.
        """
        self.digest(rest)
        content = None
        if self._handle is None and self._size <= SMALL:
            content = self._sealer.seal(0, rest)
        else:
            if rest or self._number == 0:
                self.write(rest)
            self._publish()
        return Blob(
            blob_id=self.blob_id,
            size=self._size,
            md5=self._md5.digest(),
            crc64=self._crc64,
            key=Secret(base64.b64encode(self._key).decode()),
            content=content,
        )

    def digest(self, data: bytes) -> None:
        """Take bytes into the digests and the length."""
        self._md5.update(data)
        self._crc64 = fastcrc.crc64.xz(data, self._crc64)
        self._size += len(data)

    def write(self, block: bytes) -> None:
        """Seal a block, and write the sealed block to the file.

        Raises:
            Unavailable: the disk is full.
        """
        if not self._disk.far:
            # Many bodies arrive at once, and not each says its length.
            refuse_without_room(self._disk, len(block))

        def write() -> None:
            if self._handle is None:
                self._has_file = True
                self._handle = self._disk.create(self.blob_id)
            self._handle.write(self._sealer.seal(self._number, block))

        _on_disk(write)
        self._number += 1

    def discard(self) -> None:
        """Forget a body that is not wanted; harmless where nothing of it was written."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None
        if self._has_file:
            drop(self._disk, self.blob_id)

    def _publish(self) -> None:
        def publish() -> None:
            handle, self._handle = self._handle, None
            assert handle is not None  # noqa: S101  # a body without a file is kept in its row
            try:
                handle.publish()
            finally:
                handle.close()

        _on_disk(publish)


def _on_disk(work: Callable[[], None]) -> None:
    try:
        work()
    except OSError as failure:
        if failure.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise Unavailable("the disk of the blobs is full") from failure
        raise


def drop(disk: Disk, blob_id: str) -> None:
    """Remove the file of a blob that no row knows; where the disk is away, a job does it later."""
    with suppress(Unavailable):
        disk.remove(blob_id)


def joined(disk: Disk, before: Content, after: Blob) -> Blob:
    """Return one small blob of the bytes of two, which are small; sealed as the second one."""
    spool, added = Spool(disk, cipher_of(after)), unkept(disk, after)
    return spool.finish(b"".join([*before.blocks(), *added.blocks()]))


def cipher_of(blob: Blob) -> Cipher:
    """Return the algorithm that sealed a blob."""
    return Cipher(len(base64.b64decode(blob.key.reveal())))


def unkept(disk: Disk, blob: Blob) -> Content:
    """Return the body of a blob that no row knows yet."""
    row = BlobRow(
        blob_id=blob.blob_id,
        account_id=AccountId(""),
        size=blob.size,
        key=blob.key,
        content=blob.content,
        created_at=Instant(0),
    )
    return whole(disk, row)


def refuse_without_room(disk: Disk, length: int) -> None:
    """Refuse a body before it is read where the disk has no room for it, or is away.

    Raises:
        Unavailable: there is none.
    """
    if length > SMALL and disk.free() < length + _RESERVE:
        raise Unavailable("the disk of the blobs is full")


def copy(disk: Disk, content: Content, cipher: Cipher = Cipher.AES_256_GCM) -> Blob:
    """Write a body that is kept already once more; it may wait for the disk for long.

    Raises:
        Unavailable: the disk is full.
        DamagedBlob, FileNotFoundError: it cannot be read any more.

    Cost: memory for two blocks.
    """
    refuse_without_room(disk, content.length)
    return written(disk, content.blocks(), cipher)


def written(disk: Disk, parts: Iterable[bytes], cipher: Cipher = Cipher.AES_256_GCM) -> Blob:
    """Write a body that is at hand in parts of any length; whatever the parts raise leaves no file.

    Raises:
        Unavailable: the disk is full.

    Cost: memory for two blocks, or for one and the longest part.
    """
    spool, pending = Spool(disk, cipher), bytearray()
    try:
        for block in parts:
            pending += block
            while len(pending) >= BLOCK:
                spool.add(bytes(memoryview(pending)[:BLOCK]))
                del pending[:BLOCK]
        return spool.finish(bytes(pending))
    except BaseException:
        spool.discard()
        raise


def keep(
    tx: Transaction, blob: Blob, account_id: AccountId, now: Instant, *, keyless: bool = False
) -> BlobRow:
    """Keep a blob with the transaction.

    Args:
        tx: The call's.
        blob: What arrived.
        account_id: The account that has the blob.
        now: The time.
        keyless: The caller keeps the key itself, sealed under another key.
    """
    row = BlobRow(
        blob_id=blob.blob_id,
        account_id=account_id,
        size=blob.size,
        key=None if keyless else blob.key,
        content=blob.content,
        created_at=now,
    )
    tx.insert(row)
    return row


def share(tx: Transaction, blob_id: str) -> None:
    """Keep a blob once more with the transaction: it stays until it is forgotten as often."""
    row = tx.get(BlobRow, blob_id)
    assert row is not None  # noqa: S101  # something keeps it already
    tx.update(row, uses=row.uses + 1)


def forget(tx: Transaction, blob_id: str, now: Instant) -> None:
    """Forget a blob with the transaction; its file is removed some time after the commit.

    A blob that something else keeps stays.
    """
    row = tx.get(BlobRow, blob_id)
    if row is None:
        return
    if row.uses > 1:
        tx.update(row, uses=row.uses - 1)
        return
    tx.delete(row)
    if row.content is None:
        tx.insert(GoneBlobRow(blob_id=blob_id, due_at=Instant(now + GRACE_SECONDS)))
