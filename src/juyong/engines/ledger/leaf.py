"""The leaves of a log: fixed records that name an event and its digest, and hold nothing of it.

A leaf is one byte that tells its kind, and then, integers big-endian:

- 1, an event: one byte length and that many bytes of the event's id (UTF-8), eight bytes of
  milliseconds since 1970 UTC, 32 bytes of SHA-256 of the event's canonical body.
- 2, the beginning of a log that follows another: eight bytes of milliseconds, 32 bytes of SHA-256
  of the text of the old log's last checkpoint, and then the old origin, the operator and the
  reason, each with two bytes of length before its UTF-8.
- 3, an expiry: eight bytes of milliseconds, eight of the index that it goes up to, eight of the
  index of the expiry before, and four of the days that events were kept.

INVARIANT: bytes are one leaf or none, and what is read encodes to the same bytes.

Source: our own format.
"""

import struct

import msgspec

from juyong.engines.ledger.errors import Malformed
from juyong.engines.ledger.hashing import HASH_BYTES
from juyong.engines.ledger.tiles import LARGEST_SIZE

MOST_ID_BYTES = 255
MOST_TEXT_BYTES = 4096
"""Of an origin, an operator and a reason each."""
_EVENT, _BEGINNING, _EXPIRY = 1, 2, 3
_LARGEST_TIME = 2**63 - 1
_EVENT_HEAD = 2
_EVENTS = tuple([struct.Struct(f">BB{size}sQ32s") for size in range(MOST_ID_BYTES + 1)])
"""The form of an event's leaf, by the length of its id."""
_BEGINNING_HEAD = struct.Struct(">BQ32s")
_EXPIRY_FORM = struct.Struct(">BQQQI")
MOST_DAYS = 2**32 - 1
_LENGTH = struct.Struct(">H")


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """An event: its id, its time in milliseconds since 1970 UTC, SHA-256 of its canonical body."""

    event_id: str
    time_ms: int
    digest: bytes

    def encode(self) -> bytes:
        """Return the leaf's bytes.

        Raises:
            Malformed: see encode_event.
        """
        return encode_event(self.event_id, self.time_ms, self.digest)


