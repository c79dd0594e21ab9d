"""Take a group that a call brought: prove it and make it durable, then give it to a shard."""

import os
from collections.abc import Callable

import msgspec

from juyong.api.context import Context, Platform
from juyong.base.clock import Instant
from juyong.base.ids import random_bytes
from juyong.logs import loggroup
from juyong.logs.batches import Arrived, NoSuchStore, TooFarBehind, arrive, keep
from juyong.logs.compression import NONE, Incompressible, compress, decompress, is_known
from juyong.logs.keys import DataKey
from juyong.logs.loggroup import MOST_BYTES, BadLogGroup, tagged
from juyong.logs.measuring import Measurer
from juyong.services.sls.data import errors
from juyong.services.sls.errors import BadArgument, NoLogstore
from juyong.services.sls.logstores.data_keys import (
    Opened,
    key_to_write,
    refuse_open_logs,
)
from juyong.services.sls.logstores.shard import LAST, open_shards
from juyong.services.sls.tables import LogstoreRow, ShardRow

_MEASURER = "sls.measurer"
_MOST_PROCESSES = 4
_STORED = "lz4"
"""The compression of groups that came without one, or were changed."""
_REFUSALS: dict[type[BadLogGroup], Callable[[], Exception]] = {
    loggroup.TooLarge: errors.BodyTooLarge,
    loggroup.BadEncoding: errors.BadEncoding,
    loggroup.BadKey: errors.BadKey,
}
OF_LOGS = (errors.BodyTooLarge, errors.BadKey, errors.BadGroup)
"""The errors of `take` where the platform itself wrote the group."""
REFUSALS = (
    *(errors.NoRawSize, errors.BadRawSize, errors.BadCompressType, errors.Uncompressible),
    *(errors.BadEncoding, *OF_LOGS),
)
"""The errors of `take`."""
KEEPING = (BadArgument, errors.ShardIsFull)
"""The errors of `put`; the first one where the caller names a key."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A body as it was sent; size: What the request says of it, in digits, or None."""

    body: bytes
    codec: str = NONE
    size: str | None = None


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a call that a logstore may have added to its logs."""

    client: str
    at: Instant


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a logstore in taking a group.

    meta: What is added to the logs, None for nothing. key: Seals the group, None where no key of
    the KMS is in force. opened: The keys that the reading transaction opened.
    """

    meta: Meta | None
    key: DataKey | None
    opened: Opened


def taking(ctx: Context, row: LogstoreRow) -> Taking:
    """Return what a logstore does to a group that a call brings.

    Raises:
        KeyRefused: the logs must be sealed under a key of the KMS, which refuses.
    """
    key, opened = key_to_write(ctx, row)
    meta = Meta(client=ctx.source_ip, at=ctx.now) if row.append_meta else None
    return Taking(meta=meta, key=key, opened=opened)


def taken(platform: Platform, sent: Sent, by: Taking) -> Arrived:
    """Prove a group of a call and make it durable, as `take`."""
    by.opened.committed(platform)
    return take(platform, sent, by.meta, by.key)


def take(
    platform: Platform, sent: Sent, meta: Meta | None = None, key: DataKey | None = None
) -> Arrived:
    """Prove a group and make it durable; waits for the disk.

    Args:
        platform: That of the call.
        sent: The group.
        meta: What is added to its logs.
        key: Seals the group; None where no key of the KMS is in force.

    Raises:
        ApiError: of REFUSALS.
        Unavailable: the disk is full.
    """
    size = _size(sent)
    codec, packed = sent.codec, sent.body
    try:
        if codec == NONE or meta is not None:
            raw = decompress(codec, packed, size)
            if meta is not None:
                tags = (("__client_ip__", meta.client), ("__receive_time__", str(meta.at)))
                raw = tagged(raw, tags)
            codec, packed, size = _STORED, compress(_STORED, raw), len(raw)
        return arrive(platform.segments, codec, packed, size, _measurer(platform).measure, key=key)
    except Incompressible:
        raise errors.Uncompressible from None
    except BadLogGroup as bad:
        refusal = _REFUSALS.get(type(bad))
        raise (refusal() if refusal else errors.BadGroup(why=str(bad))) from None


def _measurer(platform: Platform) -> Measurer:
    """Return what measures groups for a platform; its processes end with the platform."""
    held: Measurer | None = platform.memory.get(_MEASURER)
    if held is None:
        made = Measurer(min(os.cpu_count() or 1, _MOST_PROCESSES))
        held = platform.memory.setdefault(_MEASURER, made)
    return held


def _size(sent: Sent) -> int:
    if not is_known(sent.codec):
        raise errors.BadCompressType
    if sent.codec == NONE:
        size = len(sent.body)
    elif sent.size is None:
        raise errors.NoRawSize
    elif not (sent.size.isascii() and sent.size.isdigit() and len(sent.size) < 16):  # noqa: PLR2004
        raise errors.BadRawSize
    else:
        size = int(sent.size)
    if size > MOST_BYTES:
        raise errors.BodyTooLarge
    return size


def put(ctx: Context, row: LogstoreRow, arrived: Arrived, key: str = "") -> None:
    """Give a group to a shard of a logstore; a group without logs is passed over.

    Args:
        ctx: The call.
        row: The logstore.
        arrived: The group.
        key: Up to 32 digits in hex: the shard in whose range the key lies. Empty: any shard.

    Raises:
        BadArgument: no shard takes logs of that key.
        ShardIsFull: too much of the shard waits to be indexed.
        ServiceUnavailable: the encryption of the logstore changed while the group came in.
    """
    refuse_open_logs(ctx.tx, row, arrived)
    shard = _chosen(open_shards(ctx, row), key)
    if not arrived.logs:
        return
    try:
        keep(ctx.tx, row.store_id, shard.shard_id, arrived, ctx.now)
    except NoSuchStore:
        raise NoLogstore(name=row.logstore_name) from None
    except TooFarBehind:
        raise errors.ShardIsFull from None


def _chosen(shards: list[ShardRow], key: str) -> ShardRow:
    if not key:
        return shards[int.from_bytes(random_bytes(2)) % len(shards)]
    try:
        place = int(key, 16) if len(key) == 32 and key.isalnum() else -1  # noqa: PLR2004
    except ValueError:
        place = -1
    for shard in shards:
        begin, end = int(shard.begin_key, 16), int(shard.end_key, 16)
        if begin <= place < end or place == end == LAST:
            return shard
    raise BadArgument(why="invalid shard hash key")
