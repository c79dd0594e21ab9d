"""Network ACLs: made, filled, bound, listed and deleted, and the calls that are refused."""

import pytest
from tests.local import refused
from tests.platforms import quotas
from tests.unit.services.networks import new_vpc, new_vswitch

WEB = {"Policy": "accept", "Protocol": "tcp", "Port": "443/443", "SourceCidrIp": "0.0.0.0/0"}
OUT = {"Policy": "drop", "Protocol": "all", "Port": "-1/-1", "DestinationCidrIp": "10.0.0.0/8"}


def new_acl(call, vpc_id, **params):
    return call("Vpc", "CreateNetworkAcl", VpcId=vpc_id, **params)["NetworkAclId"]


@pytest.fixture
def vpc_id(call):
    return new_vpc(call)


@pytest.fixture
def acl_id(call, vpc_id):
    return new_acl(call, vpc_id)


def described(call, acl_id):
    found = call("Vpc", "DescribeNetworkAclAttributes", NetworkAclId=acl_id)
    return found["NetworkAclAttribute"]


def ingress(call, acl_id):
    return described(call, acl_id)["IngressAclEntries"]["IngressAclEntry"]


def egress(call, acl_id):
    return described(call, acl_id)["EgressAclEntries"]["EgressAclEntry"]


def listed(call, **params):
    found = call("Vpc", "DescribeNetworkAcls", **params)["NetworkAcls"]["NetworkAcl"]
    return [each["NetworkAclId"] for each in found]


def fill(call, acl_id, *entries, **params):
    given = {"UpdateIngressAclEntries": True, "IngressAclEntries": list(entries), **params}
    call("Vpc", "UpdateNetworkAclEntries", NetworkAclId=acl_id, **given)


def bind(call, acl_id, *vswitches, action="AssociateNetworkAcl", kind="VSwitch"):
    resources = [{"ResourceType": kind, "ResourceId": each} for each in vswitches]
    call("Vpc", action, NetworkAclId=acl_id, Resource=resources)


def test_a_new_acl_is_empty_and_available(call, vpc_id):
    tag = [{"Key": "env", "Value": "dev"}]
    given = {"NetworkAclName": "one", "Description": "first", "Tag": tag}
    made = call("Vpc", "CreateNetworkAcl", VpcId=vpc_id, **given)
    attribute = made["NetworkAclAttribute"]
    assert attribute["NetworkAclId"] == made["NetworkAclId"]
    shown = described(call, made["NetworkAclId"])
    assert attribute.items() <= shown.items()
    assert (shown["NetworkAclName"], shown["Description"]) == ("one", "first")
    assert (shown["Status"], shown["VpcId"], shown["Tags"]) == ("Available", vpc_id, {"Tag": tag})
    assert shown["IngressAclEntries"] == {"IngressAclEntry": []}
    assert shown["Resources"] == {"Resource": []}


def test_entries_of_a_direction_are_replaced_in_their_order(call, acl_id):
    first = {**WEB, "NetworkAclEntryName": "web", "Description": "text"}
    second = {**WEB, "Policy": "DROP", "Protocol": "ICMP", "Port": "-1/-1"}
    fill(call, acl_id, first, second, UpdateEgressAclEntries=True, EgressAclEntries=[OUT])
    one, two = ingress(call, acl_id)
    assert {**first, "EntryType": "custom", "IpVersion": "IPv4"}.items() <= one.items()
    assert (two["Policy"], two["Protocol"], two["Port"]) == ("drop", "icmp", "-1/-1")
    assert one["NetworkAclEntryId"].startswith("nae-")
    (out,) = egress(call, acl_id)
    assert OUT.items() <= out.items()
    fill(call, acl_id, WEB)
    assert len(ingress(call, acl_id)) == len(egress(call, acl_id)) == 1
    fill(call, acl_id)
    assert ingress(call, acl_id) == []
    assert len(egress(call, acl_id)) == 1


