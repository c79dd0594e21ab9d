"""Flows of the network plane become records in logstores: each once, bounded and told."""

import pytest
from msgspec.structs import replace
from tests.local import Caller
from tests.unit.services.vpc.flows import HERE, STORE, Logged, Members

from juyong.api.context import Context
from juyong.logs.batches import Arrived
from juyong.netplane.desired import MachineEnded
from juyong.services.identity.facade import RoleRow
from juyong.services.sls.facade import KeptLogs, give_as_role
from juyong.services.vpc.flow_logs import arriving, jobs
from juyong.services.vpc.flow_logs.jobs import LATE_SECONDS
from juyong.services.vpc.flow_logs.roles import ROLE
from juyong.services.vpc.flow_logs.tables import FlowPartRow, FlowStateRow
from juyong.store.errors import Unavailable

WINDOW = 60
CLOSED = WINDOW + LATE_SECONDS


@pytest.fixture
def logged(call: Caller) -> Logged:
    return Logged(call)


def told(logged: Logged) -> Members:
    (found,) = logged.shown()
    return found


def test_a_record_has_the_members_of_the_documentation(logged: Logged) -> None:
    logged.create(AggregationInterval=1)
    logged.tell(logged.flow())
    logged.run()
    assert logged.written() == []
    begin = logged.now
    logged.run(CLOSED)
    assert logged.written() == [
        {
            "__topic__": "flow_log",
            "version": "1",
            "vswitch-id": logged.place.vswitch_id,
            "vm-id": logged.interface.instance_id,
            "vpc-id": logged.place.vpc_id,
            "account-id": logged.call.account.account_id,
            "eni-id": logged.interface.interface_id,
            "region": "cn-hangzhou",
            "srcaddr": "10.2.0.9",
            "srcport": "40000",
            "dstaddr": logged.interface.address,
            "dstport": "22",
            "protocol": "6",
            "direction": "in",
            "packets": "2",
            "bytes": "120",
            "start": str(begin),
            "end": str(begin + 1),
            "log-status": "OK",
            "action": "ACCEPT",
            "tcp-flags": "-",
            "traffic_path": "-",
        }
    ]
    logged.run(CLOSED)
    assert len(logged.written()) == 1
    assert told(logged)["FlowLogDeliverStatus"] == "SUCCESS"


def test_packets_of_a_flow_are_added_up_over_a_window(logged: Logged) -> None:
    logged.create(AggregationInterval=1)
    first = logged.flow()
    logged.tell(first, replace(first, packets=3, bytes=30, end_s=first.end_s + 5))
    logged.tell(replace(first, packets=5, bytes=50, start_s=first.start_s - 1))
    logged.tell(replace(first, accepted=False), replace(first, ingress=False))
    logged.tell(replace(first, end_s=first.end_s + WINDOW))
    logged.now += WINDOW
    logged.tell(replace(first, end_s=first.end_s + WINDOW))
    logged.run(LATE_SECONDS)
    found = [
        (each["action"], each["direction"], each["packets"], each["bytes"], each["start"])
        for each in logged.written()
    ]
    assert found == [
        ("ACCEPT", "in", "12", "320", str(first.start_s - 1)),
        ("REJECT", "in", "2", "120", str(first.start_s)),
        ("ACCEPT", "out", "2", "120", str(first.start_s)),
    ]
    logged.run(WINDOW)
    assert len(logged.written()) == 4


@pytest.mark.parametrize(
    ("traffic", "actions"),
    [("All", ["ACCEPT", "REJECT"]), ("Allow", ["ACCEPT"]), ("Drop", ["REJECT"])],
)
def test_the_type_of_traffic_says_which_verdicts_are_logged(
    logged: Logged, traffic: str, actions: list[str]
) -> None:
    logged.create(TrafficType=traffic, AggregationInterval=1)
    logged.tell(logged.flow(), logged.flow(accepted=False))
    logged.run(CLOSED)
    assert [each["action"] for each in logged.written()] == actions


