"""Peering connections through the official SDK."""

from alibabacloud_vpc20160428 import models as v
from alibabacloud_vpc20160428.client import Client as VpcClient
from alibabacloud_vpcpeer20220101 import models as m
from alibabacloud_vpcpeer20220101.client import Client
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount

REGION, OTHER_REGION = "cn-hangzhou", "cn-beijing"


def vpc_in(server: Server, account: NewAccount, region: str, cidr: str) -> str:
    config = server.config(account.access_key_id, account.secret.reveal())
    config.region_id = region
    client = VpcClient(config)
    return client.create_vpc(v.CreateVpcRequest(region_id=region, cidr_block=cidr)).body.vpc_id


def peer_client(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def test_a_connection_between_regions_from_begin_to_end(
    server: Server, account: NewAccount
) -> None:
    peer = peer_client(server, account)
    one = vpc_in(server, account, REGION, "10.0.0.0/8")
    two = vpc_in(server, account, OTHER_REGION, "172.16.0.0/12")
    asked = m.CreateVpcPeerConnectionRequest(
        region_id=REGION,
        vpc_id=one,
        accepting_ali_uid=int(account.account_id),
        accepting_region_id=OTHER_REGION,
        accepting_vpc_id=two,
        name="between",
        client_token="once",
        tag=[m.CreateVpcPeerConnectionRequestTag(key="env", value="dev")],
    )
    made = peer.create_vpc_peer_connection(asked).body.instance_id
    assert peer.create_vpc_peer_connection(asked).body.instance_id == made
    found = peer.get_vpc_peer_connection_attribute(
        m.GetVpcPeerConnectionAttributeRequest(instance_id=made)
    ).body
    assert (found.status, found.name, found.region_id) == ("Activated", "between", REGION)
    assert (found.accepting_region_id, found.accepting_vpc.vpc_id) == (OTHER_REGION, two)
    assert found.vpc.ipv_4cidrs == ["10.0.0.0/8"]
    for region in (REGION, OTHER_REGION):
        listed = peer.list_vpc_peer_connections(
            m.ListVpcPeerConnectionsRequest(region_id=region, vpc_id=[two])
        )
        assert [each.instance_id for each in listed.body.vpc_peer_connects] == [made]
    peer.delete_vpc_peer_connection(m.DeleteVpcPeerConnectionRequest(instance_id=made))
    with refused("ResourceNotFound.InstanceId", 404):
        peer.get_vpc_peer_connection_attribute(
            m.GetVpcPeerConnectionAttributeRequest(instance_id=made)
        )