def test_a_block_by_an_address_in_it_is_kept_as_sent(call, acl_id):
    fill(call, acl_id, {**WEB, "SourceCidrIp": "196.168.2.0/21"})
    (entry,) = ingress(call, acl_id)
    assert entry["SourceCidrIp"] == "196.168.2.0/21"


def test_a_direction_that_is_not_flagged_stays(call, acl_id):
    fill(call, acl_id, WEB)
    call("Vpc", "UpdateNetworkAclEntries", NetworkAclId=acl_id, IngressAclEntries=[WEB, WEB])
    assert len(ingress(call, acl_id)) == 1


def test_entries_of_the_system_are_passed_over(call, acl_id):
    own = {**WEB, "EntryType": "", "IpVersion": "", "Description": "", "NetworkAclEntryName": ""}
    fill(call, acl_id, {**WEB, "EntryType": "system"}, own)
    assert len(ingress(call, acl_id)) == 1
    with refused("InvalidIngressAclEntries.1.EntryType.Malformed", 400):
        fill(call, acl_id, {**WEB, "EntryType": "other"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Policy": ""}, "ParameterMissing.Policy"),
        ({"Policy": "allow"}, "ParameterIllegal.Policy"),
        ({"Protocol": ""}, "ParameterMissing.Protocol"),
        ({"Protocol": "sctp"}, "ParameterIllegal.Protocol"),
        ({"Protocol": "icmpv6", "Port": "-1/-1"}, "UnsupportedOperation"),
        ({"Port": ""}, "ParameterMissing.Port"),
        ({"Port": "443"}, "ParameterIllegal.Port"),
        ({"Port": "0/1"}, "ParameterIllegal.Port"),
        ({"Port": "2/1"}, "ParameterIllegal.Port"),
        ({"Port": "-1/-1"}, "ParameterIllegal.Port"),
        ({"Protocol": "all"}, "ParameterIllegal.Port"),
        ({"SourceCidrIp": ""}, "ParameterMissing.SourceCidrIp"),
        ({"SourceCidrIp": "10.0.0.0/33"}, "ParameterIllegal.SourceCidrIp"),
        ({"SourceCidrIp": "fd00::/8"}, "ParameterIllegal.SourceCidrIp"),
        ({"IpVersion": "IPv5"}, "IllegalParam.IpVersion"),
        ({"IpVersion": "IPv6"}, "UnsupportedOperation"),
        ({"NetworkAclEntryName": "http://x"}, None),
    ],
)
def test_entries_have_their_rules(call, acl_id, change, code):
    fill(call, acl_id, WEB)
    code = code or "InvalidIngressAclEntries.2.NetworkAclEntryName.Malformed"
    with refused(code, 400):
        fill(call, acl_id, WEB, {**WEB, **change})
    assert len(ingress(call, acl_id)) == 1


@pytest.mark.parametrize(
    ("peer", "code"),
    [("", "ParameterMissing.DestinationCidrIp"), ("x", "ParameterIllegal.DestinationCidrIp")],
)
def test_outbound_entries_name_their_target(call, acl_id, peer, code):
    entry = {**OUT, "DestinationCidrIp": peer}
    with refused(code, 400):
        fill(call, acl_id, UpdateEgressAclEntries=True, EgressAclEntries=[entry])


@pytest.mark.parametrize(("count", "fits"), [(20, True), (21, False)])
def test_a_direction_has_a_quota(call, acl_id, *, count, fits):
    if fits:
        fill(call, acl_id, *[WEB] * count)
        return
    with refused("QuotaExceed.NetworkAclEntry", 400):
        fill(call, acl_id, *[WEB] * count)


