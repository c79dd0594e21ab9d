"""Commands that are kept, and invoked."""

import base64
import json
from typing import Any

import pytest
from tests.local import Caller, refused
from tests.networks import REGION, Net
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import Launch


@pytest.fixture
def one(launch: Launch, net: Net) -> str:
    assert net
    return launch()


def encoded(script: str) -> str:
    return base64.b64encode(script.encode()).decode()


def ecs(call: Caller, action: str, **more: Any) -> dict[str, Any]:
    return call("Ecs", action, **{"RegionId": REGION, **more})


def kept(call: Caller, script: str = "echo {{word}}", **more: Any) -> str:
    wanted = {"Name": "greet", "Type": "RunShellScript", "EnableParameter": True, **more}
    found: str = ecs(call, "CreateCommand", CommandContent=encoded(script), **wanted)["CommandId"]
    return found


def listed(call: Caller, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ecs(call, "DescribeCommands", **asked)["Commands"]["Command"]
    return found


def test_a_command_is_kept_changed_invoked_and_deleted(call: Caller, one: str) -> None:
    command = kept(call, Description="says", Timeout=30)
    (shown,) = listed(call, CommandId=command, Name="greet", Type="RunShellScript")
    assert shown["CommandContent"] == encoded("echo {{word}}")
    assert shown["ParameterNames"] == {"ParameterName": ["word"]}
    ecs(
        call,
        "ModifyCommand",
        CommandId=command,
        CommandContent=encoded("echo {{other}}"),
        Timeout=90,
    )
    values = json.dumps({"other": "x"})
    made = ecs(
        call, "InvokeCommand", CommandId=command, InstanceId=[one], Parameters=values, Timeout=10
    )
    asked = {"InvokeId": made["InvokeId"], "ContentEncoding": "PlainText"}
    (run,) = ecs(call, "DescribeInvocations", **asked)["Invocations"]["Invocation"]
    assert (run["CommandId"], run["CommandName"], run["Timeout"]) == (command, "greet", 10)
    assert (run["CommandContent"], run["Parameters"]) == ("echo {{other}}", '{"other":"x"}')
    (shown,) = listed(call, ContentEncoding="PlainText")
    assert (shown["CommandContent"], shown["InvokeTimes"]) == ("echo {{other}}", 1)
    assert (shown["Timeout"], shown["Description"]) == (90, "says")
    ecs(call, "DeleteCommand", CommandId=command)
    assert listed(call) == []
    assert len(ecs(call, "DescribeInvocations")["Invocations"]["Invocation"]) == 1


def test_a_dry_run_runs_nothing(call: Caller, one: str) -> None:
    asked = {"CommandId": kept(call), "InstanceId": [one], "RepeatMode": "DryRun"}
    assert ecs(call, "InvokeCommand", **asked)["InvokeId"] == ""
    assert ecs(call, "DescribeInvocations")["TotalCount"] == 0


BAD = [
    ("CmdContent.DecodeError", "%%%"),
    ("CmdContent.ExceedLimit", encoded("a" * 20000)),
    ("ParameterCount.ExceedLimit", encoded(" ".join(f"{{{{a{n}}}}}" for n in range(21)))),
    ("CmdParam.InvalidParamName", encoded("{{a b}}")),
    ("CmdParam.EmptyKey", encoded("{{}}")),
    ("ParameterKey.ExceedLimit", encoded("{{" + "a" * 65 + "}}")),
]


@pytest.mark.parametrize(("code", "content"), BAD)
def test_bad_content_is_not_kept(call: Caller, code: str, content: str) -> None:
    wanted = {"Name": "n", "Type": "RunShellScript", "EnableParameter": True}
    with refused(code, 403):
        ecs(call, "CreateCommand", CommandContent=content, **wanted)
    with refused(code, 403):
        ecs(call, "ModifyCommand", CommandId=kept(call), CommandContent=content)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("CmdContent.ExceedLimit", {"word": "a" * 20000}),
        ("ParameterCount.ExceedLimit", {f"a{n}": "" for n in range(11)}),
        ("CmdParam.InvalidParamName", {"a b": ""}),
        ("CmdParam.EmptyKey", {"": ""}),
        ("ParameterKey.ExceedLimit", {"a" * 65: ""}),
    ],
)
def test_bad_values_are_not_invoked(
    call: Caller, one: str, code: str, values: dict[str, str]
) -> None:
    asked = {"CommandId": kept(call), "InstanceId": [one], "Parameters": json.dumps(values)}
    with refused(code, 403):
        ecs(call, "InvokeCommand", **asked)


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("ModifyCommand", {}),
        ("DeleteCommand", {}),
        ("InvokeCommand", {"InstanceId": ["i-0"]}),
    ],
)
def test_a_command_that_is_not_there(call: Caller, action: str, more: dict[str, Any]) -> None:
    with refused("InvalidCmdId.NotFound", 404):
        ecs(call, action, CommandId="c-0", **more)
    with refused("InvalidRegionId.NotFound", 404):
        ecs(call, action, CommandId=kept(call), RegionId="cn-beijing", **more)


def test_other_refusals(call: Caller, launch: Launch, one: str) -> None:
    assert one
    command = kept(call)
    with refused("InvalidInstance.NotFound", 404):
        ecs(call, "InvokeCommand", CommandId=command, InstanceId=["i-0"])
    stopped = launch()
    ecs(call, "StopInstance", InstanceId=stopped)
    with refused("IncorrectInstanceStatus", 403):
        ecs(call, "InvokeCommand", CommandId=command, InstanceId=[stopped])
    with refused("UnsupportedOperation", 400):
        kept(call, Type="RunPowerShellScript")
    for action in ("CreateCommand", "DescribeCommands"):
        more = {"Name": "n", "Type": "RunShellScript", "CommandContent": "YQ=="}
        with refused("InvalidRegionId.NotFound", 404):
            ecs(call, action, RegionId="cn-beijing", **(more if action == "CreateCommand" else {}))
    with quotas(call.local, {"ecs.commands": 1}), refused("CmdCount.ExceedLimit", 403):
        kept(call)


def test_who_may_invoke_which_command_is_judged(call: Caller, one: str) -> None:
    command, other = kept(call), kept(call)
    scope = f"acs:ecs:{REGION}:*"
    statement = {
        "Effect": "Allow",
        "Action": "ecs:InvokeCommand",
        "Resource": [f"{scope}:instance/{one}", f"{scope}:command/{command}"],
    }
    document = json.dumps({"Version": "1", "Statement": [statement]})
    user = call.new_user("invoker")
    call("Ram", "CreatePolicy", PolicyName="invoke", PolicyDocument=document)
    call(
        *("Ram", "AttachPolicyToUser"),
        PolicyName="invoke",
        PolicyType="Custom",
        UserName="invoker",
    )
    assert ecs(user, "InvokeCommand", CommandId=command, InstanceId=[one])["InvokeId"]
    with refused("Forbidden.RAM", 403):
        ecs(user, "InvokeCommand", CommandId=other, InstanceId=[one])
