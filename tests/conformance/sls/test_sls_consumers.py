"""Consumer groups: each shard has one reader, whatever consumers come and go."""

import base64
import json
from typing import Any

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient
from tests.conformance.harness import Server, quotas
from tests.conformance.sls_calls import Caller, refused, tea_refused

from juyong.logs.tables import ShardRow
from juyong.services.sls.tables import LogstoreRow


def cursor(place: int) -> str:
    return base64.b64encode(str(place).encode()).decode()


@pytest.fixture
def group(log: LogClient, project: str) -> str:
    """A group on a logstore of four shards."""
    log.create_logstore(project, "four", shard_count=4)
    log.create_consumer_group(project, "four", "readers", 60)
    return "readers"


@pytest.fixture
def beat(log: LogClient, project: str, group: str) -> Any:
    """Send a heartbeat."""

    def send(consumer: str, *shards: int) -> list[int]:
        return list(log.heart_beat(project, "four", group, consumer, list(shards)).get_shards())

    return send


def test_a_group_lives(
    server: Server, owner: Caller, log: LogClient, project: str, logstore: str
) -> None:
    log.create_consumer_group(project, logstore, "g", 30, in_order=True)
    with refused("ConsumerGroupAlreadyExist", 400):
        log.create_consumer_group(project, logstore, "g", 30)
    found = log.list_consumer_group(project, logstore).get_consumer_groups()
    assert [
        (each.get_consumer_group_name(), each.get_timeout(), each.is_in_order()) for each in found
    ] == [("g", 30, True)]
    owner.tea.update_consumer_group(
        project, logstore, "g", m.UpdateConsumerGroupRequest(timeout=40)
    )
    log.update_consumer_group(project, logstore, "g", in_order=False)
    shown = owner.tea.list_consumer_group(project, logstore).body
    assert [each.to_map() for each in shown] == [{"name": "g", "timeout": 40, "order": False}]
    with tea_refused("ParameterInvalid", 400):
        owner.tea.create_consumer_group(
            project,
            logstore,
            m.CreateConsumerGroupRequest(consumer_group="a b", timeout=3, order=False),
        )
    with refused("ParameterInvalid", 400):
        log.create_consumer_group(project, logstore, "h", 0)
    with quotas(server, {"sls.consumer-groups": 1}), refused("ConsumerGroupQuotaExceed", 400):
        log.create_consumer_group(project, logstore, "h", 30)
    log.delete_consumer_group(project, logstore, "g")
    for call in (
        lambda: log.delete_consumer_group(project, logstore, "g"),
        lambda: log.update_consumer_group(project, logstore, "g", timeout=1),
        lambda: log.heart_beat(project, logstore, "g", "c", []),
        lambda: log.update_check_point(project, logstore, "g", 0, cursor(1), "c"),
        lambda: log.get_check_point(project, logstore, "g"),
    ):
        with refused("ConsumerGroupNotExist", 404):
            call()


def test_a_shard_changes_hands_once_its_reader_lets_go(beat: Any) -> None:
    assert beat("a") == [0, 1, 2, 3]
    assert beat("b") == []
    # The first reader is told to keep two, and still says that it reads all.
    assert beat("a", 0, 1, 2, 3) == [0, 1]
    assert beat("b") == []
    assert beat("a", 0, 1) == [0, 1]
    assert beat("b") == [2, 3]
    # An answer that was lost is given again.
    assert beat("b") == [2, 3]
    assert beat("c") == []
    assert beat("b", 2, 3) == [2]
    assert beat("c") == []
    assert beat("b", 2) == [2]
    assert beat("c") == [3]
    assert beat("a", 0, 1) == [0, 1]


def test_a_silent_consumer_loses_its_shards(server: Server, beat: Any) -> None:
    assert beat("a") == [0, 1, 2, 3]
    before = server.clock.offset
    try:
        server.clock.offset += 50
        assert beat("b") == []
        server.clock.offset += 20
        assert beat("b") == [0, 1, 2, 3]
        assert beat("a", 0, 1, 2, 3) == []
    finally:
        server.clock.offset = before


def test_no_two_consumers_read_one_shard(beat: Any) -> None:
    names = [f"c{n}" for n in range(7)]
    held: dict[str, list[int]] = {}
    for _ in range(6):
        for name in names:
            held[name] = beat(name, *held.get(name, ()))
            every = [shard for each in held.values() for shard in each]
            assert len(set(every)) == len(every)
    assert sorted(every) == [0, 1, 2, 3]
    assert sorted(map(len, held.values())) == [0, 0, 0, 1, 1, 1, 1]