def test_entries_are_copied(call, vpc_id, acl_id):
    fill(call, acl_id, WEB, UpdateEgressAclEntries=True, EgressAclEntries=[OUT])
    other = new_acl(call, vpc_id)
    copy = {"NetworkAclId": other, "SourceNetworkAclId": acl_id}
    call("Vpc", "CopyNetworkAclEntries", **copy)
    (entry,) = ingress(call, other)
    assert WEB.items() <= entry.items()
    assert entry["NetworkAclEntryId"] != ingress(call, acl_id)[0]["NetworkAclEntryId"]
    call("Vpc", "CopyNetworkAclEntries", NetworkAclId=other, SourceNetworkAclId=other)
    assert len(egress(call, other)) == 1
    with refused("InvalidSourceNetworkAcl.NotFound", 400):
        call("Vpc", "CopyNetworkAclEntries", **{**copy, "SourceNetworkAclId": "nacl-none"})


def test_an_acl_is_bound_to_vswitches_and_taken_off(call, vpc_id, acl_id):
    one, two = new_vswitch(call, vpc_id), new_vswitch(call, vpc_id, "10.2.0.0/16")
    bind(call, acl_id, one, two)
    bound = described(call, acl_id)["Resources"]["Resource"]
    assert {each["ResourceId"] for each in bound} == {one, two}
    assert {(each["ResourceType"], each["Status"]) for each in bound} == {("VSwitch", "BINDED")}
    shown = call("Vpc", "DescribeVSwitchAttributes", VSwitchId=one)
    assert shown["NetworkAclId"] == acl_id
    with refused("InvalidResource.BindingExist", 400):
        bind(call, new_acl(call, vpc_id), one)
    with refused("NetworkAclExistBinding", 400):
        call("Vpc", "DeleteNetworkAcl", NetworkAclId=acl_id)
    with refused("DependencyViolation.NetworkAcl", 400):
        call("Vpc", "DeleteVSwitch", VSwitchId=one)
    bind(call, acl_id, one, two, action="UnassociateNetworkAcl")
    with refused("InvalidResource.NotBinding", 400):
        bind(call, acl_id, one, action="UnassociateNetworkAcl")
    call("Vpc", "DeleteVSwitch", VSwitchId=one)


@pytest.mark.parametrize("action", ["AssociateNetworkAcl", "UnassociateNetworkAcl"])
def test_acls_are_bound_to_vswitches_of_their_vpc(call, vpc_id, acl_id, action):
    own, other = new_vswitch(call, vpc_id), new_vswitch(call, new_vpc(call))
    for vswitches, kind, code in (
        ((own,), "Instance", "ParameterIllegal.ResourceType"),
        ((own, "vsw-none"), "VSwitch", "InvalidResource.NotFound"),
        ((own, other), "VSwitch", "InvalidResource.VpcError"),
    ):
        with refused(code, 400):
            bind(call, acl_id, *vswitches, action=action, kind=kind)
    assert described(call, acl_id)["Resources"]["Resource"] == []


def test_an_acl_keeps_its_vpc_until_it_is_deleted(call):
    vpc_id = new_vpc(call)
    acl_id = new_acl(call, vpc_id)
    fill(call, acl_id, WEB)
    with refused("DependencyViolation.NetworkAcl", 400):
        call("Vpc", "DeleteVpc", VpcId=vpc_id)
    with refused("DryRunOperation", 400):
        call("Vpc", "DeleteNetworkAcl", NetworkAclId=acl_id, DryRun=True)
    call("Vpc", "DeleteNetworkAcl", NetworkAclId=acl_id)
    call("Vpc", "DeleteVpc", VpcId=vpc_id)
    assert listed(call) == []


