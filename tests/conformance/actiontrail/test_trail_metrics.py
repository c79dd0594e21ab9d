"""CloudMonitor has figures of trails, and of the buckets and logstores that trails fill."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from alibabacloud_cms20190101 import models as m
from alibabacloud_cms20190101.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.actiontrail.trailing import WINDOW, Trailing
from tests.conformance.harness import refused

from juyong.api.bench import Bench
from juyong.base.clock import Instant
from juyong.logs.tables import BatchRow
from juyong.services.cms.jobs import minute
from juyong.services.oss.buckets import jobs as of_buckets
from juyong.services.sls.logstores import jobs as of_logstores
from juyong.services.sls.tables import LogstoreRow


class Monitor:
    """CloudMonitor as the owner of a trail asks it, with the jobs that measure."""

    def __init__(self, trailing: Trailing) -> None:
        self.trailing, account = trailing, trailing.account
        self.client = Client(trailing.server.config(account.access_key_id, account.secret.reveal()))

    def work(self) -> None:
        """Measure as if two hours ago, and store the minutes once they are over."""
        server = self.trailing.server
        pipeline = server.running.pipeline
        bench = Bench(
            call=server.running.store.call, clock=server.clock, platform=pipeline.platform
        )
        before = replace(bench, clock=lambda: Instant(server.clock() - 7200))
        of_buckets.measure_buckets(before)
        of_logstores.measure_logstores(before)
        server.clock.offset += 120
        minute(bench)

    def ask(self, namespace: str, name: str, **dimensions: str) -> list[dict[str, Any]]:
        """Return the data of the last day, by the metric's shortest period."""
        asked = m.DescribeMetricDataRequest(
            namespace=namespace,
            metric_name=name,
            dimensions=json.dumps(dimensions),
            start_time=str((self.trailing.server.clock() - 86_400) * 1000),
        )
        found: list[dict[str, Any]] = json.loads(
            self.client.describe_metric_data(asked).body.datapoints
        )
        return found

    def counts(self, name: str) -> Counter[str]:
        """Return the sums of a count of the trail, by `oss` and `sls`."""
        found: Counter[str] = Counter()
        for point in self.ask("acs_actiontrail", name, trailName=self.trailing.name):
            found[point["target"].partition(":")[0]] += point["Sum"]
        return found


@pytest.fixture
def monitor(trailing: Trailing, monkeypatch: pytest.MonkeyPatch) -> Monitor:
    monkeypatch.setattr(of_buckets, "KEYS", 2)
    monkeypatch.setattr(of_logstores, "BATCHES", 1)
    return Monitor(trailing)


def test_what_a_trail_delivers_and_what_lies_there_is_measured(
    trailing: Trailing, ram: RamClient, monitor: Monitor
) -> None:
    trailing.create()
    trailing.start()
    for name in ("a", "b"):
        ram.create_user(ram_models.CreateUserRequest(user_name=name))
        trailing.deliver()
    for key in ("k1", "k2", "k3", "k4"):
        trailing.bucket.put_object(key, b"12345")
    trailing.deliver(WINDOW)
    stat = trailing.bucket.get_bucket_stat()
    monitor.work()
    assert monitor.counts("DeliveryCount") == {"sls": 2, "oss": 1}
    assert monitor.counts("DeliveryFailureCount") == {}
    bucket = {"BucketName": trailing.name}
    assert stat.object_count > 4
    (held,) = monitor.ask("acs_oss_dashboard", "MeteringStorageUtilization", **bucket)
    assert held["Maximum"] == held["Minimum"] == stat.storage_size_in_bytes
    (objects,) = monitor.ask("acs_oss_dashboard", "MeteringObjectCount", **bucket)
    assert objects["Average"] == stat.object_count
    (kept,) = monitor.ask("acs_sls_dashboard", "LogstoreStorage", project=trailing.project)
    assert kept["logstore"] == f"actiontrail_{trailing.name}"
    call = trailing.server.running.store.call
    row = call(lambda tx: tx.get(LogstoreRow, trailing.project, kept["logstore"]))
    assert row is not None
    batches = call(lambda tx: tx.find(BatchRow, store_id=row.store_id))
    assert 0 < kept["Maximum"] <= sum(each.size for each in batches)


def test_a_delivery_that_fails_is_counted(
    trailing: Trailing, ram: RamClient, monitor: Monitor
) -> None:
    trailing.create(sls_project_arn=None)
    trailing.bucket.delete_bucket()
    trailing.start()
    ram.create_user(ram_models.CreateUserRequest(user_name="c"))
    trailing.deliver()
    trailing.deliver(WINDOW)
    monitor.work()
    assert monitor.counts("DeliveryFailureCount") == {"oss": 1}
    assert monitor.counts("DeliveryCount") == {}


def test_a_state_is_asked_for_by_the_period_in_which_it_is_measured(monitor: Monitor) -> None:
    asked = m.DescribeMetricMetaListRequest(
        namespace="acs_oss_dashboard", metric_name="MeteringStorageUtilization"
    )
    (meta,) = monitor.client.describe_metric_meta_list(asked).body.resources.resource
    assert (meta.periods, meta.dimensions, meta.unit) == ("3600", "userId,BucketName", "bytes")
    named = {"namespace": "acs_oss_dashboard", "metric_name": "MeteringStorageUtilization"}
    assert (
        monitor.client.describe_metric_data(m.DescribeMetricDataRequest(**named)).body.period
        == "3600"
    )
    with refused("ParameterInvalid", 400):
        monitor.client.describe_metric_data(m.DescribeMetricDataRequest(period="900", **named))


def test_both_versions_of_actiontrail_have_one_namespace(monitor: Monitor) -> None:
    asked = m.DescribeProjectMetaRequest(page_size=100)
    found = monitor.client.describe_project_meta(asked).body.resources.resource
    spaces = [each.namespace for each in found if "actiontrail" in each.namespace]
    assert spaces == ["acs_actiontrail"]
