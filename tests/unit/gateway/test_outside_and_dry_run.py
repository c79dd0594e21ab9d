"""Work outside the transaction, dry runs and a product's own spelling of common errors."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.gateway.calls import v1_call

from juyong.api import registry
from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError, NotSupported, Throttled
from juyong.api.operation import Rate, operation
from juyong.api.product import Dialect, DryRun, Product, Spelling
from juyong.api.shape import Shape
from juyong.app.bootstrap import read_credentials
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.nonces import NonceRow

NOW = 1_790_000_000
PRODUCT = Product(
    code="Bench",
    ram_code="bench",
    version="1999-01-01",
    hosts=("bench.aliyuncs.com",),
    title="Bench",
    dialect=Dialect(
        denied=("Forbidden.NoPermission", 403, "No."),
        missing=("MissingParameter", "{name}"),
        spellings={
            Throttled: Spelling("Rejected.Throttling", 429, "QPS Limit Exceeded"),
            NotSupported: Spelling("UnsupportedOperation", 418),
        },
        dry_run=DryRun(
            parameter="DryRun",
            passed=Spelling("DryRunOperationError", 400, "It would have succeeded."),
            invalid="ValidationError",
            denied="AccessDeniedError",
        ),
        error_root="BENCH",
        shows_status=True,
    ),
)


class Answer(Shape, frozen=True, kw_only=True):
    """What was found."""

    text: str


class Refused(ApiError):
    """Outside said no."""

    code, status, text = "Refused", 409, "outside said no"


CALLS: list[str] = []


def _thread() -> str:
    CALLS.append(threading.current_thread().name)
    return threading.current_thread().name


def _refuse() -> str:
    raise Refused


@operation(PRODUCT, "Work", resource=acs("bench", "thing/{name}", regional=True), raises=(Refused,))
def work(ctx: Context, *, name: str, times: int = 2, dry_run: bool = False) -> Answer:
    row = NonceRow(access_key_id="bench", nonce=name, expires_at=Instant(NOW + 900))
    ctx.tx.insert(row)
    if name == "refused":
        ctx.outside("refusal", _refuse)
    done = [ctx.outside(("work", n), _thread) for n in range(times)]
    return Answer(text=",".join(done))


@operation(PRODUCT, "Rare", resource=acs("bench", "*"), rate=Rate(per_second=1))
def rare(ctx: Context) -> Answer:
    return Answer(text=ctx.outside("rare", lambda: "rarely"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    opened = open_platform(
        tmp_path_factory.mktemp("home"), settings=Settings(), clock=lambda: Instant(NOW)
    )
    with pytest.MonkeyPatch.context() as patch:
        served = registry.Registry({"tests": PRODUCT}, loaded=[PRODUCT])
        patch.setattr(registry, "current", lambda: served)
        yield opened
    opened.store.close()


def call(running: Running, action: str, **params: str) -> tuple[int, dict[str, Any]]:
    key = read_credentials(running.home)
    request = v1_call(
        key.access_key_id,
        key.access_key_secret,
        NOW,
        host="bench.aliyuncs.com",
        Version=PRODUCT.version,
        Action=action,
        **params,
    )
    answer = asyncio.run(running.pipeline.serve(request))
    return answer.status, json.loads(answer.body)


def names(running: Running) -> set[str]:
    rows = running.store.call(lambda tx: tx.find(NonceRow, access_key_id="bench"))
    return {row.nonce for row in rows}


def test_work_is_done_once_each_on_another_thread_and_the_effect_stands_once(
    running: Running,
) -> None:
    CALLS.clear()
    status, body = call(running, "Work", Name="twice")
    assert status == 200
    assert len(CALLS) == 2
    assert threading.current_thread().name not in body["Text"].split(",")
    assert "twice" in names(running)
    events = running.store.call(
        lambda tx: tx.find(EventRow, service_name="Bench", event_name="Work")
    )
    assert sum('"twice"' in e.body for e in events) == 1


def test_a_refusal_outside_is_the_operations_and_undoes_its_effect(running: Running) -> None:
    status, body = call(running, "Work", Name="refused")
    assert (status, body["Code"], body["HttpStatus"]) == (409, "Refused", 409)
    assert "refused" not in names(running)


def test_a_call_that_never_has_enough_is_given_up(running: Running) -> None:
    status, body = call(running, "Work", Name="endless", Times="40")
    assert (status, body["Code"]) == (503, "ServiceUnavailable")
    assert "endless" not in names(running)


def test_a_call_that_works_outside_counts_once_against_its_rate(running: Running) -> None:
    assert call(running, "Rare")[0] == 200
    status, body = call(running, "Rare")
    assert (status, body["Code"], body["Message"]) == (
        429,
        "Rejected.Throttling",
        "QPS Limit Exceeded",
    )


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"Name": "dry"}, 400, "DryRunOperationError"),
        ({}, 400, "ValidationError"),
        ({"Name": "refused"}, 409, "Refused"),
    ],
)
def test_a_dry_run_checks_everything_and_does_nothing(
    running: Running, params: dict[str, str], status: int, code: str
) -> None:
    answered, body = call(running, "Work", DryRun="true", **params)
    assert (answered, body["Code"]) == (status, code)
    assert "dry" not in names(running)


def test_a_regional_resource_names_the_region(running: Running) -> None:
    ctx: Any = type("Ctx", (), {"region": "cn-beijing", "account_id": AccountId("1")})
    template = acs("kms", "key/{key}", regional=True)
    assert template(ctx, {"key": "k"}) == ("acs:kms:cn-beijing:1:key/k",)


def test_errors_in_xml_have_the_products_root(running: Running) -> None:
    key = read_credentials(running.home)
    request = v1_call(
        key.access_key_id,
        key.access_key_secret,
        NOW,
        host="bench.aliyuncs.com",
        Version=PRODUCT.version,
        Action="Work",
        Format="XML",
    )
    answer = asyncio.run(running.pipeline.serve(request))
    assert b"<BENCH><HttpStatus>400</HttpStatus>" in answer.body
