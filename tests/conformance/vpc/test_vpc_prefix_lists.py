"""Prefix lists of VPC through the official SDK."""

from alibabacloud_vpc20160428 import models as m
from alibabacloud_vpc20160428.client import Client
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount

REGION = "cn-hangzhou"


def test_a_list_from_begin_to_end(server: Server, account: NewAccount) -> None:
    vpc = Client(server.config(account.access_key_id, account.secret.reveal()))
    list_id = vpc.create_vpc_prefix_list(
        m.CreateVpcPrefixListRequest(
            region_id=REGION,
            prefix_list_name="one",
            prefix_list_entries=[m.CreateVpcPrefixListRequestPrefixListEntries(cidr="10.0.0.0/8")],
        )
    ).body.prefix_list_id
    named = {"region_id": REGION, "prefix_list_id": list_id}
    vpc.modify_vpc_prefix_list(
        m.ModifyVpcPrefixListRequest(
            **named,
            add_prefix_list_entry=[
                m.ModifyVpcPrefixListRequestAddPrefixListEntry(cidr="11.0.0.0/8")
            ],
        )
    )
    (shown,) = vpc.list_prefix_lists(m.ListPrefixListsRequest(region_id=REGION)).body.prefix_lists
    assert (shown.prefix_list_id, shown.prefix_list_name) == (list_id, "one")
    assert shown.cidr_blocks == ["10.0.0.0/8", "11.0.0.0/8"]
    entries = vpc.get_vpc_prefix_list_entries(m.GetVpcPrefixListEntriesRequest(**named)).body
    assert [each.cidr for each in entries.prefix_list_entry] == ["10.0.0.0/8", "11.0.0.0/8"]
    used = vpc.get_vpc_prefix_list_associations(m.GetVpcPrefixListAssociationsRequest(**named))
    assert used.body.total_count == 0
    vpc.delete_vpc_prefix_list(m.DeleteVpcPrefixListRequest(**named))
    with refused("InvalidPrefixListId.NotFound", 404):
        vpc.delete_vpc_prefix_list(m.DeleteVpcPrefixListRequest(**named))
