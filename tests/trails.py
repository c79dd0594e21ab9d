"""A trail that is on, made without a server."""

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.in_service import do_as
from juyong.app.platform import Running
from juyong.base.clock import system_clock
from juyong.base.ids import AccountId
from juyong.services.actiontrail.trails.settings import Settings
from juyong.services.actiontrail.trails.switching import start_logging
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.services.actiontrail.trails.trails import create_trail
from juyong.services.oss.tables import BucketRow
from juyong.services.sls.tables import ProjectRow

T = TypeVar("T")


def bench_of(running: Running) -> Bench:
    """Return surroundings of a job, as another server of the home has them."""
    platform = replace(running.pipeline.platform, memory={})
    return Bench(call=running.store.call, clock=system_clock, platform=platform)


def in_account(running: Running, account_id: AccountId, work: Callable[[Context], T]) -> T:
    """Do work in an account, in one transaction."""
    found: list[T] = []
    who = Service(account_id=account_id, name="actiontrail.aliyuncs.com")
    do_as(bench_of(running), who, lambda ctx: found.append(work(ctx)))
    return found[-1]


def switch_on(ctx: Context, name: str) -> None:
    """Make a bucket, a project and a trail of one name, and switch the trail on."""
    place = {"account_id": ctx.account_id, "region": ctx.region, "created_at": ctx.now}
    ctx.tx.insert(BucketRow(bucket_name=name, storage_class="Standard", redundancy="LRS", **place))
    ctx.tx.insert(ProjectRow(project_name=name, modified_at=ctx.now, **place))
    arn = f"acs:log:{ctx.region}:*:project/{name}"
    create_trail(ctx, name=name, given=Settings(oss_bucket_name=name, sls_project_arn=arn))
    row = ctx.tx.get(TrailRow, ctx.account_id, name)
    assert row is not None
    start_logging(ctx, row)
