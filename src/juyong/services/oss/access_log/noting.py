"""Leave a line for each answered request to a bucket whose access log is on.

The line is durable before the answer goes out.
"""

import time
from collections.abc import Mapping

import msgspec

from juyong.api.caller import Anonymous, principal_id
from juyong.api.wire import Answered
from juyong.base.ids import AccountId
from juyong.services.oss.access_log.configuration import LOGGING
from juyong.services.oss.access_log.line import Entry, line_of
from juyong.services.oss.access_log.tables import LogLineRow
from juyong.services.oss.tables import BucketRow, BucketSettingRow
from juyong.services.oss.wire.writing import shown
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

FRESH_SECONDS = 1.0
"""How old what is known of the buckets may be: a change counts in other processes by then."""
MOST_LINES = 1_000_000
"""Lines that wait for the job; beyond them none is kept, and requests go on."""
_MEMORY = "oss.access_log"
_CHANGES = frozenset({"PutBucketLogging", "DeleteBucketLogging", "PutBucket", "DeleteBucket"})
_READS = frozenset({"GetObject", "HeadObject"})
_WITHOUT_BODY = frozenset({204, 304})
_PART = 206


class _Watched(msgspec.Struct):
    """The buckets whose access log is on, with their owner and target, as of a moment."""

    buckets: Mapping[str, tuple[AccountId, str]] = msgspec.field(default_factory=dict)
    is_full: bool = False
    read_at: float = float("-inf")


async def note(answered: Answered, bucket: str, key: str) -> None:
    """Leave the line of a request, where the bucket has a log.

    Raises:
        StoreError: no line was left.
    """
    watched = answered.platform.memory.setdefault(_MEMORY, _Watched())
    await _look(watched, answered)
    held = watched.buckets.get(bucket)
    if held is None or watched.is_full:
        return
    owner, target = held
    row = LogLineRow(
        bucket_name=bucket,
        account_id=owner,
        target=target,
        at=answered.at,
        line=line_of(_entry(answered, bucket, key, owner)),
    )
    await answered.store.run(lambda tx: tx.insert_later(row))


async def _look(watched: _Watched, answered: Answered) -> None:
    now = time.monotonic()
    if answered.operation not in _CHANGES and now - watched.read_at < FRESH_SECONDS:
        return
    watched.read_at = now
    watched.buckets, watched.is_full = await answered.store.read(_read, scans=True)


def _read(tx: Transaction) -> tuple[dict[str, tuple[AccountId, str]], bool]:
    found = {}
    for row in tx.find(BucketSettingRow, kind=LOGGING.kind):
        bucket = tx.get(BucketRow, row.bucket_name)
        if bucket is not None:
            found[row.bucket_name] = (bucket.account_id, row.document)
    ((first, last),) = tx.query(_ends)
    return found, last is not None and last - first >= MOST_LINES


def _ends() -> "sa.Select[tuple[int | None, int | None]]":
    row = table_of(LogLineRow)
    return sa.select(
        sa.select(sa.func.min(row.c.seq)).scalar_subquery(),
        sa.select(sa.func.max(row.c.seq)).scalar_subquery(),
    )


def _entry(answered: Answered, bucket: str, key: str, owner: AccountId) -> Entry:
    raw, answer, caller = answered.raw, answered.answer, answered.caller
    claim = answered.envelope.claim if answered.envelope else None
    is_known = caller is not None and not isinstance(caller, Anonymous)
    told = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
    has_body = raw.method != "HEAD" and answer.status not in _WITHOUT_BODY
    head = sum(len(name) + len(value) + 4 for name, value in raw.headers.items())
    return Entry(
        remote_ip=raw.peer,
        at=answered.at,
        method=raw.method,
        path=raw.path,
        query=raw.query,
        status=answer.status,
        sent=answer.length if has_body else 0,
        taken=max(1, round(1000 * (time.monotonic() - answered.begun))),
        referer=raw.headers.get("referer", ""),
        user_agent=raw.headers.get("user-agent", ""),
        host=raw.host,
        request_id=shown(answered.request_id),
        requester=principal_id(caller) if is_known and caller is not None else "",
        operation=answered.operation,
        bucket=bucket,
        key=key,
        object_size=_size(answered, told, key),
        error=answer.code,
        length=len(raw.method) + len(raw.path) + len(raw.query) + head + _body(raw.headers),
        owner=owner,
        storage_class=told.get(b"x-oss-storage-class", ""),
        access_key_id=claim.access_key_id if claim else "",
    )


def _size(answered: Answered, told: Mapping[bytes, str], key: str) -> int | None:
    """Return the size of the object that is read or stored, where the request tells it.

    A form that names no key has no file: its body is the form.
    """
    if answered.operation in _READS and answered.answer.status in (200, _PART):
        whole = told.get(b"content-range", "").rpartition("/")[2]
        return int(whole) if whole.isdigit() else answered.answer.length
    if answered.operation == "PostObject":
        return answered.received.length if answered.received and key else None
    return _body(answered.raw.headers) if answered.operation == "PutObject" else None


def _body(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0  # noqa: PLR2004  # digits
