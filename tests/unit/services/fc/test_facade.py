"""What other services call: names of functions, plans, and runs outside of transactions."""

import json

import pytest
from tests.conformance.fc.packages import ECHO, FAILING
from tests.unit.gateway.test_roa_calls import V2023, Roa, creation, opened, roa  # noqa: F401

from juyong.base.clock import Instant
from juyong.services.fc.facade import (
    BadFunctionName,
    FunctionFailed,
    NoFunction,
    Plan,
    function_key,
    invoke,
    plan_invocation,
)


@pytest.mark.parametrize(
    ("arn", "service", "function"),
    [
        ("acs:fc:cn-hangzhou:1234567890123456:functions/f", "", "f"),
        ("acs:fc:cn-hangzhou:1234567890123456:services/s/functions/f", "s", "f"),
        ("acs:fc:cn-hangzhou:1234567890123456:services/s.LATEST/functions/f", "s", "f"),
    ],
)
def test_names_of_functions_are_read(arn: str, service: str, function: str) -> None:
    key = function_key(arn)
    assert (key.service_name, key.function_name) == (service, function)
    assert (key.account_id, key.region) == ("1234567890123456", "cn-hangzhou")


@pytest.mark.parametrize(
    "arn",
    [
        "f",
        "acs:fc:cn-hangzhou:1:functions/",
        "acs:fc:cn-hangzhou:*:functions/f",
        "acs:fc::1:functions/f",
        "acs:ram:cn-hangzhou:1:functions/f",
        "acs:fc:cn-hangzhou:1:services/s/functions/f/x",
        "acs:fc:cn-hangzhou:1:services//functions/f",
    ],
)
def test_other_names_are_refused(arn: str) -> None:
    with pytest.raises(BadFunctionName):
        function_key(arn)


def plan(roa: Roa, name: str, code: str, event: bytes) -> Plan:  # noqa: F811
    body = creation(name, code={"zipFile": code})
    made = json.loads(roa(roa.v3("POST", f"/{V2023}/functions", body=body)).body)
    return roa.running.store.call(
        lambda tx: plan_invocation(
            tx,
            roa.running.pipeline.platform,
            function_key(made["functionArn"]),
            event=(event,),
            request_id="R",
            now=Instant(1_790_000_000),
        )
    )


def test_a_plan_runs_outside_of_its_transaction(roa: Roa) -> None:  # noqa: F811
    made = plan(roa, "facade-echo", ECHO, b"payload")
    assert invoke(made) == b"payload"
    assert "payload" not in repr(made)


def test_a_failure_is_raised_with_its_report(roa: Roa) -> None:  # noqa: F811
    with pytest.raises(FunctionFailed) as caught:
        invoke(plan(roa, "facade-fail", FAILING, b""))
    assert json.loads(caught.value.report)["errorType"] == "ValueError"


def test_a_function_that_is_not_there(roa: Roa) -> None:  # noqa: F811
    key = function_key("acs:fc:cn-hangzhou:1234567890123456:functions/none")
    with pytest.raises(NoFunction):
        roa.running.store.call(
            lambda tx: plan_invocation(
                tx, roa.running.pipeline.platform, key, event=(), request_id="R", now=Instant(1)
            )
        )
