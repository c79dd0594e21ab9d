"""The lines of access logs that no log object has yet."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import UNASSIGNED, Serial, table


@table("oss_log_line", key=("seq",), index=(("bucket_name", "seq"),))
class LogLineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a bucket whose access log is on; it goes with the commit of the log object.

    account_id: The owner of the bucket when the request came. target: JSON of the LoggingEnabled
    that was in force then. line: Without its end.
    """

    seq: Serial = UNASSIGNED
    bucket_name: str
    account_id: AccountId
    target: str
    at: Instant
    line: str
