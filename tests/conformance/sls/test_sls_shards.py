"""Shards: they cover all keys without gaps, whatever is split and merged."""

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient
from tests.conformance.sls_calls import Caller, refused, tea_refused

LAST = "f" * 32


def open_ranges(log: LogClient, project: str, logstore: str) -> list[tuple[str, str]]:
    found = log.list_shards(project, logstore).get_shards_info()
    return sorted(
        (each["inclusiveBeginKey"], each["exclusiveEndKey"])
        for each in found
        if each["status"] == "readwrite"
    )


def assert_covered(ranges: list[tuple[str, str]]) -> None:
    assert (ranges[0][0], ranges[-1][1]) == ("0" * 32, LAST)
    assert [end for _, end in ranges[:-1]] == [begin for begin, _ in ranges[1:]]


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_new_shards_have_equal_ranges(log: LogClient, project: str, count: int) -> None:
    log.create_logstore(project, "store", shard_count=count)
    ranges = open_ranges(log, project, "store")
    assert len(ranges) == count
    assert_covered(ranges)


def test_a_shard_is_split_at_a_key(log: LogClient, project: str, logstore: str) -> None:
    found = log.split_shard(project, logstore, 1, "C" * 32).get_shards_info()
    assert [(each["shardID"], each["status"]) for each in found] == [
        (1, "readonly"),
        (2, "readwrite"),
        (3, "readwrite"),
    ]
    assert found[1]["exclusiveEndKey"] == found[2]["inclusiveBeginKey"] == "c" * 32
    assert found[0]["exclusiveEndKey"] == found[2]["exclusiveEndKey"] == LAST
    assert_covered(open_ranges(log, project, logstore))
    assert log.get_logstore(project, logstore).get_shard_count() == 3
    # What a client read before it split may be sent back.
    log.update_logstore(project, logstore, ttl=31)


def test_a_shard_is_split_into_equal_parts(owner: Caller, project: str, logstore: str) -> None:
    found = owner.tea.split_shard(project, logstore, "0", m.SplitShardRequest(shard_count=4)).body
    assert [each.shard_id for each in found] == [0, 2, 3, 4, 5]
    assert [each.inclusive_begin_key[0] for each in found[1:]] == ["0", "2", "4", "6"]
    halves = owner.tea.split_shard(project, logstore, "1", m.SplitShardRequest()).body
    assert [each.inclusive_begin_key[0] for each in halves] == ["8", "8", "c"]
    assert_covered(open_ranges(owner.log, project, logstore))


def test_shards_are_merged_with_what_follows(
    owner: Caller, log: LogClient, project: str, logstore: str
) -> None:
    log.split_shard(project, logstore, 0, "3" * 32)
    found = log.merge_shard(project, logstore, 3).get_shards_info()
    assert [(each["shardID"], each["status"]) for each in found] == [
        (4, "readwrite"),
        (3, "readonly"),
        (1, "readonly"),
    ]
    assert (found[0]["inclusiveBeginKey"], found[0]["exclusiveEndKey"]) == ("3" * 32, LAST)
    merged = owner.tea.merge_shard(project, logstore, "2").body
    assert (merged[0].inclusive_begin_key, merged[0].exclusive_end_key) == ("0" * 32, LAST)
    assert_covered(open_ranges(log, project, logstore))
    with refused("ParameterInvalid", 400):
        log.merge_shard(project, logstore, 5)


def test_what_cannot_be_split_or_merged(
    owner: Caller, log: LogClient, project: str, logstore: str
) -> None:
    for key in ("0" * 32, "8" + "0" * 31, "c" * 32, "z" * 32, "1"):
        with refused("ParameterInvalid", 400, "invalid mid hash"):
            log.split_shard(project, logstore, 0, key)
    with refused("ParameterInvalid", 400, "invalid shard id"):
        log.split_shard(project, logstore, 7, "c" * 32)
    with refused("ParameterInvalid", 400, "invalid shard id"):
        log.merge_shard(project, logstore, 7)
    with refused("ParameterInvalid", 400):
        log.merge_shard(project, logstore, 1)
    with tea_refused("ParameterInvalid", 400):
        owner.tea.split_shard(project, logstore, "0", m.SplitShardRequest(shard_count=1))
    log.split_shard(project, logstore, 0, "3" * 32)
    with refused("ParameterInvalid", 400, "invalid shard id"):
        log.split_shard(project, logstore, 0, "4" * 32)
    with refused("LogStoreNotExist", 404):
        log.list_shards(project, "no-such-store")


def test_a_range_of_one_key_is_not_split(owner: Caller, project: str, logstore: str) -> None:
    owner.log.split_shard(project, logstore, 0, "0" * 31 + "1")
    with tea_refused("ParameterInvalid", 400, "invalid mid hash"):
        owner.tea.split_shard(project, logstore, "2", m.SplitShardRequest())
    assert_covered(open_ranges(owner.log, project, logstore))
