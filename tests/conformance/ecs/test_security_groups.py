"""Security groups and their rules through the official SDK, as Terraform and scanners call."""

import pytest
from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from tests.conformance.harness import Server, refused, serving
from tests.unit.services.ecs.networks import REGION, store_interface, store_vpc

from juyong.app.settings import Settings
from juyong.services.identity.facade import NewAccount


class Groups:
    """The SDK's client, with a VPC."""

    def __init__(self, server: Server, account: NewAccount) -> None:
        self.server, self.account = server, account
        self.client = Client(server.config(account.access_key_id, account.secret.reveal()))
        self.vpc_id = store_vpc(server.running, account.account_id)

    def make(self, **wanted: str) -> str:
        asked = m.CreateSecurityGroupRequest(region_id=REGION, vpc_id=self.vpc_id, **wanted)
        found: str = self.client.create_security_group(asked).body.security_group_id
        return found

    def interface(self, instance_id: str = "") -> str:
        running, account = self.server.running, self.account.account_id
        return store_interface(running, account, self.vpc_id, instance_id=instance_id)

    def shown(self, group: str, **asked: str):
        request = m.DescribeSecurityGroupAttributeRequest(
            region_id=REGION, security_group_id=group, **asked
        )
        return self.client.describe_security_group_attribute(request).body

    def rules(self, group: str, **asked: str):
        return self.shown(group, **asked).permissions.permission

    def listed(self, **asked):
        request = m.DescribeSecurityGroupsRequest(region_id=REGION, **asked)
        return self.client.describe_security_groups(request).body


@pytest.fixture
def ecs(server: Server, account: NewAccount) -> Groups:
    return Groups(server, account)


def test_a_group_lives_as_terraform_has_it(ecs: Groups) -> None:
    """Made with a token, read by list and attribute, changed, deleted, and then an empty list."""
    token = "8f9c5d5e-terraform"
    group = ecs.make(security_group_name="web", description="the web", client_token=token)
    assert ecs.make(security_group_name="web", description="the web", client_token=token) == group
    with refused("IdempotentParameterMismatch", 400):
        ecs.make(security_group_name="other", description="the web", client_token=token)
    (listed,) = ecs.listed(security_group_id=group).security_groups.security_group
    assert (listed.security_group_name, listed.vpc_id) == ("web", ecs.vpc_id)
    assert (listed.security_group_type, listed.tags.tag) == ("normal", [])
    ecs.client.modify_security_group_attribute(
        m.ModifySecurityGroupAttributeRequest(
            region_id=REGION, security_group_id=group, security_group_name="app"
        )
    )
    ecs.client.modify_security_group_policy(
        m.ModifySecurityGroupPolicyRequest(
            region_id=REGION, security_group_id=group, inner_access_policy="Drop"
        )
    )
    shown = ecs.shown(group)
    assert (shown.security_group_name, shown.inner_access_policy) == ("app", "Drop")
    ecs.client.delete_security_group(
        m.DeleteSecurityGroupRequest(region_id=REGION, security_group_id=group)
    )
    assert ecs.listed(security_group_id=group).security_groups.security_group == []
    with refused("InvalidSecurityGroupId.NotFound", 404):
        ecs.shown(group)


def test_a_dry_run_says_that_the_list_would_be_answered(ecs: Groups) -> None:
    with refused("DryRunOperation", 400):
        ecs.listed(dry_run=True)


def test_rules_are_added_found_by_their_texts_changed_twice_and_taken_away(ecs: Groups) -> None:
    """The provider sends the tuple, finds the rule by texts, and sends a change twice."""
    group = ecs.make()
    said = {"ip_protocol": "tcp", "port_range": "443/443", "source_cidr_ip": "0.0.0.0/0"}
    ecs.client.authorize_security_group(
        m.AuthorizeSecurityGroupRequest(
            region_id=REGION,
            security_group_id=group,
            permissions=[
                m.AuthorizeSecurityGroupRequestPermissions(
                    **said, policy="accept", priority="1", nic_type="intranet"
                )
            ],
        )
    )
    (rule,) = ecs.rules(group, direction="ingress", nic_type="<nil>")
    assert (rule.ip_protocol.lower(), rule.policy.lower()) == ("tcp", "accept")
    assert (rule.port_range, rule.source_cidr_ip, rule.priority) == ("443/443", "0.0.0.0/0", "1")
    for _ in range(2):
        ecs.client.modify_security_group_rule(
            m.ModifySecurityGroupRuleRequest(
                region_id=REGION,
                security_group_id=group,
                **said,
                policy="accept",
                priority="1",
                nic_type="intranet",
                description="https",
            )
        )
    (rule,) = ecs.rules(group)
    assert rule.description == "https"
    ecs.client.revoke_security_group(
        m.RevokeSecurityGroupRequest(
            region_id=REGION, security_group_id=group, **said, policy="accept", priority="1"
        )
    )
    assert ecs.rules(group) == []