def write(server: Server, project: str, shard: int, count: int) -> None:
    """Let a shard have had so many batches."""

    def work(tx: Any) -> None:
        store = tx.get(LogstoreRow, project, "four").store_id
        tx.insert(ShardRow(store_id=store, shard=shard, next_sequence=count))

    server.running.store.call(work)


def test_a_closed_shard_is_read_to_its_end(
    server: Server, log: LogClient, project: str, group: str, beat: Any
) -> None:
    write(server, project, 0, 5)
    log.split_shard(project, "four", 0, "1" * 32)
    assert beat("a") == [0, 1, 2, 3, 4, 5]
    log.update_check_point(project, "four", group, 0, cursor(4), "a")
    assert 0 in beat("a", 0)
    log.update_check_point(project, "four", group, 0, cursor(5), "a")
    assert beat("a", 0) == [1, 2, 3, 4, 5]
    # Of a shard that never had a log nothing is left to read.
    log.split_shard(project, "four", 1, "5" * 32)
    assert beat("a") == [2, 3, 4, 5, 6, 7]


def test_an_ordered_group_reads_parents_first(
    server: Server, log: LogClient, project: str, group: str, beat: Any
) -> None:
    log.update_consumer_group(project, "four", group, in_order=True)
    write(server, project, 0, 5)
    log.split_shard(project, "four", 0, "1" * 32)
    assert beat("a") == [0, 1, 2, 3]
    log.update_check_point(project, "four", group, 0, cursor(5), "a")
    assert beat("a", 0, 1, 2, 3) == [1, 2, 3, 4, 5]


def test_checkpoints(owner: Caller, log: LogClient, project: str, group: str, beat: Any) -> None:
    assert log.get_check_point(project, "four", group).get_consumer_group_check_points() == []
    (none,) = log.get_check_point(project, "four", group, 2).get_consumer_group_check_points()
    assert none == {"shard": 2, "checkpoint": "", "updateTime": 0, "consumer": ""}
    beat("a")
    log.update_check_point(project, "four", group, 2, cursor(7), "a", force_success=False)
    owner.tea.consumer_group_update_check_point(
        project,
        "four",
        group,
        m.ConsumerGroupUpdateCheckPointRequest(
            consumer="other", force_success=True, shard=1, checkpoint=cursor(3)
        ),
    )
    found = owner.tea.get_check_point(project, "four", group, m.GetCheckPointRequest()).body
    assert [(each.shard, each.checkpoint, each.consumer) for each in found] == [
        (1, cursor(3), "other"),
        (2, cursor(7), "a"),
    ]
    assert all(each.update_time > 1_700_000_000_000_000 for each in found)
    with refused("ConsumerNotExist", 404):
        log.update_check_point(project, "four", group, 2, cursor(8), "b", force_success=False)
    beat("b")
    with refused("ConsumerNotMatch", 400):
        log.update_check_point(project, "four", group, 2, cursor(8), "b", force_success=False)
    for wrong in ("", "not base64!", base64.b64encode(b"words").decode(), cursor(10**30)):
        with refused("InvalidShardCheckPoint", 400):
            log.update_check_point(project, "four", group, 2, wrong, "a")
    with refused("ShardNotExist", 404):
        log.update_check_point(project, "four", group, 9, cursor(1), "a")
    with refused("ShardNotExist", 404):
        log.get_check_point(project, "four", group, 9)


def test_a_group_goes_with_its_logstore(log: LogClient, project: str, group: str, beat: Any):
    beat("a")
    log.delete_logstore(project, "four")
    log.create_logstore(project, "four", shard_count=1)
    assert log.list_consumer_group(project, "four").get_count() == 0


def test_a_heartbeat_by_the_generated_sdk(owner: Caller, project: str, group: str) -> None:
    request = m.ConsumerGroupHeartBeatRequest(consumer="a", body=[])
    assert owner.tea.consumer_group_heart_beat(project, "four", group, request).body == [0, 1, 2, 3]
    answer = owner.call(
        "POST",
        f"/logstores/four/consumergroups/{group}",
        "consumer=a&type=heartbeat",
        b'["x"]',
        project=project,
    )
    assert json.loads(answer.body)["errorCode"] == "ParameterInvalid"
