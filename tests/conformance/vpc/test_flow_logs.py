"""Flow logs through the official SDK: from flows of the network plane to logs that clients pull."""

import pytest
from alibabacloud_vpc20160428 import models as m
from alibabacloud_vpc20160428.client import Client
from tests.conformance.harness import Server, refused
from tests.conformance.sls_calls import Caller

from juyong.api.bench import Bench
from juyong.base.ids import new_instance_id, new_short_id
from juyong.netplane.desired import Flow
from juyong.services.identity.facade import NewAccount
from juyong.services.network.tables import InterfaceRow, VSwitchRow
from juyong.services.vpc.facade import deliver
from juyong.services.vpc.flow_logs.jobs import deliver_flow_logs
from juyong.store.transaction import Transaction

REGION, ZONE, STORE = "cn-hangzhou", "cn-hangzhou-h", "flows"


@pytest.fixture
def vpc(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def network(vpc: Client) -> tuple[str, str]:
    made = vpc.create_vpc(m.CreateVpcRequest(region_id=REGION, cidr_block="10.0.0.0/8")).body
    asked = m.CreateVSwitchRequest(
        region_id=REGION, vpc_id=made.vpc_id, zone_id=ZONE, cidr_block="10.1.0.0/16"
    )
    return made.vpc_id, vpc.create_vswitch(asked).body.v_switch_id


def create(vpc: Client, vpc_id: str, project: str) -> str:
    return vpc.create_flow_log(
        m.CreateFlowLogRequest(
            region_id=REGION,
            resource_id=vpc_id,
            resource_type="VPC",
            traffic_type="All",
            project_name=project,
            log_store_name=STORE,
            flow_log_name="all",
            aggregation_interval=1,
            traffic_path=["all"],
            tag=[m.CreateFlowLogRequestTag(key="env", value="dev")],
        )
    ).body.flow_log_id


def shown(vpc: Client, flow_log_id: str):
    asked = m.DescribeFlowLogsRequest(region_id=REGION, flow_log_id=flow_log_id)
    (found,) = vpc.describe_flow_logs(asked).body.flow_logs.flow_log
    return found


def interface(server: Server, vswitch_id: str) -> InterfaceRow:
    """Store an interface, as the ECS product makes one."""

    def store(tx: Transaction) -> InterfaceRow:
        vswitch = tx.get(VSwitchRow, vswitch_id)
        assert vswitch is not None
        row = InterfaceRow(
            interface_id=new_instance_id("eni"),
            account_id=vswitch.account_id,
            region=vswitch.region,
            vpc_id=vswitch.vpc_id,
            vswitch_id=vswitch_id,
            zone_id=vswitch.zone_id,
            interface_name="",
            description="",
            mac="00:16:3e:00:00:01",
            address="10.1.0.9",
            status="Available",
            created_at=vswitch.created_at,
        )
        tx.insert(row)
        return row

    made: InterfaceRow = server.running.store.call(store)
    return made


def test_flows_become_logs_that_a_client_pulls(
    server: Server, account: NewAccount, vpc: Client
) -> None:
    project = f"flows-{new_short_id(8)}"
    log = Caller(server, account.access_key_id, account.secret.reveal()).log
    log.create_project(project, "")
    log.create_logstore(project, STORE, 30, 1)
    vpc_id, vswitch_id = network(vpc)
    made = create(vpc, vpc_id, project)
    eni = interface(server, vswitch_id)
    running = server.running
    bench = Bench(call=running.store.call, clock=server.clock, platform=running.pipeline.platform)
    now = server.clock()
    flow = Flow(
        interface_id=eni.interface_id,
        ingress=True,
        accepted=False,
        protocol=6,
        source="203.0.113.9",
        source_port=40000,
        target=eni.address,
        target_port=22,
        packets=1,
        bytes=60,
        start_s=now,
        end_s=now,
    )
    deliver(bench, [flow])
    server.clock.offset += 80
    try:
        deliver_flow_logs(bench)
    finally:
        server.clock.offset -= 80
    begin = log.get_begin_cursor(project, STORE, 0).get_cursor()
    (row,) = log.pull_logs(project, STORE, 0, begin, 100).get_flatten_logs_json()
    assert (row["srcaddr"], row["dstport"], row["action"]) == ("203.0.113.9", "22", "REJECT")
    assert (row["eni-id"], row["vpc-id"]) == (eni.interface_id, vpc_id)
    found = shown(vpc, made)
    assert (found.status, found.flow_log_deliver_status) == ("Active", "SUCCESS")


def test_a_flow_log_from_begin_to_end(vpc: Client) -> None:
    service = m.GetFlowLogServiceStatusRequest(region_id=REGION)
    assert vpc.get_flow_log_service_status(service).body.enabled is False
    vpc.open_flow_log_service(m.OpenFlowLogServiceRequest(region_id=REGION))
    assert vpc.get_flow_log_service_status(service).body.enabled is True
    vpc_id, _ = network(vpc)
    made = create(vpc, vpc_id, "no-such-project")
    found = shown(vpc, made)
    assert (found.resource_type, found.resource_id) == ("VPC", vpc_id)
    assert found.traffic_path.traffic_path_list == ["all"]
    assert [(each.key, each.value) for each in found.tags.tag] == [("env", "dev")]
    vpc.modify_flow_log_attribute(
        m.ModifyFlowLogAttributeRequest(
            region_id=REGION, flow_log_id=made, flow_log_name="new", aggregation_interval=5
        )
    )
    vpc.deactive_flow_log(m.DeactiveFlowLogRequest(region_id=REGION, flow_log_id=made))
    found = shown(vpc, made)
    assert (found.flow_log_name, found.aggregation_interval) == ("new", 5)
    assert found.status == "Inactive"
    vpc.active_flow_log(m.ActiveFlowLogRequest(region_id=REGION, flow_log_id=made))
    assert shown(vpc, made).status == "Active"
    delete = m.DeleteFlowLogRequest(region_id=REGION, flow_log_id=made)
    vpc.delete_flow_log(delete)
    with refused("InvalidFlowLogId.NotFound", 404):
        vpc.delete_flow_log(delete)