class Beginning(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The first leaf of a log that follows another, such as after a restore.

    old_origin: Of the log that ended.
    old_checkpoint_hash: SHA-256 of the text of its last checkpoint (`Checkpoint.digest`), without
        signatures, since witnesses may sign later.
    operator: Who began the new log. reason: Why. Both are public.
    time_ms: When, in milliseconds since 1970 UTC.
    """

    old_origin: str
    old_checkpoint_hash: bytes
    operator: str
    reason: str
    time_ms: int

    def encode(self) -> bytes:
        """Return the leaf's bytes.

        Raises:
            Malformed: the origin or the operator is empty, a text is longer than MOST_TEXT_BYTES,
                the hash is not 32 bytes, or the time lies before 1970.
        """
        if not self.old_origin or not self.operator:
            raise Malformed("a beginning names the old origin and the operator")
        if len(self.old_checkpoint_hash) != HASH_BYTES or not 0 <= self.time_ms <= _LARGEST_TIME:
            raise Malformed("a beginning has a hash of 32 bytes, and a time since 1970")
        head = _BEGINNING_HEAD.pack(_BEGINNING, self.time_ms, self.old_checkpoint_hash)
        texts = map(_utf8, (self.old_origin, self.operator, self.reason))
        return head + b"".join([_LENGTH.pack(len(text)) + text for text in texts])


class Expiry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A statement that events which were too old are kept no longer; their leaves are.

    up_to: The events of all leaves before this index are gone.
    previous: Index of the statement before this one in the log; 0 for none, since a first leaf
        cannot be a statement.
    kept_days: For how many days events were kept: each that went was older.
    time_ms: When, in milliseconds since 1970 UTC.
    """

    up_to: int
    previous: int
    kept_days: int
    time_ms: int

    def encode(self) -> bytes:
        """Return the leaf's bytes.

        Raises:
            Malformed: `up_to` or `kept_days` is below 1, `previous` is negative, the time lies
                before 1970, or a number is too large.
        """
        if not 0 < self.up_to <= LARGEST_SIZE or not 0 <= self.previous < LARGEST_SIZE:
            raise Malformed("an expiry has indexes of leaves")
        if not 0 <= self.time_ms <= _LARGEST_TIME:
            raise Malformed("an expiry has a time since 1970")
        if not 1 <= self.kept_days <= MOST_DAYS:
            raise Malformed("events are kept for one day or more")
        form = (_EXPIRY, self.time_ms, self.up_to, self.previous, self.kept_days)
        return _EXPIRY_FORM.pack(*form)


def encode_event(event_id: str, time_ms: int, digest: bytes) -> bytes:
    """Return the bytes of an event's leaf.

    Args:
        event_id: 1 to MOST_ID_BYTES bytes of UTF-8.
        time_ms: Milliseconds since 1970 UTC, 0 to 2**63 - 1.
        digest: 32 bytes.

    Raises:
        Malformed: a value is out of these bounds.
    """
    # PERF: every event that is verified passes here, so the usual case makes no calls of its own.
    try:
        name = event_id.encode()
    except UnicodeEncodeError:
        raise Malformed("an event id is no Unicode") from None
    if len(digest) != HASH_BYTES or not 0 <= time_ms <= _LARGEST_TIME:
        raise Malformed("an event has a digest of 32 bytes, and a time since 1970")
    if not 0 < len(name) <= MOST_ID_BYTES:
        raise Malformed("an event id is 1 to 255 bytes long")
    return _EVENTS[len(name)].pack(_EVENT, len(name), name, time_ms, digest)


def decode_leaf(data: bytes) -> Leaf | Beginning | Expiry:
    """Read a leaf's bytes.

    Raises:
        Malformed: they are no leaf, or do not end with the leaf.
    """
    kind = data[:1]
    if kind == b"\1":
        return _read_event(data)
    if kind == b"\2":
        return _read_beginning(data)
    if kind == b"\3":
        return _read_expiry(data)
    raise Malformed("the first byte names no kind of leaf")


def _utf8(text: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise Malformed("a text is no Unicode") from None
    if len(data) > MOST_TEXT_BYTES:
        raise Malformed("a text is too long")
    return data


def _read_event(data: bytes) -> Leaf:
    length = data[1] if len(data) >= _EVENT_HEAD else 0
    form = _EVENTS[length] if length else None
    if form is None or len(data) != form.size:
        raise Malformed("an event's leaf has another length")
    _, _, name, time_ms, digest = form.unpack(data)
    if time_ms > _LARGEST_TIME:
        raise Malformed("a time is too late")
    return Leaf(_text(name), time_ms, digest)


def _read_beginning(data: bytes) -> Beginning:
    if len(data) < _BEGINNING_HEAD.size:
        raise Malformed("a beginning is cut off")
    _, time_ms, digest = _BEGINNING_HEAD.unpack_from(data)
    texts, at = [], _BEGINNING_HEAD.size
    for _ in range(3):
        length = int.from_bytes(data[at : at + _LENGTH.size])
        end = at + _LENGTH.size + length
        texts.append(_text(data[at + _LENGTH.size : end]))
        at = end
    origin, operator, reason = texts
    found = Beginning(
        old_origin=origin,
        old_checkpoint_hash=digest,
        operator=operator,
        reason=reason,
        time_ms=time_ms,
    )
    if found.encode() != data:
        raise Malformed("a beginning's lengths do not fit")
    return found


def _read_expiry(data: bytes) -> Expiry:
    if len(data) != _EXPIRY_FORM.size:
        raise Malformed("an expiry's leaf has another length")
    _, time_ms, up_to, previous, kept_days = _EXPIRY_FORM.unpack(data)
    found = Expiry(up_to=up_to, previous=previous, kept_days=kept_days, time_ms=time_ms)
    found.encode()
    return found


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Malformed("a text is no UTF-8") from None
