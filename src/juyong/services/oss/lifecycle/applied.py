"""Lifecycle rules applied to the rows of a bucket, some at a time.

Source: OSS, lifecycle rules (documented), for buckets with and without versions. Assumed: a
delete marker goes by `ExpiredObjectDeleteMarker` as soon as it hides nothing. What a retention
policy protects stays until a later run, and still moves to colder classes (documented). Assumed: a
version that is not the newest moves by access when both its last access and the newer version are
old enough.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from juyong.base.clock import Instant
from juyong.services.oss.fields import STORAGE_CLASSES
from juyong.services.oss.hand import Hand
from juyong.services.oss.last_access.monitor import Monitor
from juyong.services.oss.lifecycle.rules import (
    Age,
    Expiration,
    Move,
    Noncurrent,
    Rule,
)
from juyong.services.oss.multipart.upload import forget_parts
from juyong.services.oss.objects.object import Place
from juyong.services.oss.objects.walk import Walk, page_of
from juyong.services.oss.objects.write import add_version, marker, remove_version
from juyong.services.oss.retention.policy import is_protected
from juyong.services.oss.tables import BucketRow, ObjectRow, PartRow, UploadRow

_AT_ONCE = 100
"""Rows that one transaction looks at."""
_SMALL = 64 * 1024
"""Bytes below which an object is small (documented)."""
_MOST_WRITTEN = 500
"""Rows after whose writing a transaction ends; one object may be many blobs, and be more."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The last row that was looked at.

    then: Its rank or upload id; None at the beginning. made_at: When it was made.
    """

    key: bytes = b""
    then: int | str | None = None
    made_at: Instant = Instant(0)


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One run over one bucket: its rules as of a midnight.

    monitor: None where access is not noted.
    """

    hand: Hand
    bucket: BucketRow
    rules: Sequence[Rule]
    midnight: Instant
    monitor: Monitor | None

    def versions(self, at: Mark) -> Mark | None:
        """Apply the rules to the next versions; returns where to go on, None at the end."""
        page = page_of(self.hand.tx, self._walk(ObjectRow, "rank", at))
        begun = self.hand.tx.written
        for row in page.rows:
            newer_at = at.made_at if row.object_key == at.key else None
            at = Mark(key=row.object_key, then=row.rank, made_at=row.modified_at)
            self._version(row, newer_at)
            if self.hand.tx.written - begun >= _MOST_WRITTEN:
                return at
        return at if page.last is not None else None

    def uploads(self, at: Mark) -> Mark | None:
        """Give up the next uploads that are due; returns where to go on, None at the end."""
        page = page_of(self.hand.tx, self._walk(UploadRow, "upload_id", at))
        for row in page.rows:
            if not self._upload_is_due(row):
                at = Mark(key=row.object_key, then=row.upload_id)
                continue
            parts = self.hand.tx.find(PartRow, upload_id=row.upload_id, limit=_AT_ONCE)
            forget_parts(self.hand, parts)
            if len(parts) < _AT_ONCE:
                self.hand.tx.delete(row)
            # What is left of the upload, or the next one, is for the next transaction.
            return at
        return at if page.last is not None else None

    def _walk(self, row: type, then: str, at: Mark) -> Walk[Any]:
        return Walk(
            row=row,
            where={"bucket_name": self.bucket.bucket_name},
            then=then,
            after=at.key,
            behind=at.then,
            limit=_AT_ONCE,
        )

    def _version(self, row: ObjectRow, newer_at: Instant | None) -> None:
        """Apply the rules to one version.

        newer_at: When the next newer version was made; None for the newest.
        """
        key, tags = row.object_key.decode(), msgspec.json.decode(row.tags, type=dict[str, str])
        rules = [rule for rule in self.rules if rule.covers(key, row.size, tags)]
        if newer_at is not None:
            self._older(row, newer_at, rules)
        elif row.marker:
            if _drops_markers(rules) and self._is_alone(row):
                remove_version(self.hand, row)
        else:
            self._newest(row, rules)

    def _newest(self, row: ObjectRow, rules: Iterable[Rule]) -> None:
        gone = [rule.expiration for rule in rules if isinstance(rule.expiration, Expiration)]
        is_due = any(each.due(row.modified_at, self.midnight) for each in gone)
        if is_due and self.bucket.versioning:
            place = Place(bucket=self.bucket, key=row.object_key)
            add_version(self.hand, marker(self.hand, place))
            return
        if is_due and not is_protected(self.hand, row):
            remove_version(self.hand, row)
            return
        moves = [each for rule in rules for each in rule.transition]
        self._move(row, row.modified_at, moves)

    def _older(self, row: ObjectRow, newer_at: Instant, rules: Iterable[Rule]) -> None:
        gone = [rule.noncurrent_version_expiration for rule in rules]
        is_due = any(
            isinstance(each, Noncurrent) and each.due(newer_at, self.midnight) for each in gone
        )
        if is_due and not is_protected(self.hand, row):
            remove_version(self.hand, row)
        elif not row.marker:
            moves = [each for rule in rules for each in rule.noncurrent_version_transition]
            self._move(row, newer_at, moves)

    def _move(self, row: ObjectRow, since: Instant, moves: Iterable[Move]) -> None:
        """Put a version into the coldest class that is due; nothing makes it warmer."""
        due = [each for each in moves if self._is_due(each, row, since)]
        wanted = max((STORAGE_CLASSES.index(each.storage_class) for each in due), default=0)
        if wanted > STORAGE_CLASSES.index(row.storage_class):
            self.hand.tx.update(row, storage_class=STORAGE_CLASSES[wanted])

    def _is_due(self, move: Move, row: ObjectRow, since: Instant) -> bool:
        if move.is_access_time is not True:
            return move.due(since, self.midnight)
        if self.monitor is None or (move.allow_small_file is False and row.size < _SMALL):
            return False
        return move.due(max(since, self.monitor.last_access(row)), self.midnight)

    def _is_alone(self, row: ObjectRow) -> bool:
        found = self.hand.tx.find(
            ObjectRow, limit=2, bucket_name=row.bucket_name, object_key=row.object_key
        )
        return len(found) == 1

    def _upload_is_due(self, row: UploadRow) -> bool:
        key = row.object_key.decode()
        return any(
            isinstance(rule.abort_multipart_upload, Age)
            and rule.status == "Enabled"
            and key.startswith(rule.prefix)
            and rule.abort_multipart_upload.due(row.created_at, self.midnight)
            for rule in self.rules
        )


def _drops_markers(rules: Iterable[Rule]) -> bool:
    return any(
        isinstance(rule.expiration, Expiration)
        and rule.expiration.expired_object_delete_marker is True
        for rule in rules
    )
