"""Prefix lists by VPC's operations: made, changed, named by ACLs, and the calls that are refused."""

import pytest
from tests.local import refused
from tests.platforms import quotas
from tests.unit.services.networks import new_vpc

BLOCK = {"Cidr": "10.0.0.0/8"}


def new_list(call, *blocks, **params):
    given = {"PrefixListEntries": list(blocks), **params}
    return call("Vpc", "CreateVpcPrefixList", **given)["PrefixListId"]


def listed(call, **params):
    return call("Vpc", "ListPrefixLists", **params)["PrefixLists"]


def blocks(call, list_id, **params):
    found = call("Vpc", "GetVpcPrefixListEntries", PrefixListId=list_id, **params)
    return {each["Cidr"]: each["Description"] for each in found["PrefixListEntry"]}


def change(call, list_id, **params):
    return call("Vpc", "ModifyVpcPrefixList", PrefixListId=list_id, **params)


def new_acl_with(call, list_id):
    acl_id = call("Vpc", "CreateNetworkAcl", VpcId=new_vpc(call))["NetworkAclId"]
    entry = {"Policy": "drop", "Protocol": "all", "Port": "-1/-1", "SourceCidrIp": list_id}
    given = {"UpdateIngressAclEntries": True, "IngressAclEntries": [entry]}
    call("Vpc", "UpdateNetworkAclEntries", NetworkAclId=acl_id, **given)
    return acl_id


def test_a_list_is_shown_with_what_the_call_gave(call):
    tag = [{"Key": "env", "Value": "dev"}]
    named = {"PrefixListName": "one", "PrefixListDescription": "first"}
    list_id = new_list(call, BLOCK, MaxEntries=2, Tag=tag, **named)
    (shown,) = listed(call, PrefixListIds=[list_id])
    assert named.items() <= shown.items()
    assert (shown["IpVersion"], shown["MaxEntries"]) == ("IPv4", 2)
    assert (shown["CidrBlocks"], shown["Status"]) == (["10.0.0.0/8"], "Created")
    assert shown["Tags"] == tag
    ecs = call("Ecs", "DescribePrefixLists", RegionId="cn-hangzhou")["PrefixLists"]["PrefixList"]
    assert [each["PrefixListId"] for each in ecs] == [list_id]


def test_lists_are_filtered_and_cut_into_pages(call):
    one, two, three = (new_list(call, PrefixListName=name) for name in ("one", "two", "three"))
    call(
        "Vpc",
        "TagResources",
        ResourceType="PREFIXLIST",
        ResourceId=[two],
        Tag=[{"Key": "k", "Value": "v"}],
    )
    assert [each["PrefixListId"] for each in listed(call, PrefixListName="one")] == [one]
    assert [each["PrefixListId"] for each in listed(call, Tags=[{"Key": "k"}])] == [two]
    first = call("Vpc", "ListPrefixLists", MaxResults=2)
    assert (first["TotalCount"], first["MaxResults"]) == (3, 2)
    rest = listed(call, NextToken=first["NextToken"])
    both = [each["PrefixListId"] for each in (*first["PrefixLists"], *rest)]
    assert both == sorted((one, two, three))
    for action in ("GetVpcPrefixListEntries", "GetVpcPrefixListAssociations", "ListPrefixLists"):
        with refused("InvalidNextToken.Malformed", 400):
            call("Vpc", action, PrefixListId=one, NextToken="other")


def test_blocks_are_added_described_and_removed(call):
    list_id = new_list(call, BLOCK, {"Cidr": "11.0.0.0/8", "Description": "old"})
    change(
        call,
        list_id,
        PrefixListName="two",
        MaxEntries=60,
        AddPrefixListEntry=[{"Cidr": "11.0.0.0/8", "Description": "new"}, {"Cidr": "12.0.0.0/8"}],
        RemovePrefixListEntry=[BLOCK],
    )
    assert blocks(call, list_id) == {"11.0.0.0/8": "new", "12.0.0.0/8": ""}
    found = call("Vpc", "GetVpcPrefixListEntries", PrefixListId=list_id, MaxResults=1)
    assert (found["Count"], found["TotalCount"]) == (1, 2)
    assert blocks(call, list_id, NextToken=found["NextToken"]) == {"12.0.0.0/8": ""}
    (shown,) = listed(call)
    assert (shown["PrefixListName"], shown["MaxEntries"]) == ("two", 60)


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([{"Cidr": "10.0.0.1/8"}], "InvalidParameter.CidrMalformed"),
        ([{"Cidr": "fd00::/8"}], "InvalidParameter.CidrMalformed"),
        ([BLOCK, BLOCK], "InvalidParameter.CidrDuplicated"),
        ([{**BLOCK, "Description": "http://x"}], "InvalidDescription.Malformed"),
        ([BLOCK, {"Cidr": "11.0.0.0/8"}], "LimitExceed.MaxEntries"),
        ([{"Cidr": f"10.0.{n}.0/24"} for n in range(201)], "LimitExceed.Entry"),
    ],
)
def test_blocks_have_their_rules(call, entries, code):
    with refused(code, 400):
        new_list(call, *entries, MaxEntries=1)
    list_id = new_list(call, MaxEntries=1)
    with refused(code, 400):
        change(call, list_id, AddPrefixListEntry=entries)
    assert blocks(call, list_id) == {}


