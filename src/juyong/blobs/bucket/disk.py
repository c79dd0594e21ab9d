"""Blobs in a bucket of another store; those that were written before are in the home at first.

A file under its temporary name is an upload that is not complete: the store shows nothing of it.
What fits one part is put whole, in one call. Readers look into the home first, then into the
bucket, so that a file may be moved from one to the other.

SECURITY: the store gets sealed blocks, under names that the platform drew. What it gives back is
opened before a byte of it goes on, so that a store that lies can keep bodies back and no more.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from io import BytesIO

from juyong.blobs.blocks import place_of
from juyong.blobs.bucket.line import Line
from juyong.blobs.bucket.port import Bucket, Page, Refusal, Seen
from juyong.blobs.disk import Handle, LocalDisk
from juyong.store.errors import Unavailable

_PART = place_of(5)
"""Bytes of a part: five blocks, since S3 takes no shorter part than 5 MiB, except the last."""
_BLOB_ID = re.compile(r"[0-9a-f]{32}")
_OWNER = "owner"
"""The object that names the home that has the blobs there."""
_NO_END = 1 << 62
_GONE = "the store of the blobs dropped an upload that was not complete"


class _Sending:
    """An object that is sent in parts."""

    def __init__(self, upload: str) -> None:
        self.upload = upload
        self.tags: list[str] = []
        self.length = 0


class BucketDisk:
    """A bucket, and the folder of the home that has older files and the lock."""

    far = True

    def __init__(self, bucket: Bucket, home: LocalDisk, line: Line | None = None) -> None:
        self._bucket = bucket
        self._home = home
        self._line = line or Line()
        self._sending: dict[str, _Sending] = {}
        self._is_ours = False

    def create(self, blob_id: str) -> Handle:
        """Begin a file; nothing is sent before a part is full."""
        return _BucketHandle(self, blob_id)

    def publish(self, blob_id: str) -> None:
        """Complete an upload; a file of the home that has its name gives way."""
        self.complete(blob_id)
        self._home.remove(blob_id)

    def complete(self, blob_id: str) -> None:
        """Complete an upload."""
        sent = self._sending[blob_id]
        try:
            self._line.ask(self._bucket.complete, blob_id, sent.upload, sent.tags)
        except FileNotFoundError as gone:
            # An earlier try completed the upload, and its answer was lost; or the upload is gone.
            if not self._has(blob_id, sent.length):
                raise Refusal(_GONE) from gone
        del self._sending[blob_id]

    def put(self, blob_id: str, data: bytes) -> None:
        """Store a short file whole, under its own name."""
        self.prove_ours()
        self._line.ask(self._bucket.put, blob_id, data)

    def send(self, blob_id: str, data: bytes) -> None:
        """Send the next part of a file, under its temporary name."""
        if blob_id not in self._sending:
            self.prove_ours()
            self._sending[blob_id] = _Sending(self._line.ask(self._bucket.begin, blob_id))
        sent = self._sending[blob_id]
        number = len(sent.tags) + 1
        try:
            tag = self._line.ask(self._bucket.part, blob_id, sent.upload, number, data)
        except FileNotFoundError as gone:
            raise Refusal(_GONE) from gone
        sent.tags.append(tag)
        sent.length += len(data)

    def read(self, blob_id: str, place: int, length: int) -> bytes:
        """Return bytes of a published file, fewer at its end."""
        with suppress(FileNotFoundError):
            return self._home.read(blob_id, place, length)
        return self._line.ask(self._bucket.get, blob_id, place, length)

    def length(self, blob_id: str) -> int:
        """Return the length of a published file."""
        with suppress(FileNotFoundError):
            return self._home.length(blob_id)
        return self._line.ask(self._bucket.length, blob_id)

    def remove(self, blob_id: str) -> None:
        """Remove a file under both names."""
        self._home.remove(blob_id)
        self.prove_ours()
        self._abort(blob_id)
        self._line.ask(self._bucket.delete, blob_id)

    def abandon(self, blob_id: str) -> None:
        """Drop uploads of a file, also those of another process."""
        self._home.abandon(blob_id)
        self.prove_ours()
        self._abort(blob_id)
        for seen in self._uploads(blob_id):
            self._line.ask(self._bucket.abort, seen.name, seen.upload)

    def published(self) -> Iterator[tuple[str, float]]:
        """Yield id and time of each file, those of the home first."""
        yield from self._home.published()
        self._is_ours = False  # the list is what files are removed by
        self.prove_ours()
        found = _listed(
            lambda last: self._line.ask(self._bucket.objects, last.name if last else "")
        )
        yield from ((seen.name, seen.changed) for seen in found if _is_blob(seen))

    def unpublished(self) -> Iterator[tuple[str, float]]:
        """Yield id and time of the beginning of each upload that another process began."""
        yield from self._home.unpublished()
        self._is_ours = False
        self.prove_ours()
        yield from ((seen.name, seen.changed) for seen in self._uploads("") if _is_blob(seen))

    def elsewhere(self) -> Iterator[tuple[str, int]]:
        """Yield id and length of the files that are in the home still."""
        for blob_id, _ in self._home.published():
            with suppress(FileNotFoundError):  # it was removed meanwhile
                yield blob_id, self._home.length(blob_id)

    def bring(self, blob_id: str) -> None:
        """Move a file of the home into the bucket.

        The file of the home goes once the bucket has all of it, and not before. A process that is
        killed in between leaves both, which are alike; the file is then brought once more.

        Raises:
            FileNotFoundError: it was removed or moved meanwhile.
            Refusal: the bucket has another length than was sent.
        """
        handle, length = _BucketHandle(self, blob_id), 0
        try:
            while data := self._home.read(blob_id, length, place_of(1)):
                handle.write(data)
                length += len(data)
            handle.publish(keeps_home=True)
        except BaseException:
            with suppress(Unavailable):
                self._abort(blob_id)
            raise
        finally:
            handle.close()
        if not self._has(blob_id, length):
            raise Refusal("the store of the blobs has another length of a file than was sent")
        self._home.remove(blob_id)

    def free(self) -> int:
        """Return a number without end: a bucket does not say.

        Raises:
            Unavailable: the store does not answer now, asked if it did not answer the last call.
        """
        self._is_ours = self._is_ours and self._line.answered
        self.prove_ours()
        return _NO_END

    def removing(self) -> AbstractContextManager[bool]:
        """Remove files in the block if it is given True."""
        return self._home.removing()

    def keeping(self) -> AbstractContextManager[object]:
        """Have every file stay while the block reads."""
        return self._home.keeping()

    def replacing(self) -> AbstractContextManager[object]:
        """Put files back in the block."""
        return self._home.replacing()

    def prove_ours(self) -> None:
        """See that the bucket's blobs are those of this home; the first home to come takes it.

        Two states in one place would each remove the other's blobs as files that no row knows.

        Raises:
            Refusal: another home has the place.
            Unavailable: the store does not answer.
        """
        if self._is_ours:
            return
        ours = self._home.mark()
        try:
            found = self._owner()
        except FileNotFoundError:
            self._line.ask(self._bucket.put, _OWNER, ours)
            found = self._owner()
        if found != ours:
            raise Refusal("the bucket and prefix of `blob_store` hold the blobs of another home")
        self._is_ours = True

    def _has(self, blob_id: str, length: int) -> bool:
        """Tell whether the bucket has a file of a length."""
        try:
            return self._line.ask(self._bucket.length, blob_id) == length
        except FileNotFoundError:
            return False

    def _owner(self) -> bytes:
        return self._line.ask(self._bucket.get, _OWNER, 0, 64)

    def _abort(self, blob_id: str) -> None:
        """Drop the upload of a file, if this process began one."""
        sent = self._sending.pop(blob_id, None)
        if sent is not None:
            self._line.ask(self._bucket.abort, blob_id, sent.upload)

    def _objects(self, last: Seen | None) -> Page:
        return self._line.ask(self._bucket.objects, last.name if last else "")

    def _uploads(self, prefix: str) -> Iterator[Seen]:
        for seen in _listed(lambda last: self._line.ask(self._bucket.uploads, prefix, last)):
            if seen.name not in self._sending:
                yield seen


class _BucketHandle:
    """A file that is being sent; holds less than a part of it."""

    def __init__(self, disk: BucketDisk, blob_id: str) -> None:
        self._disk = disk
        self._blob_id = blob_id
        self._held = BytesIO()
        self._begun = False

    def write(self, data: bytes) -> None:
        """Take bytes, and send them when they fill a part."""
        self._held.write(data)
        if self._held.tell() >= _PART:
            self._send()

    def sync(self) -> None:
        """Send what was written."""
        if self._held.tell() or not self._begun:
            self._send()

    def publish(self, *, keeps_home: bool = False) -> None:
        """Put a file of one part; complete a longer one, in the place of one of the home."""
        if not self._begun:
            self._disk.put(self._blob_id, self._taken())
            return
        self.sync()
        if keeps_home:
            self._disk.complete(self._blob_id)
        else:
            self._disk.publish(self._blob_id)

    def close(self) -> None:
        """Let go of what was not sent."""
        self._held.close()

    def _send(self) -> None:
        self._begun = True
        self._disk.send(self._blob_id, self._taken())

    def _taken(self) -> bytes:
        """Return what was written since the last part.

        PERF: the value of a BytesIO is its buffer, so that memory holds a part once.
        """
        data = self._held.getvalue()
        self._held = BytesIO()
        return data


def _listed(page_after: Callable[[Seen | None], Page]) -> Iterator[Seen]:
    """Yield all of a list, a page in memory at a time; a page that brings nothing is the last."""
    last: Seen | None = None
    while True:
        page = page_after(last)
        yield from page.seen
        if not page.more or not page.seen or page.seen[-1] == last:
            return
        last = page.seen[-1]


def _is_blob(seen: Seen) -> bool:
    """Tell whether a name is one that a blob has; others are not the platform's."""
    return _BLOB_ID.fullmatch(seen.name) is not None