def test_egress_rules(ecs: Groups) -> None:
    group, peer = ecs.make(), ecs.make(security_group_name="db")
    ecs.client.authorize_security_group_egress(
        m.AuthorizeSecurityGroupEgressRequest(
            region_id=REGION,
            security_group_id=group,
            permissions=[
                m.AuthorizeSecurityGroupEgressRequestPermissions(
                    ip_protocol="TCP", port_range="5432/5432", dest_group_id=peer
                ),
                m.AuthorizeSecurityGroupEgressRequestPermissions(
                    ip_protocol="ALL",
                    port_range="-1/-1",
                    ipv_6dest_cidr_ip="::/0",
                    policy="drop",
                    priority="100",
                ),
            ],
        )
    )
    to_peer, nothing_else = ecs.rules(group, direction="egress")
    assert (to_peer.dest_group_id, to_peer.dest_group_name) == (peer, "db")
    assert (nothing_else.ipv_6dest_cidr_ip, nothing_else.policy) == ("::/0", "Drop")
    ecs.client.modify_security_group_egress_rule(
        m.ModifySecurityGroupEgressRuleRequest(
            region_id=REGION,
            security_group_id=group,
            security_group_rule_id=nothing_else.security_group_rule_id,
            priority="99",
        )
    )
    assert [rule.priority for rule in ecs.rules(group)] == ["1", "99"]
    asked = m.DescribeSecurityGroupReferencesRequest(region_id=REGION, security_group_id=[peer])
    answer = ecs.client.describe_security_group_references(asked).body
    (found,) = answer.security_group_references.security_group_reference
    (owner,) = found.referencing_security_groups.referencing_security_group
    assert (owner.security_group_id, owner.ali_uid) == (group, ecs.account.account_id)
    ecs.client.revoke_security_group_egress(
        m.RevokeSecurityGroupEgressRequest(
            region_id=REGION,
            security_group_id=group,
            security_group_rule_id=[rule.security_group_rule_id for rule in ecs.rules(group)],
        )
    )
    assert ecs.rules(group) == []


def test_an_interface_joins_and_leaves(ecs: Groups) -> None:
    group, other = ecs.make(), ecs.make()
    ecs.interface("i-sdk-1")
    for each in (group, other):
        ecs.client.join_security_group(
            m.JoinSecurityGroupRequest(security_group_id=each, instance_id="i-sdk-1")
        )
    (listed,) = ecs.listed(security_group_id=group).security_groups.security_group
    assert (listed.ecs_count, listed.available_instance_amount) == (1, 5999)
    ecs.client.leave_security_group(
        m.LeaveSecurityGroupRequest(security_group_id=group, instance_id="i-sdk-1")
    )
    with refused("InvalidSecurityGroupAssociation.NotFound", 400):
        ecs.client.leave_security_group(
            m.LeaveSecurityGroupRequest(security_group_id=group, instance_id="i-sdk-1")
        )


def test_groups_are_listed_in_both_ways_of_paging(ecs: Groups) -> None:
    made = sorted(ecs.make() for _ in range(3))
    by_number = ecs.listed(page_number=1, page_size=50)
    assert by_number.total_count == 3
    first = ecs.listed(max_results=2)
    last = ecs.listed(max_results=2, next_token=first.next_token)
    both = [*first.security_groups.security_group, *last.security_groups.security_group]
    assert [each.security_group_id for each in both] == made
    assert (first.total_count, last.next_token) == (None, "")


