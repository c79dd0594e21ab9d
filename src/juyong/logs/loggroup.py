"""LogGroups: the protobuf messages in which writers send logs and readers get them.

A group is measured before its bytes are kept, and read log by log when columns are made of it.

Source: SLS, PutLogs and its data encoding (documented); fields and their numbers as
aliyun-log-python-sdk has them (observed). A writer of the official command line sends `Time_ns` as
a varint in the place of four fixed bytes (observed): both are read.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

import msgspec

from juyong.engines.logsearch.log import Log
from juyong.logs.native import extent_of

MOST_BYTES = 30 * 1024 * 1024
MOST_LOGS = 512_000
MOST_TAGS = 1_000
LONGEST_KEY = 128
LONGEST_VALUE = 1024 * 1024
_MOST_MARKS = 4_000_000
"""Bytes 0x12 (and 0x92, its longer spelling) of a group: each pair of key and value begins with
one, has two bytes at least, and takes memory when it is parsed."""
_LENGTHS = 2
"""The wire type of strings and messages."""
_SHARD_BITS = 16
SHARD_MASK = (1 << _SHARD_BITS) - 1
_MORE = 0x80
"""The bit of a byte of a varint that tells of another byte."""
_LOG, _PAIR, _TAG = 1, 2, 6
_TIME = 0x08
"""The byte before the time of a log: field 1, a varint."""


class BadLogGroup(Exception):
    """The bytes are no LogGroup, or one beyond the bounds; the text says how."""


class BadEncoding(BadLogGroup):
    """A text is not UTF-8."""


class BadKey(BadLogGroup):
    """A key is too long."""


class TooLarge(BadLogGroup):
    """The group has too many bytes or logs."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The extent of a group; times are Unix seconds, 0 where the group has no logs."""

    logs: int
    min_time: int
    max_time: int


def measure(raw: bytes) -> Measured:
    """Prove a group and tell its extent; raises as `measure_in_python`."""
    return measure_natively(raw) or measure_in_python(raw)


def measure_natively(raw: bytes) -> Measured | None:
    """Tell the extent of a group by the native core; None where the core says nothing of it."""
    found = extent_of(raw)
    if found is None or found[0] > MOST_LOGS:
        return None
    logs, first, last = found
    return Measured(logs=logs, min_time=first, max_time=last)


def measure_in_python(raw: bytes) -> Measured:
    """Prove a group and tell its extent, without the native core.

    Raises:
        TooLarge: more than 30 MB, 512,000 logs or 1,000 tags.
        BadEncoding: a text is not UTF-8.
        BadKey: a key has more than 128 bytes.
        BadLogGroup: not a group otherwise, a log has no time, or a value has more than 1 MB.

    Cost: two passes in C, and a few Python steps for each log and each key that differs; a step for
    each pair where `_merged` proves nothing. 3.7 million keys that differ take 5 s and 700 MB.
    """
    if len(raw) > MOST_BYTES:
        raise TooLarge("the group has more than 30 MB")
    outline = _outline(raw)
    if len(raw) > 2 * _MOST_MARKS and raw.count(b"\x12") + raw.count(b"\x92") > _MOST_MARKS:
        raise TooLarge("the group has too many keys")
    merged = _merged(raw, outline)
    if merged is None:
        group = _parsed(raw)
        times, keys = [log.Time for log in group.Logs], _keys_of(group)
    else:
        times, keys = list(merged.Logs.Time), chain(merged.Logs.Contents, merged.LogTags)
    first = min(times, default=0)
    if times and not first:
        raise BadLogGroup("a log has no time")
    if any(len(key) > LONGEST_KEY or len(key.encode()) > LONGEST_KEY for key in keys):
        raise BadKey(f"a key has more than {LONGEST_KEY} bytes")
    return Measured(logs=len(times), min_time=first, max_time=max(times, default=0))


def logs_of(raw: bytes, sequences: Callable[[int], int] = int) -> Iterator[Log]:
    """Yield the logs of a group that was measured, in order.

    sequences: Returns the sequence of a log from its number in the group.
    """
    group = _message("LogGroup").FromString(raw)
    topic, source = group.Topic, group.Source
    tags = tuple([(tag.Key, tag.Value) for tag in group.LogTags])
    pairs = zip(group.Logs, _nanoseconds(raw, group), strict=True)
    for number, (log, time_ns) in enumerate(pairs):
        yield Log(
            time=log.Time,
            time_ns=time_ns or None,
            topic=topic,
            source=source,
            tags=tags,
            contents=tuple([(pair.Key, pair.Value) for pair in log.Contents]),
            sequence=sequences(number),
        )