def test_lists_are_filtered(call, vpc_id, acl_id):
    named = new_acl(call, vpc_id, NetworkAclName="one", Tag=[{"Key": "k", "Value": "v"}])
    other = new_acl(call, new_vpc(call))
    vswitch_id = new_vswitch(call, vpc_id)
    bind(call, acl_id, vswitch_id)
    assert set(listed(call)) == {acl_id, named, other}
    assert set(listed(call, VpcId=vpc_id)) == {acl_id, named}
    assert listed(call, NetworkAclName="one") == listed(call, Tags=[{"Key": "k"}]) == [named]
    assert listed(call, NetworkAclId=other) == [other]
    assert listed(call, ResourceType="VSwitch", ResourceId=vswitch_id) == [acl_id]
    with refused("ParameterMissing.ResourceType", 400):
        listed(call, ResourceId=vswitch_id)
    with refused("ParameterMissing.ResourceType", 400):
        listed(call, ResourceType="VSwitch", NetworkAclId=acl_id)
    # Terraform asks so whether an ACL is bound to a vSwitch.
    assert listed(call, ResourceId=vswitch_id, NetworkAclId=acl_id) == [acl_id]
    assert listed(call, ResourceId=vswitch_id, NetworkAclId=named) == []
    page = call("Vpc", "DescribeNetworkAcls", PageSize=2, PageNumber=2)
    assert (page["TotalCount"], page["PageNumber"], page["PageSize"]) == ("3", "2", "2")
    assert len(page["NetworkAcls"]["NetworkAcl"]) == 1


def test_name_and_description_are_changed(call, acl_id):
    given = {"NetworkAclName": "two", "Description": "text"}
    call("Vpc", "ModifyNetworkAclAttributes", NetworkAclId=acl_id, **given)
    assert given.items() <= described(call, acl_id).items()


@pytest.mark.parametrize(
    "action",
    [
        *("ModifyNetworkAclAttributes", "UpdateNetworkAclEntries", "CopyNetworkAclEntries"),
        *("AssociateNetworkAcl", "UnassociateNetworkAcl", "DescribeNetworkAclAttributes"),
        "DeleteNetworkAcl",
    ],
)
def test_what_is_not_there(call, acl_id, action):
    given = {"Resource": [{"ResourceType": "VSwitch", "ResourceId": "vsw-none"}]}
    with refused("InvalidNetworkAcl.NotFound", 404):
        call("Vpc", action, NetworkAclId="nacl-none", SourceNetworkAclId=acl_id, **given)


def test_the_call_that_makes_an_acl_has_its_rules(call, vpc_id, local):
    with refused("InvalidVpcId.NotFound", 404):
        new_acl(call, "vpc-none")
    with quotas(local, {"vpc.network-acls": 0}), refused("QuotaExceed.NetworkAcl", 400):
        new_acl(call, vpc_id)
    for tags, code in (
        ([{"Key": "acs:k"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k", "Value": "acs:v"}], "InvalidTagValue.Malformed"),
        ([{"Key": "k"}, {"Key": "k"}], "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            new_acl(call, vpc_id, Tag=tags)


def test_a_denial_by_a_tag_of_the_vswitch_counts(call, vpc_id, acl_id):
    vswitch_id = new_vswitch(call, vpc_id, Tag=[{"Key": "env", "Value": "prod"}])
    alice = call.new_user("alice")
    call(
        "Ram",
        "CreatePolicy",
        PolicyName="one",
        PolicyDocument=(
            '{"Version":"1","Statement":[{"Effect":"Allow","Action":"vpc:*","Resource":"*"},'
            '{"Effect":"Deny","Action":"vpc:*","Resource":"*","Condition":{"StringEquals":'
            '{"acs:ResourceTag/env":"prod"}}}]}'
        ),
    )
    named = {"PolicyType": "Custom", "PolicyName": "one", "UserName": "alice"}
    call("Ram", "AttachPolicyToUser", **named)
    with refused("Forbidden.RAM", 403):
        bind(alice, acl_id, vswitch_id)
    table = call("Vpc", "CreateRouteTable", VpcId=vpc_id)["RouteTableId"]
    with refused("Forbidden.RAM", 403):
        alice("Vpc", "AssociateRouteTable", RouteTableId=table, VSwitchId=vswitch_id)
    bind(call, acl_id, vswitch_id)
