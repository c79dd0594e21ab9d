"""An instance whose flows are logged into a logstore; time is the test's own."""

from typing import Any

from msgspec.structs import replace
from tests.local import Caller
from tests.trails import in_account
from tests.unit.services.vpc.places import REGION, Place

from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.ids import new_short_id
from juyong.logs.batches import read
from juyong.logs.turnover import logs_in
from juyong.netplane.desired import Event, Flow
from juyong.services.sls.logstores.making import make_logstore
from juyong.services.sls.projects.project import PROJECT
from juyong.services.sls.tables import LogstoreRow, ProjectRow
from juyong.services.vpc.flow_logs.arriving import deliver
from juyong.services.vpc.flow_logs.jobs import deliver_flow_logs
from juyong.store.transaction import Transaction

HERE = {"RegionId": REGION}
STORE = "flows"
Members = dict[str, Any]


class Logged:
    """A place with an instance, and a project with a logstore.

    now: Begins where a window of ten minutes does.
    """

    def __init__(self, call: Caller, region: str = REGION) -> None:
        self.call, self.running = call, call.local.running
        self.place = Place(call)
        self.interface = self.place.instance()
        self.project = f"flows-{new_short_id(8)}"
        self.now = call.local.clock() // 600 * 600
        self._heard: list[str] = []
        self._made: list[str] = []
        self.platform = replace(self.running.pipeline.platform, memory={})
        in_account(self.running, call.account.account_id, lambda ctx: self._make(ctx, region))

    def _make(self, ctx: Context, region: str) -> None:
        there = replace(ctx, region=region)
        made = PROJECT.create(there, project_name=self.project, modified_at=ctx.now)
        make_logstore(there, made, STORE, count=1, columns={"ttl_days": 30})

    def add_logstore(self, name: str) -> None:
        """Make another logstore."""

        def make(ctx: Context) -> None:
            project = ctx.tx.get(ProjectRow, self.project)
            assert project is not None
            make_logstore(ctx, project, name, count=1, columns={"ttl_days": 30})

        in_account(self.running, self.call.account.account_id, make)

    def create(self, **params: Any) -> str:
        """Make a flow log of the VPC and return its id."""
        asked = {
            "ResourceType": "VPC",
            "ResourceId": self.place.vpc_id,
            "TrafficType": "All",
            "ProjectName": self.project,
            "LogStoreName": STORE,
            **HERE,
            **params,
        }
        made: str = self.call("Vpc", "CreateFlowLog", **asked)["FlowLogId"]
        self._made.append(made)
        return made

    @property
    def heard(self) -> list[str]:
        """What the job passed over of the flow logs made here; other tests have others."""
        return [told for told in self._heard if any(each in told for each in self._made)]

    def shown(self, **params: Any) -> list[Members]:
        """Return flow logs as DescribeFlowLogs lists them."""
        found = self.call("Vpc", "DescribeFlowLogs", **HERE, **params)
        listed: list[Members] = found["FlowLogs"]["FlowLog"]
        return listed

    def flow(self, **changes: Any) -> Flow:
        """Return a flow to the instance, now."""
        flow = Flow(
            interface_id=self.interface.interface_id,
            ingress=True,
            accepted=True,
            protocol=6,
            source="10.2.0.9",
            source_port=40000,
            target=self.interface.address,
            target_port=22,
            packets=2,
            bytes=120,
            start_s=self.now,
            end_s=self.now + 1,
        )
        return replace(flow, **changes)

    def bench(self) -> Bench:
        """Return the surroundings of a job."""
        return Bench(
            call=self.running.store.call,
            clock=lambda: Instant(self.now),
            platform=self.platform,
            job="vpc.flow-logs",
            passed_over=lambda _job, told: self._heard.append(str(told)),
        )

    def tell(self, *events: Event) -> None:
        """Tell events as the network plane does."""
        deliver(self.bench(), events)

    def run(self, seconds: int = 0) -> None:
        """Let time go by, and the job run."""
        self.now += seconds
        deliver_flow_logs(self.bench())

    def written(self, name: str = STORE) -> list[Members]:
        """Read the logs of a logstore, in their order."""

        def rows(tx: Transaction) -> list[Any]:
            store = tx.get(LogstoreRow, self.project, name)
            return [] if store is None else read(tx, store.store_id, 0, 0, count=1000)

        batches = self.running.store.call(rows)
        logs = logs_in(self.platform.segments, batches)
        return [{**dict(log.contents), "__topic__": log.topic} for log in logs]

    def drop_project(self) -> None:
        """Take the project away, and its logstore."""

        def drop(tx: Transaction) -> None:
            for row in (
                tx.get(LogstoreRow, self.project, STORE),
                tx.get(ProjectRow, self.project),
            ):
                tx.delete(row)

        self.running.store.call(drop)