def test_a_list_has_no_more_room_than_its_blocks_take(call):
    list_id = new_list(call, BLOCK, {"Cidr": "11.0.0.0/8"})
    with refused("LimitExceed.MaxEntries", 400):
        change(call, list_id, MaxEntries=1)
    change(call, list_id, MaxEntries=1, RemovePrefixListEntry=[BLOCK])


def test_an_acl_keeps_the_list_that_its_entry_names(call):
    list_id = new_list(call, BLOCK)
    acl_id = new_acl_with(call, list_id)
    found = call("Vpc", "GetVpcPrefixListAssociations", PrefixListId=list_id)
    (used,) = found["PrefixListAssociation"]
    assert (used["ResourceId"], used["ResourceType"]) == (acl_id, "networkacl")
    with refused("OperationDenied.PrefixListAssociated", 400):
        change(call, list_id, MaxEntries=60)
    for product, action in (("Vpc", "DeleteVpcPrefixList"), ("Ecs", "DeletePrefixList")):
        with refused("NotAllowed.AssociationExist", 400):
            call(product, action, RegionId="cn-hangzhou", PrefixListId=list_id)
    call("Vpc", "DeleteNetworkAcl", NetworkAclId=acl_id)
    call("Vpc", "DeleteVpcPrefixList", PrefixListId=list_id)
    assert listed(call) == []


def test_an_acl_names_lists_of_its_account_and_version(call, local):
    other = local.administrator(local.new_account())
    for list_id in ("pl-none", new_list(other)):
        with refused("ResourceNotFound.PrefixList", 400):
            new_acl_with(call, list_id)
    with refused("OperationDenied.IpVersionInconsistencyWithPrefixList", 400):
        new_acl_with(call, new_list(call, IpVersion="IPv6"))


def test_what_is_not_there(call):
    for action in (
        *("ModifyVpcPrefixList", "DeleteVpcPrefixList", "GetVpcPrefixListEntries"),
        "GetVpcPrefixListAssociations",
    ):
        with refused("InvalidPrefixListId.NotFound", 404):
            call("Vpc", action, PrefixListId="pl-none")


def test_the_call_that_makes_a_list_has_its_rules(call, local):
    full = quotas(local, {"ecs.prefix-lists": 0})
    with full, refused("LimitExceed.PrefixListPerRegion", 404):
        new_list(call)
    with refused("InvalidIpVersion.Malformed", 400):
        new_list(call, IpVersion="IPv5")
    with refused("InvalidMaxEntries.Malformed", 400):
        new_list(call, MaxEntries=201)
    for tags, code in (
        ([{"Key": "acs:k"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k", "Value": "acs:v"}], "InvalidTagValue.Malformed"),
        ([{"Key": "k"}, {"Key": "k"}], "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            new_list(call, Tag=tags)


def test_policies_name_lists_of_vpc(call):
    list_id = new_list(call)
    alice = call.new_user("alice")
    call(
        "Ram",
        "CreatePolicy",
        PolicyName="one",
        PolicyDocument=(
            '{"Version":"1","Statement":[{"Effect":"Allow","Action":"vpc:*","Resource":'
            '"acs:vpc:*:*:prefixlist/ID"}]}'
        ).replace("ID", list_id),
    )
    named = {"PolicyType": "Custom", "PolicyName": "one", "UserName": "alice"}
    call("Ram", "AttachPolicyToUser", **named)
    change(alice, list_id, PrefixListName="two")
    with refused("Forbidden.RAM", 403):
        change(alice, new_list(call), PrefixListName="two")
