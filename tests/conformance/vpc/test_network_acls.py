"""Network ACLs through the official SDK, as Terraform calls it."""

import pytest
from alibabacloud_vpc20160428 import models as m
from alibabacloud_vpc20160428.client import Client
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount

REGION, ZONE = "cn-hangzhou", "cn-hangzhou-h"


@pytest.fixture
def vpc(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def attribute(vpc: Client, acl_id: str):
    asked = m.DescribeNetworkAclAttributesRequest(region_id=REGION, network_acl_id=acl_id)
    return vpc.describe_network_acl_attributes(asked).body.network_acl_attribute


def test_an_acl_from_begin_to_end(vpc: Client) -> None:
    vpc_id = vpc.create_vpc(m.CreateVpcRequest(region_id=REGION)).body.vpc_id
    vswitch_id = vpc.create_vswitch(
        m.CreateVSwitchRequest(
            region_id=REGION, vpc_id=vpc_id, zone_id=ZONE, cidr_block="172.16.0.0/24"
        )
    ).body.v_switch_id
    made = vpc.create_network_acl(
        m.CreateNetworkAclRequest(region_id=REGION, vpc_id=vpc_id, network_acl_name="one")
    ).body
    acl_id = made.network_acl_id
    assert made.network_acl_attribute.network_acl_id == acl_id
    of_acl = {"region_id": REGION, "network_acl_id": acl_id}
    vpc.modify_network_acl_attributes(
        m.ModifyNetworkAclAttributesRequest(**of_acl, description="text")
    )
    vpc.update_network_acl_entries(
        m.UpdateNetworkAclEntriesRequest(
            **of_acl,
            update_ingress_acl_entries=True,
            ingress_acl_entries=[
                m.UpdateNetworkAclEntriesRequestIngressAclEntries(
                    policy="accept", protocol="tcp", port="22/22", source_cidr_ip="10.0.0.0/8"
                )
            ],
            update_egress_acl_entries=True,
            egress_acl_entries=[
                m.UpdateNetworkAclEntriesRequestEgressAclEntries(
                    policy="drop", protocol="all", port="-1/-1", destination_cidr_ip="0.0.0.0/0"
                )
            ],
        )
    )
    resource = {"resource_type": "VSwitch", "resource_id": vswitch_id}
    vpc.associate_network_acl(
        m.AssociateNetworkAclRequest(
            **of_acl, resource=[m.AssociateNetworkAclRequestResource(**resource)]
        )
    )
    shown = attribute(vpc, acl_id)
    (entry,) = shown.ingress_acl_entries.ingress_acl_entry
    assert (entry.port, entry.source_cidr_ip, entry.policy) == ("22/22", "10.0.0.0/8", "accept")
    assert len(shown.egress_acl_entries.egress_acl_entry) == 1
    assert [each.resource_id for each in shown.resources.resource] == [vswitch_id]
    listed = vpc.describe_network_acls(
        m.DescribeNetworkAclsRequest(
            region_id=REGION, resource_type="VSwitch", resource_id=vswitch_id
        )
    ).body
    assert [each.network_acl_id for each in listed.network_acls.network_acl] == [acl_id]
    other = vpc.create_network_acl(
        m.CreateNetworkAclRequest(region_id=REGION, vpc_id=vpc_id)
    ).body.network_acl_id
    vpc.copy_network_acl_entries(
        m.CopyNetworkAclEntriesRequest(
            region_id=REGION, network_acl_id=other, source_network_acl_id=acl_id
        )
    )
    assert len(attribute(vpc, other).ingress_acl_entries.ingress_acl_entry) == 1
    vpc.unassociate_network_acl(
        m.UnassociateNetworkAclRequest(
            **of_acl, resource=[m.UnassociateNetworkAclRequestResource(**resource)]
        )
    )
    vpc.delete_network_acl(m.DeleteNetworkAclRequest(**of_acl))
    with refused("InvalidNetworkAcl.NotFound", 404):
        attribute(vpc, acl_id)
