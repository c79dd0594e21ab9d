"""The tables of raw logs: stores, keys, shards, batches, and files of columns made of them."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table("logs_store", key=("store_id",))
class StoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """A logstore as raw logs know it.

    ttl_days: How long batches stay after their arrival; FOREVER and above: for ever. index: The
    index in JSON, as its owner wrote it; None: no columns are made. indexed_since: When the index
    was made; what arrived before has no columns that count. index_changed_at: When its owner wrote
    the index last. dropped_at: When the store was
    dropped; a job deletes what is left of it.
    """

    store_id: str
    account_id: AccountId
    ttl_days: int
    index: str | None = None
    indexed_since: Instant = Instant(0)
    index_changed_at: Instant = Instant(0)
    dropped_at: Instant | None = None
    version: int = 0


@table("logs_key", key=("key_id",), index=(("store_id", "made_at"),))
class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A data key of a store, sealed under a key of the KMS.

    region, master: Of the key of the KMS, and its ARN. role: The ARN of the role that may use the
    key. about: The ARN of the logstore, which the ciphertext is bound to. sealed: The ciphertext,
    in base64. made_at: When it was drawn; it seals what arrives on the same day, in UTC.
    """

    key_id: str
    store_id: str
    account_id: AccountId
    region: str
    master: str
    role: str
    about: str
    sealed: str
    made_at: Instant


@table("logs_shard", key=("store_id", "shard"))
class ShardRow(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of a shard so far; they only rise, by `Transaction.add_later` alone.

    next_sequence: Of the next batch. logs, size: Of all batches; size counts raw bytes.
    """

    store_id: str
    shard: int
    next_sequence: int = 0
    logs: int = 0
    size: int = 0


@table("logs_turned", key=("store_id", "shard"))
class TurnedRow(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a shard was turned over into columns, in the numbers of ShardRow."""

    store_id: str
    shard: int
    next_sequence: int = 0
    logs: int = 0
    size: int = 0
    version: int = 0


@table(
    "logs_batch",
    key=("store_id", "shard", "sequence"),
    index=(("segment_id",), ("store_id", "shard", "received_at")),
)
class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """One LogGroup that a writer sent.

    sequence: Its place in the shard, without gaps. segment_id, place, length: Its frame. codec,
    size: How the bytes of the frame are compressed, and how many come out. before: The logs of the
    shard that came before. logs, min_time, max_time: Of the group. received_at: When it arrived.
    key_id: Of the data key that seals the bytes inside of the frame, empty for none.
    """

    store_id: str
    shard: int
    sequence: int
    segment_id: str
    place: int
    length: int
    codec: str
    size: int
    before: int
    logs: int
    min_time: int
    max_time: int
    received_at: Instant
    key_id: str = ""


@table(
    "logs_file",
    key=("blob_id",),
    unique=(("words_id",),),
    index=(("store_id", "last_received_at"),),
)
class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file of columns, and the filter of its words, which are blobs.

    logs, min_time, max_time: Of its logs. received_at, last_received_at: Of the first and the last
    of its batches. index: The index in JSON that its columns follow. key_id: Of the data key that
    seals the keys of both blobs, empty where the blobs have their own. keys: Those keys, sealed.
    """

    blob_id: str
    words_id: str
    store_id: str
    logs: int
    min_time: int
    max_time: int
    received_at: Instant
    last_received_at: Instant
    index: str
    key_id: str = ""
    keys: Secret | None = None