@pytest.mark.parametrize("kind", ["NetworkInterface", "VSwitch", "VPC"])
def test_flows_belong_to_an_interface_its_vswitch_and_its_vpc(logged: Logged, kind: str) -> None:
    names = {
        "NetworkInterface": logged.interface.interface_id,
        "VSwitch": logged.place.vswitch_id,
        "VPC": logged.place.vpc_id,
    }
    logged.create(ResourceType=kind, ResourceId=names[kind], AggregationInterval=1)
    other = logged.place.interface()
    logged.tell(logged.flow(), logged.flow(interface_id=other.interface_id))
    logged.run(CLOSED)
    found = {(each["eni-id"], each["vm-id"]) for each in logged.written()}
    own = (logged.interface.interface_id, logged.interface.instance_id)
    assert found == ({own} if kind == "NetworkInterface" else {own, (other.interface_id, "-")})


def test_the_path_of_public_addresses_leaves_out_private_ones(logged: Logged) -> None:
    logged.create(TrafficPath=["internetGateway"], AggregationInterval=1)
    address = logged.interface.address
    logged.tell(
        logged.flow(),
        logged.flow(source="203.0.113.9"),
        logged.flow(ingress=False, source=address, target="203.0.113.10"),
    )
    logged.run(CLOSED)
    assert [(each["srcaddr"], each["dstaddr"]) for each in logged.written()] == [
        ("203.0.113.9", address),
        (address, "203.0.113.10"),
    ]


def test_what_belongs_to_no_active_flow_log_is_not_kept(logged: Logged) -> None:
    logged.tell(logged.flow())
    made = logged.create(AggregationInterval=1)
    logged.tell(
        logged.flow(interface_id="eni-none"),
        MachineEnded(machine_id="i-a"),
    )
    logged.call("Vpc", "DeactiveFlowLog", FlowLogId=made, **HERE)
    logged.tell(logged.flow())
    logged.run(CLOSED)
    assert logged.written() == []


def test_a_flow_log_that_is_switched_off_writes_what_waits_at_once(logged: Logged) -> None:
    made = logged.create()
    logged.tell(logged.flow())
    logged.run()
    assert logged.written() == []
    logged.call("Vpc", "DeactiveFlowLog", FlowLogId=made, **HERE)
    logged.run()
    assert len(logged.written()) == 1


def test_a_deleted_flow_log_leaves_no_rows(logged: Logged) -> None:
    made = logged.create()
    logged.tell(logged.flow())
    logged.call("Vpc", "DeleteFlowLog", FlowLogId=made, **HERE)
    call = logged.running.store.call
    assert call(lambda tx: tx.find(FlowPartRow, flow_log_id=made)) == []
    assert call(lambda tx: tx.get(FlowStateRow, made)) is None
    logged.run(CLOSED)
    assert (logged.written(), logged.heard) == ([], [])


def test_a_logstore_that_is_not_there_is_told_and_written_once_it_is(logged: Logged) -> None:
    logged.create(AggregationInterval=1, LogStoreName="none-yet")
    logged.tell(logged.flow())
    logged.run(CLOSED)
    found = told(logged)
    assert found["FlowLogDeliverStatus"] == "FAILED"
    assert found["FlowLogDeliverErrorMessage"].startswith("UnavaliableTarget: LogStoreNotExist")
    assert len(logged.heard) == 1
    logged.run(1)
    assert len(logged.heard) == 1
    logged.add_logstore("none-yet")
    logged.run(600)
    assert len(logged.written("none-yet")) == 1
    assert told(logged)["FlowLogDeliverStatus"] == "SUCCESS"


def test_a_project_that_is_gone_is_told(logged: Logged) -> None:
    logged.create(AggregationInterval=1)
    logged.drop_project()
    logged.tell(logged.flow())
    logged.run(CLOSED)
    message = told(logged)["FlowLogDeliverErrorMessage"]
    assert message.startswith("UnavaliableTarget: ProjectNotExist")


