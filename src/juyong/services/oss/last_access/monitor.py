"""When an object was last accessed, in a bucket that monitors access.

Source: OSS API reference, PutBucketAccessMonitor (documented): at first the time at which
monitoring was switched on counts. "Operations that update LastAccessTime" (documented): writes,
copies to a key, and ACLs of an object update it too. Assumed: bytes that are appended always count
as a write, those of a bucket with versions too.
"""

import msgspec

from juyong.base.clock import Instant
from juyong.services.oss.documents import Setting
from juyong.services.oss.hand import Hand
from juyong.services.oss.moments import http_time
from juyong.services.oss.tables import ObjectRow


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """The monitoring of a bucket, which is on."""

    since: Instant

    def last_access(self, row: ObjectRow) -> Instant:
        """Return when a version was last accessed."""
        return max(self.since, row.modified_at, row.accessed_at)


MONITOR = Setting(kind="accessMonitor", document=Monitor)


def last_access_header(by: Hand, row: ObjectRow) -> dict[str, str]:
    """Return the header that tells the last access of a version, where access is monitored."""
    held = MONITOR.held(by.tx, row.bucket_name)
    return {"x-oss-last-access-time": http_time(held.last_access(row))} if held else {}
