"""EIPs, NAT gateways and their entries through the official SDK."""

import pytest
from alibabacloud_vpc20160428 import models as m
from alibabacloud_vpc20160428.client import Client
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount

REGION, ZONE = "cn-hangzhou", "cn-hangzhou-h"


@pytest.fixture
def vpc(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def eip(vpc: Client, name: str) -> m.AllocateEipAddressResponseBody:
    tags = [m.AllocateEipAddressRequestTag(key="env", value="dev")]
    asked = m.AllocateEipAddressRequest(region_id=REGION, name=name, bandwidth="10", tag=tags)
    return vpc.allocate_eip_address(asked).body


def described(vpc: Client, allocation_id: str):
    asked = m.DescribeEipAddressesRequest(region_id=REGION, allocation_id=allocation_id)
    (found,) = vpc.describe_eip_addresses(asked).body.eip_addresses.eip_address
    return found


def network(vpc: Client) -> tuple[str, str]:
    made = vpc.create_vpc(m.CreateVpcRequest(region_id=REGION, cidr_block="10.0.0.0/8")).body
    asked = m.CreateVSwitchRequest(
        region_id=REGION, vpc_id=made.vpc_id, zone_id=ZONE, cidr_block="10.1.0.0/16"
    )
    return made.vpc_id, vpc.create_vswitch(asked).body.v_switch_id


def gateway(vpc: Client) -> m.CreateNatGatewayResponseBody:
    vpc_id, vswitch_id = network(vpc)
    asked = m.CreateNatGatewayRequest(
        region_id=REGION,
        vpc_id=vpc_id,
        v_switch_id=vswitch_id,
        nat_type="Enhanced",
        network_type="internet",
        name="way-out",
        client_token="once",
        tag=[m.CreateNatGatewayRequestTag(key="env", value="dev")],
    )
    return vpc.create_nat_gateway(asked).body


def bind(vpc: Client, allocation_id: str, nat_id: str) -> None:
    asked = m.AssociateEipAddressRequest(
        region_id=REGION, allocation_id=allocation_id, instance_id=nat_id, instance_type="Nat"
    )
    vpc.associate_eip_address(asked)


def test_an_eip_from_begin_to_end(vpc: Client) -> None:
    made = eip(vpc, "one")
    found = described(vpc, made.allocation_id)
    assert (found.ip_address, found.status, found.bandwidth) == (
        made.eip_address,
        "Available",
        "10",
    )
    assert [(each.key, each.value) for each in found.tags.tag] == [("env", "dev")]
    vpc.modify_eip_address_attribute(
        m.ModifyEipAddressAttributeRequest(
            region_id=REGION, allocation_id=made.allocation_id, name="two", bandwidth="20"
        )
    )
    found = described(vpc, made.allocation_id)
    assert (found.name, found.bandwidth) == ("two", "20")
    protect = m.DeletionProtectionRequest(
        region_id=REGION, type="EIP", instance_id=made.allocation_id, protection_enable=True
    )
    vpc.deletion_protection(protect)
    release = m.ReleaseEipAddressRequest(region_id=REGION, allocation_id=made.allocation_id)
    with refused("InvalidOperation.DeletionProtection", 400):
        vpc.release_eip_address(release)
    protect.protection_enable = False
    vpc.deletion_protection(protect)
    vpc.release_eip_address(release)
    with refused("InvalidAllocationId.NotFound", 404):
        vpc.release_eip_address(release)


def test_a_nat_gateway_from_begin_to_end(vpc: Client) -> None:
    made = gateway(vpc)
    nat_id = made.nat_gateway_id
    listed = vpc.describe_nat_gateways(
        m.DescribeNatGatewaysRequest(region_id=REGION, nat_gateway_id=nat_id)
    ).body
    (shown,) = listed.nat_gateways.nat_gateway
    assert (shown.name, shown.status) == ("way-out", "Available")
    assert shown.nat_gateway_private_info.private_ip_address.startswith("10.1.")
    assert [(each.tag_key, each.tag_value) for each in shown.tags.tag] == [("env", "dev")]
    vpc.modify_nat_gateway_attribute(
        m.ModifyNatGatewayAttributeRequest(region_id=REGION, nat_gateway_id=nat_id, name="out")
    )
    one = vpc.get_nat_gateway_attribute(
        m.GetNatGatewayAttributeRequest(region_id=REGION, nat_gateway_id=nat_id)
    ).body
    assert (one.name, one.snat_table.snat_entry_count) == ("out", 0)
    delete = m.DeleteNatGatewayRequest(region_id=REGION, nat_gateway_id=nat_id)
    vpc.delete_nat_gateway(delete)
    with refused("InvalidNatGatewayId.NotFound", 404):
        vpc.delete_nat_gateway(delete)


def test_snat_entries_from_begin_to_end(vpc: Client) -> None:
    made, first, second = gateway(vpc), eip(vpc, "first"), eip(vpc, "second")
    for each in (first, second):
        bind(vpc, each.allocation_id, made.nat_gateway_id)
    (table,) = made.snat_table_ids.snat_table_id
    entry = vpc.create_snat_entry(
        m.CreateSnatEntryRequest(
            region_id=REGION,
            snat_table_id=table,
            snat_ip=first.eip_address,
            source_cidr="10.0.0.0/8",
            snat_entry_name="all",
        )
    ).body.snat_entry_id
    vpc.modify_snat_entry(
        m.ModifySnatEntryRequest(
            region_id=REGION, snat_table_id=table, snat_entry_id=entry, snat_ip=second.eip_address
        )
    )
    listed = vpc.describe_snat_table_entries(
        m.DescribeSnatTableEntriesRequest(region_id=REGION, snat_table_id=table)
    ).body
    (shown,) = listed.snat_table_entries.snat_table_entry
    assert (shown.snat_ip, shown.source_cidr) == (second.eip_address, "10.0.0.0/8")
    assert (shown.status, shown.snat_entry_name) == ("Available", "all")
    unbind = m.UnassociateEipAddressRequest(
        region_id=REGION,
        allocation_id=second.allocation_id,
        instance_id=made.nat_gateway_id,
        instance_type="Nat",
    )
    with refused("InvalidIpStatus.HasBeenUsedBySnatTable", 400):
        vpc.unassociate_eip_address(unbind)
    delete = m.DeleteSnatEntryRequest(region_id=REGION, snat_table_id=table, snat_entry_id=entry)
    vpc.delete_snat_entry(delete)
    vpc.unassociate_eip_address(unbind)
    assert described(vpc, second.allocation_id).status == "Available"
    with refused("InvalidSnatEntryId.NotFound", 404):
        vpc.delete_snat_entry(delete)


def test_dnat_entries_from_begin_to_end(vpc: Client) -> None:
    made, to = gateway(vpc), eip(vpc, "to")
    bind(vpc, to.allocation_id, made.nat_gateway_id)
    (table,) = made.forward_table_ids.forward_table_id
    entry = vpc.create_forward_entry(
        m.CreateForwardEntryRequest(
            region_id=REGION,
            forward_table_id=table,
            external_ip=to.eip_address,
            external_port="443",
            internal_ip="10.1.0.50",
            internal_port="8443",
            ip_protocol="TCP",
        )
    ).body.forward_entry_id
    vpc.modify_forward_entry(
        m.ModifyForwardEntryRequest(
            region_id=REGION, forward_table_id=table, forward_entry_id=entry, external_port="444"
        )
    )
    listed = vpc.describe_forward_table_entries(
        m.DescribeForwardTableEntriesRequest(region_id=REGION, forward_table_id=table)
    ).body
    (shown,) = listed.forward_table_entries.forward_table_entry
    assert (shown.external_ip, shown.external_port) == (to.eip_address, "444")
    assert (shown.internal_ip, shown.internal_port) == ("10.1.0.50", "8443")
    assert (shown.ip_protocol, shown.status) == ("tcp", "Available")
    delete = m.DeleteForwardEntryRequest(
        region_id=REGION, forward_table_id=table, forward_entry_id=entry
    )
    vpc.delete_forward_entry(delete)
    with refused("InvalidForwardEntryId.NotFound", 404):
        vpc.delete_forward_entry(delete)
    vpc.delete_nat_gateway(
        m.DeleteNatGatewayRequest(region_id=REGION, nat_gateway_id=made.nat_gateway_id, force=True)
    )
    assert described(vpc, to.allocation_id).status == "Available"