def test_a_project_of_another_account_or_region_is_no_target(call: Caller, logged: Logged) -> None:
    other = Logged(call.local.administrator(call.local.new_account()))
    logged.create(AggregationInterval=1, ProjectName=other.project)
    logged.tell(logged.flow())
    logged.run(CLOSED)
    assert told(logged)["FlowLogDeliverStatus"] == "FAILED"
    assert other.written() == []
    abroad = Logged(other.call, region="cn-beijing")
    abroad.create(AggregationInterval=1)
    abroad.tell(abroad.flow())
    abroad.run(CLOSED)
    message = told(abroad)["FlowLogDeliverErrorMessage"]
    assert message.startswith("UnavaliableTarget: ProjectNotExist")


def test_a_role_that_may_not_write_writes_nothing_until_it_may(logged: Logged) -> None:
    logged.create(AggregationInterval=1)
    policy = {
        "PolicyType": "System",
        "PolicyName": "AliyunVPCLogArchiveRolePolicy",
        "RoleName": ROLE,
    }
    logged.call("Ram", "DetachPolicyFromRole", **policy)
    logged.tell(logged.flow())
    logged.run(CLOSED)
    message = told(logged)["FlowLogDeliverErrorMessage"]
    assert message.startswith("UnavaliableTarget: Unauthorized")
    logged.call("Ram", "AttachPolicyToRole", **policy)
    logged.run(600)
    assert len(logged.written()) == 1
    assert told(logged)["FlowLogDeliverStatus"] == "SUCCESS"
    logged.call("Ram", "DetachPolicyFromRole", **policy)
    logged.call("Ram", "DeleteRole", RoleName=ROLE)
    logged.tell(logged.flow())
    logged.run(CLOSED)
    assert "there is no role" in told(logged)["FlowLogDeliverErrorMessage"]


def test_what_waits_is_bounded_and_what_falls_out_is_counted(
    logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "MOST_WAITING", 3)
    logged.create(AggregationInterval=1)
    logged.tell(*(logged.flow(source_port=port) for port in range(1, 6)))
    logged.tell(logged.flow(source_port=9))
    found = told(logged)
    assert found["FlowLogDeliverStatus"] == "FAILED"
    assert found["FlowLogDeliverErrorMessage"] == "3 records were dropped"
    logged.run(CLOSED)
    statuses = [(each["log-status"], each["srcport"]) for each in logged.written()]
    assert statuses == [("OK", "1"), ("OK", "2"), ("OK", "3"), ("SKIPDATA", "-")]
    assert told(logged)["FlowLogDeliverStatus"] == "SUCCESS"
    logged.tell(logged.flow(source_port=10))
    logged.run(CLOSED)
    assert logged.written()[-1]["srcport"] == "10"


def test_a_delivery_that_is_cut_short_is_done_again_and_leaves_no_record_twice(
    logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged.create(AggregationInterval=1)
    logged.tell(logged.flow())

    def cut_short(ctx: Context, role: RoleRow, kept: KeptLogs, logs: Arrived) -> None:
        give_as_role(ctx, role, kept, logs)
        raise Unavailable("killed behind the write, ahead of the commit")

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "give_as_role", cut_short)
        logged.run(CLOSED)
    assert logged.written() == []
    assert told(logged)["FlowLogDeliverErrorMessage"].startswith("ServiceUnavailable")
    logged.run(600)
    logged.run(600)
    assert len(logged.written()) == 1


def test_many_parts_of_a_window_are_written_step_by_step(logged: Logged) -> None:
    logged.create(AggregationInterval=1)
    for port in range(1, 31):
        logged.tell(logged.flow(source_port=port))
    logged.run(CLOSED)
    assert len(logged.written()) == 30
    state = logged.running.store.call(lambda tx: tx.find(FlowStateRow))
    assert [each.waiting for each in state if each.flow_log_id == told(logged)["FlowLogId"]] == [0]
    assert told(logged)["LogStoreName"] == STORE