def sequence_of(shard: int, before: int, number: int) -> int:
    """Return the sequence of a log: its number in its shard, and the shard behind it.

    before: How many logs of the shard came before its group. number: Of the log in its group.
    """
    return before + number << _SHARD_BITS | shard & SHARD_MASK


def arrival_of(sequence: int) -> tuple[int, int]:
    """Return the shard of a log, and its number in the shard, from its sequence."""
    return sequence & SHARD_MASK, sequence >> _SHARD_BITS


def tags_of(raw: bytes) -> list[tuple[str, str]]:
    """Return the tags of a group that was measured."""
    return [(tag.Key, tag.Value) for tag in _message("LogGroup").FromString(raw).LogTags]


def tagged(raw: bytes, tags: Iterable[tuple[str, str]]) -> bytes:
    """Return a group with more tags behind its own."""
    more = _message("LogGroup")()
    for key, value in tags:
        more.LogTags.add(Key=key, Value=value)
    return raw + bytes(more.SerializeToString())


def group_of(logs: Sequence[Log]) -> bytes:
    """Return the group of logs that have topic, source and tags in common; of none, no bytes."""
    group = _message("LogGroup")()
    if logs:
        group.Topic, group.Source = logs[0].topic, logs[0].source
        for key, value in logs[0].tags:
            group.LogTags.add(Key=key, Value=value)
    for log in logs:
        made = group.Logs.add(Time=log.time, Time_ns=log.time_ns or 0)
        for key, value in log.contents:
            made.Contents.add(Key=key, Value=value)
    return bytes(group.SerializeToString())


def list_of(groups: Iterable[bytes]) -> bytes:
    """Return the LogGroupList of some groups, each as it was sent."""
    parts: list[bytes] = []
    for raw in groups:
        parts += (b"\x0a", _varint(len(raw)), raw)
    return b"".join(parts)


class _Outline(msgspec.Struct, frozen=True, kw_only=True):
    """The extent of the parts of a group, in bytes.

    longest: The longest log or tag. timed: Each log begins with a time.
    """

    logs: int
    longest: int
    timed: bool


def _outline(raw: bytes) -> _Outline:
    """Read the outermost fields.

    Raises:
        BadLogGroup: one is cut, spelt longer than needed, or of a type that no group has.
        TooLarge: there are too many logs or tags.

    PERF: in C, by a message whose parts are bytes; a loop takes as long as all the rest.
    """
    from google.protobuf.message import DecodeError  # noqa: PLC0415  # the first group imports it
    from google.protobuf.unknown_fields import UnknownFieldSet  # noqa: PLC0415

    if len(raw) > 2 * _MOST_MARKS and (raw.count(b"\x0a\x00") + raw.count(b"\x0a\x01") > MOST_LOGS):
        raise TooLarge("the group has too many logs")  # each takes memory, and none has a time
    try:
        group = _message("LogGroupOfParts").FromString(raw)
    except DecodeError:
        raise BadLogGroup("the group is cut") from None
    if len(group.Logs) > MOST_LOGS or len(group.LogTags) > MOST_TAGS:
        raise TooLarge("the group has too many logs or tags")
    others = [*UnknownFieldSet(group)]
    if any(field.wire_type != _LENGTHS for field in others):
        raise BadLogGroup("a field of the group has another type")
    held, parts = list(group.Logs), (group.LogTags, group.Topic, group.Source)
    logs = sorted(map(len, held))
    others_of = [field.data for field in others]
    rest = sorted(len(each) for each in chain(*parts, others_of))
    if _spelt(logs) + _spelt(rest) != len(raw):
        raise BadLogGroup("a number is spelt longer than needed")
    return _Outline(
        logs=len(logs),
        timed=all(logs[:1]) and {log[0] for log in held} <= {_TIME},
        longest=max([*logs[-1:], *map(len, group.LogTags)], default=0),
    )


def _merged(raw: bytes, outline: _Outline) -> Any:
    """Return a group with one log, which has all times, and each key once.

    The group is proven by that: all fields are whole, and all texts UTF-8.

    Returns:
        None where the group is not, and where a log may have no time or several, a value may be too
        long, or a pair has further fields: then protobuf passes over its key.

    PERF: protobuf merges all logs into one where a group has one by its description, and makes no
    objects. As many times as logs, where each log begins with one, are one for each.
    """
    from google.protobuf.message import DecodeError  # noqa: PLC0415  # the first group imports it
    from google.protobuf.unknown_fields import UnknownFieldSet  # noqa: PLC0415

    if not outline.timed or outline.longest > LONGEST_VALUE:
        return None
    try:
        merged = _message("LogGroupMerged").FromString(raw)
    except DecodeError:
        return None
    if len(merged.Logs.Time) != outline.logs:
        return None
    for holder, pairs in ((merged.Logs, _PAIR), (merged, _TAG)):
        if any(field.field_number == pairs for field in UnknownFieldSet(holder)):
            return None
    return merged