def test_a_prefix_list_is_the_peer_of_a_rule(ecs: Groups) -> None:
    client = ecs.client
    made = client.create_prefix_list(
        m.CreatePrefixListRequest(
            region_id=REGION,
            prefix_list_name="offices",
            address_family="IPv4",
            max_entries=10,
            entry=[m.CreatePrefixListRequestEntry(cidr="192.0.2.0/24", description="Bonn")],
        )
    ).body.prefix_list_id
    client.modify_prefix_list(
        m.ModifyPrefixListRequest(
            region_id=REGION,
            prefix_list_id=made,
            add_entry=[m.ModifyPrefixListRequestAddEntry(cidr="198.51.100.7")],
        )
    )
    group = ecs.make()
    client.authorize_security_group(
        m.AuthorizeSecurityGroupRequest(
            region_id=REGION,
            security_group_id=group,
            ip_protocol="tcp",
            port_range="22/22",
            source_prefix_list_id=made,
        )
    )
    (rule,) = ecs.rules(group)
    assert (rule.source_prefix_list_id, rule.source_prefix_list_name) == (made, "offices")
    asked = {"region_id": REGION, "prefix_list_id": made}
    shown = client.describe_prefix_list_attributes(
        m.DescribePrefixListAttributesRequest(**asked)
    ).body
    assert [each.cidr for each in shown.entries.entry] == ["192.0.2.0/24", "198.51.100.7/32"]
    listed = client.describe_prefix_lists(m.DescribePrefixListsRequest(region_id=REGION)).body
    assert [each.association_count for each in listed.prefix_lists.prefix_list] == [1]
    found = client.describe_prefix_list_associations(
        m.DescribePrefixListAssociationsRequest(**asked)
    ).body.prefix_list_associations.prefix_list_association
    assert [(each.resource_id, each.resource_type) for each in found] == [(group, "securitygroup")]
    with refused("NotAllowed.AssociationExist", 400):
        client.delete_prefix_list(m.DeletePrefixListRequest(**asked))
    client.delete_security_group(
        m.DeleteSecurityGroupRequest(region_id=REGION, security_group_id=group)
    )
    client.delete_prefix_list(m.DeletePrefixListRequest(**asked))


def test_a_port_list_is_the_ports_of_a_rule(ecs: Groups) -> None:
    client = ecs.client
    made = client.create_port_range_list(
        m.CreatePortRangeListRequest(
            region_id=REGION,
            port_range_list_name="web",
            max_entries=10,
            entry=[m.CreatePortRangeListRequestEntry(port_range="80/80")],
        )
    ).body.port_range_list_id
    client.modify_port_range_list(
        m.ModifyPortRangeListRequest(
            region_id=REGION,
            port_range_list_id=made,
            add_entry=[m.ModifyPortRangeListRequestAddEntry(port_range="443/443")],
        )
    )
    group = ecs.make()
    client.authorize_security_group(
        m.AuthorizeSecurityGroupRequest(
            region_id=REGION,
            security_group_id=group,
            permissions=[
                m.AuthorizeSecurityGroupRequestPermissions(
                    ip_protocol="tcp", port_range_list_id=made, source_cidr_ip="0.0.0.0/0"
                )
            ],
        )
    )
    (rule,) = ecs.rules(group)
    assert (rule.port_range_list_id, rule.port_range_list_name) == (made, "web")
    asked = {"region_id": REGION, "port_range_list_id": made}
    entries = client.describe_port_range_list_entries(
        m.DescribePortRangeListEntriesRequest(**asked)
    ).body.entries
    assert [each.port_range for each in entries] == ["80/80", "443/443"]
    listed = client.describe_port_range_lists(m.DescribePortRangeListsRequest(region_id=REGION))
    assert [each.association_count for each in listed.body.port_range_lists] == [1]
    found = client.describe_port_range_list_associations(
        m.DescribePortRangeListAssociationsRequest(**asked)
    ).body.port_range_list_associations
    assert [each.resource_id for each in found] == [group]
    client.delete_security_group(
        m.DeleteSecurityGroupRequest(region_id=REGION, security_group_id=group)
    )
    client.delete_port_range_list(m.DeletePortRangeListRequest(**asked))


def test_rules_outlive_the_server(tmp_path) -> None:
    home = tmp_path / "home"
    with serving(home, Settings()) as server:
        account = server.new_account("rules")
        ecs = Groups(server, account)
        group = ecs.make()
        ecs.client.authorize_security_group(
            m.AuthorizeSecurityGroupRequest(
                region_id=REGION,
                security_group_id=group,
                ip_protocol="icmp",
                port_range="-1/-1",
                source_cidr_ip="10.0.0.0/8",
            )
        )
        before = ecs.rules(group)
    with serving(home, Settings()) as server:
        ecs = Groups(server, account)
        assert [r.to_map() for r in ecs.rules(group)] == [r.to_map() for r in before]
