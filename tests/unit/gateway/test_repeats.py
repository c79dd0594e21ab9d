"""Calls under a client token have one effect, and a dry run has none."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Annotated, Any

import pytest
from tests.unit.gateway.calls import v1_call

from juyong.api import registry
from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.operation import operation
from juyong.api.product import Dialect, DryRun, Product, Spelling
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Shape, Within
from juyong.app.bootstrap import read_credentials
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.store.repeats import RepeatRow, forget_repeats

NOW = 1_790_000_000
DAY = 24 * 60 * 60
NUMBERS = count(1)
Full = fact("QuotaExceeded.Thing", 400, "Full.", why="There are too many.")
OtherRegion = fact("InvalidRegionId.NotFound", 404, "No.", why="Another region is named.")
PRODUCT = Product(
    code="Bench",
    ram_code="bench",
    version="1999-01-02",
    hosts=("bench.aliyuncs.com", "bench.{region}.aliyuncs.com"),
    title="Bench",
    dialect=Dialect(
        dry_run=DryRun(parameter="DryRun", passed=Spelling("DryRunOperation", 400, "It would."))
    ),
    other_region=OtherRegion,
)


class Made(Shape, frozen=True, kw_only=True):
    """What was made."""

    number: int
    key: Secret
    names: Annotated[list[str], Within("Name")]


@operation(PRODUCT, "Make", resource=acs("bench", "*"), raises=(Full,), gateway=ONCE | CHECKED)
def make(_ctx: Context, *, name: str, password: Secret | None = None) -> Made:
    number = next(NUMBERS)
    if name == "full":
        raise Full
    return Made(number=number, key=Secret(f"the-key-{number}-of-the-thing"), names=[name])


class At:
    """The time of the platform, which tests move."""

    now = NOW

    def __call__(self) -> Instant:
        return Instant(self.now)


AT = At()


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    AT.now = NOW
    opened = open_platform(tmp_path_factory.mktemp("home"), settings=Settings(), clock=AT)
    with pytest.MonkeyPatch.context() as patch:
        served = registry.Registry({"tests": PRODUCT}, loaded=[PRODUCT])
        patch.setattr(registry, "current", lambda: served)
        yield opened
    opened.store.close()


def call(running: Running, host: str = "bench.aliyuncs.com", **params: str) -> tuple[int, Any]:
    key = read_credentials(running.home)
    given: Any = {"Version": PRODUCT.version, "Action": "Make", **params}
    request = v1_call(key.access_key_id, key.access_key_secret, AT.now, host=host, **given)
    answer = asyncio.run(running.pipeline.serve(request))
    return answer.status, json.loads(answer.body)


def made(running: Running, **params: str) -> dict[str, Any]:
    status, body = call(running, **params)
    assert status == 200, body
    body.pop("RequestId")
    return dict(body)


def test_a_repeated_call_gets_the_first_answer_and_does_nothing(running: Running) -> None:
    first = made(running, Name="a", ClientToken="t")
    assert made(running, Name="a", ClientToken="t") == first
    assert first["Key"] == f"the-key-{first['Number']}-of-the-thing"
    assert first["Names"] == {"Name": ["a"]}
    assert made(running, Name="a", ClientToken="other")["Number"] > first["Number"]
    assert made(running, Name="a") != made(running, Name="a")


def test_neither_the_store_nor_an_event_tells_the_answers_secret(running: Running) -> None:
    for _ in range(2):
        key = made(running, Name="a", ClientToken="t", Password="pass-1")["Key"]
    events = running.store.call(lambda tx: tx.find(EventRow, event_name="Make"))
    assert len(events) == 2
    assert not any(secret in each.body for each in events for secret in (key, "pass-1"))
    files = [each.read_bytes() for each in running.home.path.rglob("*.db*")]
    assert files
    assert not any(key.encode() in each for each in files)


@pytest.mark.parametrize("other", [{"Name": "b"}, {"Name": "a", "Password": "p"}])
def test_a_token_with_other_parameters_is_refused(running: Running, other: dict[str, str]) -> None:
    made(running, Name="a", ClientToken="t")
    status, body = call(running, ClientToken="t", **other)
    assert (status, body["Code"]) == (400, "IdempotentParameterMismatch")


def test_a_refused_call_leaves_its_token_unused(running: Running) -> None:
    status, body = call(running, Name="full", ClientToken="t")
    assert (status, body["Code"]) == (400, "QuotaExceeded.Thing")
    made(running, Name="a", ClientToken="t")


@pytest.mark.parametrize(("later", "same"), [(DAY, True), (DAY + 1, False)])
def test_a_token_is_known_for_a_day(running: Running, *, later: int, same: bool) -> None:
    first = made(running, Name="a", ClientToken="t")
    AT.now = NOW + later
    assert (made(running, Name="a", ClientToken="t") == first) is same


def test_answers_are_dropped_after_their_time(running: Running) -> None:
    made(running, Name="a", ClientToken="t")
    kept = lambda tx: len(tx.find(RepeatRow))  # noqa: E731
    for now, left in ((NOW + DAY, 1), (NOW + DAY + 1, 0)):
        running.store.call(partial(forget_repeats, now=Instant(now), most=10))
        assert running.store.call(kept) == left


@pytest.mark.parametrize("token", ["t" * 65, "t\u00e9"])
def test_tokens_are_short_ascii(running: Running, token: str) -> None:
    assert call(running, Name="a", ClientToken=token)[0] == 400
    assert call(running, Name="a", ClientToken="t" * 64)[0] == 200


def test_a_dry_run_uses_no_token_and_says_what_would_be_refused(running: Running) -> None:
    status, body = call(running, Name="a", ClientToken="t", DryRun="true")
    assert (status, body["Code"], body["Message"]) == (400, "DryRunOperation", "It would.")
    assert running.store.call(lambda tx: tx.count(RepeatRow)) == 0
    made(running, Name="a", ClientToken="t")
    assert call(running, Name="a", ClientToken="t", DryRun="true")[1]["Code"] == "DryRunOperation"
    assert call(running, Name="full", DryRun="true")[1]["Code"] == "QuotaExceeded.Thing"
    assert call(running, DryRun="true")[1]["Code"] == "MissingName"


def test_host_and_parameter_name_one_region(running: Running) -> None:
    host = "bench.cn-beijing.aliyuncs.com"
    assert call(running, host, Name="a", RegionId="cn-beijing")[0] == 200
    status, body = call(running, host, Name="a", RegionId="cn-shanghai")
    assert (status, body["Code"]) == (404, "InvalidRegionId.NotFound")
    assert call(running, Name="a", RegionId="cn-shanghai")[0] == 200