def _spelt(lengths: list[int]) -> int:
    """Return the bytes of fields of such lengths, each with its number and length before it.

    lengths: Sorted. PERF: so they are counted by a few searches, and not one by one.
    """
    longer = [len(lengths) - bisect_left(lengths, _MORE << bits) for bits in (0, 7, 14, 21)]
    return sum(lengths) + 2 * len(lengths) + sum(longer)


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:  # noqa: PLR2004
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)


def _keys_of(group: Any) -> Iterator[str]:
    """Yield the key of each pair.

    Raises:
        BadLogGroup: a value is too long.
    """
    for holder in (*(log.Contents for log in group.Logs), group.LogTags):
        for pair in holder:
            yield pair.Key
            value = pair.Value
            if len(value) * 4 > LONGEST_VALUE and len(value.encode()) > LONGEST_VALUE:
                raise BadLogGroup("a value has more than 1 MB")


def _nanoseconds(raw: bytes, group: Any) -> list[int]:
    """Return the nanoseconds of each log, in whichever form they were sent."""
    found = [log.Time_ns for log in group.Logs]
    before = group.ByteSize()
    group.DiscardUnknownFields()
    if group.ByteSize() != before:
        others = _message("LogGroupOfVarints").FromString(raw).Logs
        found = [mine or other.Time_ns for mine, other in zip(found, others, strict=True)]
    return found


def _parsed(raw: bytes) -> Any:
    from google.protobuf.message import DecodeError  # noqa: PLC0415  # the first group imports it

    try:
        return _message("LogGroup").FromString(raw)
    except DecodeError as bad:
        failure = bad
    try:
        _message("LogGroupOfBytes").FromString(raw)
    except DecodeError:
        raise BadLogGroup("the bytes are no LogGroup") from failure
    raise BadEncoding("a text is not UTF-8")


_STRING, _MESSAGE, _BYTES, _UINT32, _FIXED32 = 9, 11, 12, 13, 7
"""Types of fields, as descriptors number them."""
_OPTIONAL, _REPEATED = 1, 3
"""Labels of fields, as descriptors number them."""


@cache
def _message(name: str) -> Any:
    """Return the class of a kind of group.

    With texts, with bytes, with varints for Time_ns, with nothing but its parts as bytes, or with
    one log that all merge into: it has all their times, and each key once.
    """
    from google.protobuf import descriptor_pb2 as pb  # noqa: PLC0415  # the first group imports it

    text = _BYTES if name == "LogGroupOfBytes" else _STRING
    nanoseconds = _UINT32 if name == "LogGroupOfVarints" else _FIXED32
    file = pb.FileDescriptorProto(name=f"{name}.proto", package="juyong", syntax="proto3")
    if name == "LogGroupOfParts":
        message = file.message_type.add(name=name)
        for number, part in ((_LOG, "Logs"), (3, "Topic"), (4, "Source"), (_TAG, "LogTags")):
            message.field.add(name=part, number=number, type=_BYTES, label=_REPEATED)
        return _made(file, name)
    pair = (("Key", 1, text, ""), ("Value", 2, text, ""))
    log = (("Time", 1, _UINT32, ""), ("Contents", _PAIR, _MESSAGE, "Pair"))
    _declare(file, "Pair", *pair)
    _declare(file, "Log", *log, ("Time_ns", 4, nanoseconds, ""))
    head = (("Logs", _LOG, _MESSAGE, "Log"), ("Topic", 3, text, ""), ("Source", 4, text, ""))
    _declare(file, name, *head, ("LogTags", _TAG, _MESSAGE, "Pair"))
    if name == "LogGroupMerged":
        of_pair, of_log, of_group = file.message_type
        of_pair.options.map_entry = True
        of_log.field[0].label, of_group.field[0].label = _REPEATED, _OPTIONAL
    return _made(file, name)


def _made(file: Any, name: str) -> Any:
    from google.protobuf import descriptor_pool, message_factory  # noqa: PLC0415  # as above

    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"juyong.{name}"))


def _declare(file: Any, name: str, *fields: tuple[str, int, int, str]) -> None:
    """Add a message to a file of descriptors; a field of another message repeats."""
    message = file.message_type.add(name=name)
    for field, number, kind, of in fields:
        label = _REPEATED if of else _OPTIONAL
        added = message.field.add(name=field, number=number, type=kind, label=label)
        if of:
            added.type_name = f".juyong.{of}"
