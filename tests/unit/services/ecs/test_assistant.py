"""Commands that calls run in instances, with the plane's events told by hand."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, ZONE, Net
from tests.unit.services.ecs.conftest import Launch

from juyong.api.bench import Bench
from juyong.base.clock import DAY_SECONDS
from juyong.netplane.desired import (
    Command,
    CommandBegun,
    CommandEnded,
    CommandFailed,
    Event,
    MachineEnded,
)
from juyong.services.ecs.assistant.jobs import commands
from juyong.services.ecs.assistant.sweeps import sweep
from juyong.services.ecs.assistant.tables import ResultRow
from juyong.services.ecs.planes import DATAPLANE
from juyong.store.inventory import ResourceEventRow
from juyong.store.transaction import Transaction

Run = Callable[..., str]


class Plane:
    """The plane of the tests: reads what an account desires and tells what a test says."""

    def __init__(self, local: Local, account_id: str) -> None:
        self.local, self.account_id = local, account_id
        running = local.running
        self.bench = Bench(
            call=running.store.call, clock=local.clock, platform=running.pipeline.platform, job="p"
        )

    def due(self) -> list[Command]:
        def own(tx: Transaction) -> list[Command]:
            return [each for each in DATAPLANE.read(tx).commands if self._owns(tx, each.id)]

        return self.local.running.store.look(own)

    def _owns(self, tx: Transaction, name: str) -> bool:
        row = tx.get(ResultRow, *name.split("/"))
        return row is not None and row.account_id == self.account_id

    def tell(self, *events: Event) -> None:
        DATAPLANE.take_events(self.bench, events)

    def begin(self) -> str:
        """Begin the only command; returns its id."""
        (one,) = self.due()
        self.tell(CommandBegun(id=one.id))
        return one.id


@pytest.fixture
def plane(local: Local, call: Caller) -> Plane:
    return Plane(local, call.account.account_id)


@pytest.fixture
def later(local: Local) -> Iterator[Callable[[int], None]]:
    """Moves the clock, which is back after the test."""
    before = local.clock.offset

    def move(seconds: int) -> None:
        local.clock.offset += seconds

    yield move
    local.clock.offset = before


@pytest.fixture
def net(call: Caller) -> Net:
    """A network of calls, which the packet engine takes."""
    vpc = call("Vpc", "CreateVpc", RegionId=REGION, CidrBlock="10.0.0.0/16")["VpcId"]
    placed = {"RegionId": REGION, "VpcId": vpc}
    vswitch = call("Vpc", "CreateVSwitch", **placed, ZoneId=ZONE, CidrBlock="10.0.1.0/24")
    group = call("Ecs", "CreateSecurityGroup", **placed)["SecurityGroupId"]
    return Net(vpc, vswitch["VSwitchId"], group)


@pytest.fixture
def one(launch: Launch) -> str:
    return launch(InstanceName="web")


def wanted(*instances: str, **more: Any) -> dict[str, Any]:
    return {
        "RegionId": REGION,
        "Type": "RunShellScript",
        "CommandContent": "echo hello",
        "InstanceId": list(instances),
        **more,
    }


@pytest.fixture
def run(call: Caller, one: str) -> Run:
    def invoke(*instances: str, **more: Any) -> str:
        made = call("Ecs", "RunCommand", **wanted(*(instances or (one,)), **more))
        found: str = made["InvokeId"]
        return found

    return invoke


def results(call: Caller, **asked: Any) -> list[dict[str, Any]]:
    asked = {"RegionId": REGION, "ContentEncoding": "PlainText", **asked}
    told = call("Ecs", "DescribeInvocationResults", **asked)["Invocation"]
    found: list[dict[str, Any]] = told["InvocationResults"]["InvocationResult"]
    return found


def invocations(call: Caller, **asked: Any) -> list[dict[str, Any]]:
    asked = {"RegionId": REGION, "ContentEncoding": "PlainText", **asked}
    found: list[dict[str, Any]] = call("Ecs", "DescribeInvocations", **asked)["Invocations"][
        "Invocation"
    ]
    return found


def test_a_command_waits_runs_and_ends(call: Caller, plane: Plane, run: Run, one: str) -> None:
    invoke_id = run(Name="greet", Timeout=30, WorkingDir="/tmp")  # noqa: S108  # in the instance
    (due,) = plane.due()
    assert (due.machine_id, due.begun, due.timeout_s, due.directory) == (one, False, 30.0, "/tmp")  # noqa: S108  # as above
    assert due.stdin == b"echo hello"
    assert b"hello" not in repr(due).encode()
    (waiting,) = results(call)
    assert (waiting["InvocationStatus"], waiting["InvokeRecordStatus"]) == ("Pending", "Running")
    assert invocations(call)[0]["InvocationStatus"] == "Pending"
    name = plane.begin()
    assert plane.due() == [Command(id=name, machine_id=one, begun=True)]
    assert invocations(call)[0]["InvocationStatus"] == "Running"
    ended = CommandEnded(id=name, code=0, output=b"hello\n", dropped=3)
    assert "hello" not in repr(ended)
    plane.tell(ended, ended, CommandBegun(id=name))
    assert plane.due() == []
    (found,) = results(call, InvokeId=invoke_id)
    assert (found["Output"], found["ExitCode"], found["Dropped"]) == ("hello\n", 0, 3)
    assert (found["InvocationStatus"], found["InvokeRecordStatus"]) == ("Success", "Finished")
    encoded = results(call, ContentEncoding="Base64")[0]["Output"]
    assert base64.b64decode(encoded) == b"hello\n"
    (shown,) = invocations(call, IncludeOutput=True)
    assert (shown["InvokeStatus"], shown["CommandContent"]) == ("Finished", "echo hello")
    assert shown["InvokeInstances"]["InvokeInstance"][0]["Output"] == "hello\n"
    (shown,) = invocations(call)
    assert shown["InvokeInstances"]["InvokeInstance"][0]["Output"] == ""


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (lambda name: CommandEnded(id=name, code=3, output=b""), ("Failed", "ExitCodeNonzero")),
        (
            lambda name: CommandEnded(id=name, code=-1, output=b"a", timed_out=True),
            ("Timeout", "ExecutionTimeout"),
        ),
        (lambda name: CommandFailed(id=name), ("Failed", "ClientNotResponse")),
        (
            lambda name: CommandFailed(id=name, no_directory=True),
            ("Failed", "DirectoryNotExists"),
        ),
    ],
)
def test_what_went_wrong_is_told(
    call: Caller,
    plane: Plane,
    run: Run,
    told: Callable[[str], Event],
    expected: tuple[str, str],
) -> None:
    run()
    plane.tell(told(plane.begin()))
    (found,) = results(call)
    assert (found["InvocationStatus"], found["ErrorCode"]) == expected
    assert found["ErrorInfo"]
    assert invocations(call, InvokeStatus="Running") == []


def test_instances_that_differ_make_a_partial_failure(
    call: Caller, plane: Plane, run: Run, launch: Launch, one: str
) -> None:
    other = launch()
    run(one, other)
    first, second = plane.due()
    plane.tell(CommandEnded(id=first.id, code=0, output=b""))
    plane.tell(CommandFailed(id=second.id))
    (shown,) = invocations(call, InstanceId=other, InvokeStatus="PartialFailed")
    assert shown["InvocationStatus"] == "PartialFailed"
    assert len(results(call, InvokeRecordStatus="Finished")) == 1
    assert invocations(call, CommandType="RunBatScript") == []


def test_values_are_text_of_the_script(plane: Plane, run: Run, one: str) -> None:
    values = {"Name": "'; {{other}} $(id)", "other": "x"}
    run(
        CommandContent="echo {{ name }} {{other}} {{ACS::InstanceId}} {{acs::InstanceName}} {{no}}",
        EnableParameter=True,
        Parameters=json.dumps(values),
    )
    (due,) = plane.due()
    assert due.stdin.decode() == f"echo '; {{{{other}}}} $(id) x {one} web "
    assert "other" not in " ".join(due.argv)


def test_content_without_placeholders_is_run_as_it_is(plane: Plane, run: Run) -> None:
    run(CommandContent=base64.b64encode(b"echo {{a}}").decode(), ContentEncoding="Base64")
    assert plane.due()[0].stdin == b"echo {{a}}"


@pytest.mark.parametrize(
    ("more", "code", "status"),
    [
        ({"CommandContent": "%%%", "ContentEncoding": "base64"}, "CmdContent.DecodeError", 403),
        ({"CommandContent": "a" * 20000}, "CmdContent.ExceedLimit", 403),
        ({"Parameters": '{"a": "b"}'}, "InvalidParameters.Malformed", 400),
        ({"EnableParameter": True, "Parameters": "[]"}, "InvalidParameters.Malformed", 400),
        (
            {"EnableParameter": True, "Parameters": '{"a": "b"}'},
            *("InvalidParameters.Malformed", 400),
        ),
        (
            {
                "CommandContent": " ".join(f"{{{{a{n}}}}}" for n in range(21)),
                "EnableParameter": True,
            },
            *("ParameterCount.ExceedLimit", 403),
        ),
        (
            {"CommandContent": "{{a b}}", "EnableParameter": True},
            *("CmdParam.InvalidParamName", 403),
        ),
        ({"CommandContent": "{{}}", "EnableParameter": True}, "CmdParam.EmptyKey", 403),
        (
            {"CommandContent": "{{" + "a" * 65 + "}}", "EnableParameter": True},
            *("ParameterKey.ExceedLimit", 403),
        ),
        ({"Type": "RunBatScript"}, "UnsupportedOperation", 400),
        ({"Username": "nobody"}, "UnsupportedOperation", 400),
        ({"RepeatMode": "Period"}, "UnsupportedOperation", 400),
        ({"KeepCommand": True}, "UnsupportedOperation", 400),
        ({"Frequency": "rate(5m)"}, "UnsupportedOperation", 400),
        ({"WorkingDir": "tmp"}, "InvalidWorkingDir.Malformed", 400),
        ({"InstanceId": ["i-0"]}, "InvalidInstance.NotFound", 404),
        ({"RegionId": "cn-beijing"}, "InvalidRegionId.NotFound", 404),
    ],
)
def test_refusals(call: Caller, one: str, more: dict[str, Any], code: str, status: int) -> None:
    with refused(code, status):
        call("Ecs", "RunCommand", **wanted(one, **more))
    assert invocations(call) == []


def test_one_unfit_instance_fails_the_whole_call(
    call: Caller, launch: Launch, one: str, plane: Plane
) -> None:
    stopped = launch()
    call("Ecs", "StopInstance", InstanceId=stopped)
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "RunCommand", **wanted(one, stopped))
    assert plane.due() == []


def test_a_dry_run_runs_nothing(call: Caller, one: str, plane: Plane) -> None:
    told = call("Ecs", "RunCommand", **wanted(one, RepeatMode="DryRun"))
    assert told["InvokeId"] == ""
    assert (plane.due(), invocations(call)) == ([], [])


def test_a_command_is_stopped(call: Caller, plane: Plane, run: Run, launch: Launch) -> None:
    invoke_id = run()
    call("Ecs", "StopInvocation", RegionId=REGION, InvokeId=invoke_id)
    assert (plane.due(), results(call)[0]["InvocationStatus"]) == ([], "Cancelled")
    invoke_id = run()
    name = plane.begin()
    with refused("InvalidInstance.NotFound", 404):
        call(*("Ecs", "StopInvocation"), RegionId=REGION, InvokeId=invoke_id, InstanceId=[launch()])
    call("Ecs", "StopInvocation", RegionId=REGION, InvokeId=invoke_id)
    plane.tell(CommandEnded(id=name, code=0, output=b"late"))
    (found,) = results(call, InvokeId=invoke_id)
    assert (found["InvocationStatus"], found["Output"]) == ("Terminated", "")
    assert invocations(call, InvokeId=invoke_id)[0]["InvocationStatus"] == "Stopped"
    with refused("InvalidInvokeId.NotFound", 404):
        call("Ecs", "StopInvocation", RegionId=REGION, InvokeId="t-0")


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ("StopInstance", "InstanceNotRunning"),
        ("RebootInstance", "InstanceNotRunning"),
        ("DeleteInstance", "InstanceReleased"),
    ],
)
def test_a_command_ends_with_its_instance(
    call: Caller, plane: Plane, run: Run, action: str, error: str
) -> None:
    run()
    one = plane.begin().split("/")[1]
    force = {"Force": True} if action == "DeleteInstance" else {}
    call("Ecs", action, InstanceId=one, **force)
    (found,) = results(call)
    assert (found["InvocationStatus"], found["ErrorCode"]) == ("Failed", error)
    assert plane.due() == []


def test_a_command_ends_with_an_instance_that_ends_by_itself(
    call: Caller, plane: Plane, run: Run, one: str
) -> None:
    run()
    plane.begin()
    plane.tell(MachineEnded(machine_id=one))
    assert results(call)[0]["ErrorCode"] == "InstanceNotRunning"


def test_a_command_that_no_plane_takes_fails(
    call: Caller, later: Callable[[int], None], plane: Plane, run: Run
) -> None:
    run()
    commands.run(plane.bench)
    assert results(call)[0]["InvocationStatus"] == "Pending"
    later(121)
    commands.run(plane.bench)
    (found,) = results(call)
    assert (found["InvocationStatus"], found["ErrorCode"]) == ("Failed", "ClientNotRunning")


def test_invocations_are_kept_for_thirty_days(
    call: Caller, local: Local, later: Callable[[int], None], plane: Plane, run: Run
) -> None:
    run()
    plane.tell(CommandFailed(id=plane.begin()))
    store = local.running.store
    store.call(lambda tx: sweep(tx, local.clock(), 100))
    assert len(results(call)) == 1
    later(30 * DAY_SECONDS)
    while store.call(lambda tx: sweep(tx, local.clock(), 100)):
        pass
    assert (results(call), invocations(call)) == ([], [])


def test_no_instance_runs_commands_where_no_plane_runs(call: Caller, run: Run, one: str) -> None:
    run()
    told = call("Ecs", "DescribeCloudAssistantStatus", RegionId=REGION, InstanceId=[one])
    (found,) = told["InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
    assert found["CloudAssistantStatus"] == "false"
    assert (found["InvocationCount"], found["ActiveTaskCount"]) == (1, 1)
    none = call("Ecs", "DescribeCloudAssistantStatus", RegionId=REGION, OSType="Windows")
    assert none["TotalCount"] == 0


def user(call: Caller, name: str, statement: dict[str, Any]) -> Caller:
    made = call.new_user(name)
    document = {"Version": "1", "Statement": [statement]}
    call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(document))
    call(*("Ram", "AttachPolicyToUser"), PolicyName=name, PolicyType="Custom", UserName=name)
    return made


def test_who_may_run_as_whom_is_judged(call: Caller, one: str) -> None:
    allow = {"Effect": "Allow", "Action": "ecs:RunCommand", "Resource": "*"}
    as_user = {"StringEquals": {"ecs:CommandRunAs": "app"}}
    held = user(call, "held", {**allow, "Condition": as_user})
    with refused("Forbidden.RAM", 403):
        held("Ecs", "RunCommand", **wanted(one))
    as_root = {"StringEquals": {"ecs:CommandRunAs": "root"}}
    free = user(call, "free", {**allow, "Condition": as_root})
    assert free("Ecs", "RunCommand", **wanted(one))["InvokeId"].startswith("t-")
    elsewhere = {**allow, "Resource": f"acs:ecs:{REGION}:*:instance/i-0"}
    with refused("Forbidden.RAM", 403):
        user(call, "else", elsewhere)("Ecs", "RunCommand", **wanted(one))


def test_the_same_token_runs_once(call: Caller, plane: Plane, run: Run) -> None:
    assert run(ClientToken="t") == run(ClientToken="t")
    assert len(plane.due()) == 1


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("DescribeInvocations", {}),
        ("DescribeInvocationResults", {}),
        ("DescribeCloudAssistantStatus", {}),
        ("StopInvocation", {"InvokeId": ""}),
    ],
)
def test_another_region_is_refused(
    call: Caller, run: Run, action: str, more: dict[str, str]
) -> None:
    given = {name: run() for name in more}
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", action, RegionId="cn-beijing", **given)


def test_no_event_and_no_state_shows_what_is_run(
    call: Caller, local: Local, plane: Plane, run: Run
) -> None:
    content, value, output = "echo h1dden-content {{a}}", "h1dden-value", b"h1dden-output"
    parameters = json.dumps({"a": value})
    run(CommandContent=content, EnableParameter=True, Parameters=parameters)
    plane.tell(CommandEnded(id=plane.begin(), code=0, output=output))
    assert results(call)[0]["Output"] == output.decode()
    asked = [{"Key": "EventName", "Value": "RunCommand"}]
    events = call("Actiontrail", "LookupEvents", LookupAttribute=asked)["Events"]
    states = local.running.store.call(
        lambda tx: tx.find(ResourceEventRow, resource_type="ACS::ECS::Invocation")
    )
    rows = local.running.store.call(lambda tx: tx.find(ResultRow))
    assert events
    assert states
    for hidden in ("h1dden", base64.b64encode(output).decode()):
        assert hidden not in f"{json.dumps(events)} {states} {rows}"
