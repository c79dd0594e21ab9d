"""Logstores, by both official SDKs."""

from typing import Any

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient
from tests.conformance.harness import Server, quotas
from tests.conformance.sls_calls import Caller, refused, tea_refused

TRUST = {
    "Version": "1",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["log.aliyuncs.com"]},
        }
    ],
}


def test_a_logstore_lives(owner: Caller, log: LogClient, project: str) -> None:
    log.create_logstore(
        project, "store-1", ttl=90, shard_count=3, hot_ttl=30, append_meta=True, mode="query"
    )
    found = log.get_logstore(project, "store-1")
    assert (found.get_ttl(), found.get_shard_count()) == (90, 3)
    assert (found.append_meta, found.auto_split, found.get_enable_tracking()) == (True, True, False)
    shown = owner.tea.get_log_store(project, "store-1").body
    assert (shown.mode, shown.hot_ttl, shown.product_type) == ("query", 30, "")
    assert shown.create_time <= shown.last_modify_time
    log.update_logstore(project, "store-1", ttl=120, enable_tracking=True, max_split_shard=16)
    owner.tea.update_log_store(project, "store-1", m.UpdateLogStoreRequest(mode="standard"))
    shown = owner.tea.get_log_store(project, "store-1").body
    assert (shown.ttl, shown.enable_tracking, shown.max_split_shard) == (120, True, 16)
    assert (shown.mode, shown.hot_ttl, shown.append_meta) == ("standard", 30, True)
    with refused("LogStoreAlreadyExist", 400, "logstore store-1 already exists"):
        log.create_logstore(project, "store-1")
    log.delete_logstore(project, "store-1")
    with refused("LogStoreNotExist", 404, "logstore store-1 does not exist"):
        log.get_logstore(project, "store-1")


def test_a_store_that_is_made_again_is_another_one(
    server: Server, log: LogClient, project: str, logstore: str
) -> None:
    log.split_shard(project, logstore, 0, "3" * 32)
    log.delete_logstore(project, logstore)
    log.create_logstore(project, logstore, shard_count=1)
    assert [each["shardID"] for each in log.list_shards(project, logstore).get_shards_info()] == [0]


def test_logstores_are_listed_by_parts_of_their_names(
    owner: Caller, log: LogClient, project: str
) -> None:
    for name in ("access", "audit", "events"):
        log.create_logstore(project, name, telemetry_type="Event" if name == "events" else "")
    owner.tea.update_log_store(project, "audit", m.UpdateLogStoreRequest(mode="query"))
    assert log.list_logstore(project).get_logstores() == ["access", "audit", "events"]
    some = log.list_logstore(project, "t", offset=1, size=1)
    assert (some.get_count(), some.get_total(), some.get_logstores()) == (1, 2, ["events"])

    def named(**by: str) -> Any:
        return owner.tea.list_log_stores(project, m.ListLogStoresRequest(**by)).body.logstores

    assert named(telemetry_type="Event") == ["events"]
    assert named(telemetry_type="None") == ["access", "audit"]
    assert named(mode="query") == ["audit"]
    with refused("ProjectNotExist", 404):
        log.list_logstore("no-such-project")


@pytest.mark.parametrize(
    "members",
    [
        {"ttl": 0},
        {"ttl": 3651},
        {"shard_count": 0},
        {"shard_count": 101},
        {"hot_ttl": 3},
        {"hot_ttl": 31},
        {"hot_ttl": 7, "infrequent_access_ttl": 30},
        {"ttl": 90, "infrequent_access_ttl": 30},
        {"max_split_shard": 1000},
        {"mode": "fast"},
        {"logstore_name": "Store"},
        {"logstore_name": "a"},
        {"telemetry_type": "Traces"},
        {"encrypt_conf": {"enable": True}},
        {"encrypt_conf": {"enable": True, "encrypt_type": "rot13"}},
    ],
)
def test_what_no_logstore_has_is_refused(
    owner: Caller, project: str, members: dict[str, Any]
) -> None:
    given = {"logstore_name": "store", "ttl": 30, "shard_count": 2, **members}
    if isinstance(given.get("encrypt_conf"), dict):
        given["encrypt_conf"] = m.EncryptConf(**given["encrypt_conf"])
    with tea_refused("LogStoreInfoInvalid", 400):
        owner.tea.create_log_store(project, m.CreateLogStoreRequest(**given))


@pytest.mark.parametrize(
    "members",
    [
        {"telemetry_type": "Metrics"},
        {"processor_id": "p"},
        {"sharding_policy": m.ShardingPolicy(query_active_time=1)},
        {"enable_modify": True},
    ],
)
def test_what_is_not_served_is_refused_by_name(
    owner: Caller, project: str, members: dict[str, Any]
) -> None:
    given = {"logstore_name": "store", "ttl": 30, "shard_count": 2, **members}
    with tea_refused("NotSupported", 400):
        owner.tea.create_log_store(project, m.CreateLogStoreRequest(**given))


def test_a_logstore_is_in_the_default_resource_group(owner: Caller, project: str) -> None:
    given = {"logstore_name": "store", "ttl": 30, "shard_count": 2}
    with tea_refused("ParameterInvalid", 400):
        owner.tea.create_log_store(
            project, m.CreateLogStoreRequest(**given, resource_group_id="rg-other")
        )


def test_some_members_are_not_changed(owner: Caller, project: str, logstore: str) -> None:
    def change(**members: Any) -> None:
        owner.tea.update_log_store(project, logstore, m.UpdateLogStoreRequest(**members))

    for members in (
        {"shard_count": 5},
        {"telemetry_type": "Event"},
        {"logstore_name": "another"},
    ):
        with tea_refused("ParameterInvalid", 400):
            change(**members)
    change(shard_count=2, telemetry_type="None", logstore_name=logstore)
    with tea_refused("LogStoreInfoInvalid", 400):
        change(ttl=0)
    with tea_refused("NotSupported", 400):
        change(sharding_policy=m.ShardingPolicy(query_active_time=1))


def test_quotas_hold(server: Server, log: LogClient, project: str, logstore: str) -> None:
    with quotas(server, {"sls.logstores": 1}), refused("ProjectQuotaExceed", 400, "logstores"):
        log.create_logstore(project, "second")
    with quotas(server, {"sls.shards": 3}):
        with refused("ProjectQuotaExceed", 400, "shards"):
            log.create_logstore(project, "second", shard_count=2)
        with refused("ProjectQuotaExceed", 400, "shards"):
            log.split_shard(project, logstore, 0, "3" * 32)
            log.split_shard(project, logstore, 1, "b" * 32)
    assert log.list_logstore(project).get_logstores() == [logstore]


def test_what_the_use_is_counted_by(owner: Caller, log: LogClient, project: str, logstore: str):
    assert log.get_logstore_metering_mode(project, logstore).get_metering_mode() == (
        "ChargeByFunction"
    )
    log.update_logstore_metering_mode(project, logstore, "ChargeByDataIngest")
    shown = owner.tea.get_log_store_metering_mode(project, logstore).body
    assert shown.metering_mode == "ChargeByDataIngest"
    with refused("ParameterInvalid", 400):
        log.update_logstore_metering_mode(project, logstore, "Free")
