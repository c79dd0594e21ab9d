"""Reads of objects, noted in buckets that monitor access.

Source: OSS API reference, PutBucketAccessMonitor (documented): of several accesses within 24 hours
the first one counts; lifecycle rules by last access (documented): a rule with ReturnToStdWhenVisit
makes an object that is read Standard again. "Operations that update LastAccessTime" (documented): a
read through a symlink is one of the symlink and of its target; that of a copied object is none.
"""

import msgspec

from juyong.services.oss.hand import Hand
from juyong.services.oss.last_access.monitor import MONITOR
from juyong.services.oss.lifecycle.rules import LIFECYCLE
from juyong.services.oss.moments import DAY
from juyong.services.oss.tables import ObjectRow
from juyong.store.errors import Stale


def note_visit(by: Hand, asked: ObjectRow, data: ObjectRow) -> None:
    """Note that a version is read, and the target whose bytes are answered if it is a symlink.

    PERF: a read writes where it is the first of a version in 24 hours, and only there.
    """
    if MONITOR.held(by.tx, asked.bucket_name) is None:
        return
    for row in (asked,) if data is asked else (asked, data):
        if by.now - row.accessed_at < DAY:
            continue
        kind = "Standard" if _returns(by, row) else row.storage_class
        try:
            by.tx.update(row, accessed_at=by.now, storage_class=kind)
        except Stale:
            # Another call changed the row at this moment: it is a write, or notes its own read.
            continue


def _returns(by: Hand, row: ObjectRow) -> bool:
    rules = LIFECYCLE.held(by.tx, row.bucket_name) if row.storage_class == "IA" else None
    if rules is None:
        return False
    key, tags = row.object_key.decode(), msgspec.json.decode(row.tags, type=dict[str, str])
    return any(
        move.return_to_std_when_visit is True
        for rule in rules.rule
        if rule.covers(key, row.size, tags)
        for move in (rule.transition if row.latest else rule.noncurrent_version_transition)
    )
