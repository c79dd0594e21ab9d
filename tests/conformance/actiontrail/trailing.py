"""A bucket, a project and a trail for each test, and the job that delivers, run by the test."""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

import oss2
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from aliyun.log import LogClient
from tests.conformance.harness import Server
from tests.sequencing import sequence

from juyong.api.bench import Bench
from juyong.services.actiontrail.delivery.jobs import deliver_events
from juyong.services.actiontrail.trails.tables import DeliveryRow
from juyong.services.identity.facade import NewAccount

WINDOW = 30


@dataclass
class Trailing:
    """What a test of trails works with."""

    server: Server
    account: NewAccount
    trail: Client
    bucket: oss2.Bucket
    log: LogClient
    project: str
    name: str
    heard: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sls_arn(self) -> str:
        return f"acs:log:cn-hangzhou:*:project/{self.project}"

    def create(self, **more: Any) -> Any:
        """Make the trail, with both targets unless told otherwise."""
        asked = {
            "name": self.name,
            "oss_bucket_name": self.bucket.bucket_name,
            "oss_key_prefix": "actiontrail/",
            "sls_project_arn": self.sls_arn,
            **more,
        }
        return self.trail.create_trail(m.CreateTrailRequest(**asked)).body

    def start(self) -> None:
        """Switch the trail on, a moment later than what was before, which is in the log by then."""
        sequence(self.server.running)
        self.server.clock.offset += 2
        self.trail.start_logging(m.StartLoggingRequest(name=self.name))

    def stop(self) -> None:
        self.trail.stop_logging(m.StopLoggingRequest(name=self.name))

    def status(self) -> Any:
        return self.trail.get_trail_status(m.GetTrailStatusRequest(name=self.name)).body

    def listed(self, **more: Any) -> list[Any]:
        return self.trail.describe_trails(m.DescribeTrailsRequest(**more)).body.trail_list

    def deliver(self, seconds: int = 0) -> None:
        """Let time go by, make leaves of all events, and deliver what is due."""
        self.server.clock.offset += seconds
        running = self.server.running
        sequence(running)
        deliver_events(
            Bench(
                call=running.store.call,
                clock=self.server.clock,
                platform=running.pipeline.platform,
                job="actiontrail.deliver",
                passed_over=lambda job, told: self.name in told and self.heard.append((job, told)),
            )
        )

    def keys(self, folder: str = "") -> list[str]:
        """List the keys of the bucket below a folder."""
        prefix = f"actiontrail/{folder}"
        return [each.key for each in oss2.ObjectIteratorV2(self.bucket, prefix=prefix)]

    def files(self) -> list[list[dict[str, Any]]]:
        """Read all files of events of the bucket, by key."""
        found = self.keys("AliyunLogs/")
        return [json.loads(gzip.decompress(self.bucket.get_object(key).read())) for key in found]

    def rows(self) -> list[dict[str, Any]]:
        """Read all logs of the trail's logstore, in their order."""
        store = f"actiontrail_{self.name}"
        begin = self.log.get_begin_cursor(self.project, store, 0).get_cursor()
        found = self.log.pull_logs(self.project, store, 0, begin, 1000)
        return list(found.get_flatten_logs_json())

    def events(self) -> list[dict[str, Any]]:
        """Read the events of all logs of the trail's logstore, in their order."""
        return [json.loads(each["event"]) for each in self.rows()]

    def deliveries(self) -> list[DeliveryRow]:
        """Read the rows of the trail's deliveries."""
        where = {"account_id": self.account.account_id, "trail_name": self.name}
        return self.server.running.store.call(lambda tx: tx.find(DeliveryRow, **where))


def names(events: list[dict[str, Any]]) -> list[str]:
    """Return the names of events."""
    return [each["eventName"] for each in events]
