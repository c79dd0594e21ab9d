"""Instances through the official SDK, from the first call to the last one, as Terraform makes them."""

import base64
import json

from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from alibabacloud_ram20150501 import models as r
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.documents import policy, statement
from tests.conformance.ecs.conftest import IMAGE, run
from tests.conformance.harness import refused
from tests.networks import REGION, Net


def described(client: Client, instance_id: str):
    asked = m.DescribeInstancesRequest(
        region_id=REGION,
        instance_ids=json.dumps([instance_id]),
        additional_attributes=["META_OPTIONS", "NETWORK_PRIMARY_ENI_IP", "LOGIN_AS_NON_ROOT"],
    )
    found = client.describe_instances(asked).body.instances.instance
    return found[0] if found else None


def test_an_instance_lives_as_terraform_reads_it(client: Client, net: Net) -> None:
    data = base64.b64encode(b"#!/bin/sh\necho up\n").decode()
    one = run(
        client,
        net,
        instance_name="web",
        host_name="web-1",
        user_data=data,
        data_disk=[m.RunInstancesRequestDataDisk(category="cloud_essd", size=60)],
        tag=[m.RunInstancesRequestTag(key="Environment", value="dev")],
    )
    found = described(client, one)
    assert (found.status, found.instance_name, found.image_id) == ("Running", "web", IMAGE)
    assert found.vpc_attributes.private_ip_address.ip_address == ["10.0.0.1"]
    assert [(each.tag_key, each.tag_value) for each in found.tags.tag] == [("Environment", "dev")]
    card = found.network_interfaces.network_interface[0]
    assert (card.type, card.private_ip_sets.private_ip_set[0].primary) == ("Primary", True)
    assert found.metadata_options.http_tokens == "optional"
    disks = client.describe_disks(
        m.DescribeDisksRequest(region_id=REGION, instance_id=one, disk_type="system")
    ).body.disks.disk
    assert [(each.instance_id, each.encrypted) for each in disks] == [(one, False)]
    told = client.describe_user_data(m.DescribeUserDataRequest(region_id=REGION, instance_id=one))
    assert told.body.user_data == data
    roles = client.describe_instance_ram_role(
        m.DescribeInstanceRamRoleRequest(region_id=REGION, instance_ids=json.dumps([one]))
    ).body.instance_ram_role_sets.instance_ram_role_set
    assert [(each.instance_id, each.ram_role_name) for each in roles] == [(one, "")]
    cards = client.describe_network_interfaces(
        m.DescribeNetworkInterfacesRequest(region_id=REGION, instance_id=one)
    ).body.network_interface_sets.network_interface_set
    assert [(each.type, each.status) for each in cards] == [("Primary", "InUse")]
    kept = client.describe_instance_maintenance_attributes(
        m.DescribeInstanceMaintenanceAttributesRequest(region_id=REGION, instance_id=[one])
    ).body.maintenance_attributes.maintenance_attribute
    assert kept[0].action_on_maintenance.value == "Stop"
    pools = client.describe_instance_attachment_attributes(
        m.DescribeInstanceAttachmentAttributesRequest(
            region_id=REGION, instance_ids=json.dumps([one])
        )
    ).body.instances.instance
    assert [each.instance_id for each in pools] == [one]
    events = client.describe_instance_history_events(
        m.DescribeInstanceHistoryEventsRequest(
            region_id=REGION, resource_type="instance", resource_id=[one], page_size=50
        )
    ).body
    assert events.instance_system_event_set.instance_system_event_type == []
    attribute = client.describe_instance_attribute(
        m.DescribeInstanceAttributeRequest(instance_id=one)
    ).body
    assert (attribute.enable_jumbo_frame, attribute.io_optimized) == (False, "optimized")
    client.delete_instance(m.DeleteInstanceRequest(instance_id=one, force=True))
    assert described(client, one) is None


def test_each_state(client: Client, net: Net) -> None:
    made = client.create_instance(
        m.CreateInstanceRequest(
            region_id=REGION,
            image_id=IMAGE,
            instance_type="ecs.s6-c1m1.small",
            v_switch_id=net.vswitch_id,
            security_group_id=net.group_id,
            http_tokens="required",
        )
    ).body.instance_id
    assert described(client, made).status == "Stopped"
    client.start_instance(m.StartInstanceRequest(instance_id=made))
    assert described(client, made).status == "Running"
    client.reboot_instance(m.RebootInstanceRequest(instance_id=made))
    client.stop_instance(m.StopInstanceRequest(instance_id=made, force_stop=True))
    client.modify_instance_spec(
        m.ModifyInstanceSpecRequest(instance_id=made, instance_type="ecs.c6.large")
    )
    assert described(client, made).instance_type == "ecs.c6.large"
    one = client.start_instances(
        m.StartInstancesRequest(region_id=REGION, instance_id=[made])
    ).body.instance_responses.instance_response[0]
    assert (one.previous_status, one.current_status, one.code) == ("Stopped", "Running", "200")
    client.reboot_instances(m.RebootInstancesRequest(region_id=REGION, instance_id=[made]))
    with refused("IncorrectInstanceStatus", 403):
        client.delete_instance(m.DeleteInstanceRequest(instance_id=made))
    client.stop_instances(m.StopInstancesRequest(region_id=REGION, instance_id=[made]))
    listed = client.describe_instance_status(
        m.DescribeInstanceStatusRequest(region_id=REGION)
    ).body.instance_statuses.instance_status
    assert [(each.instance_id, each.status) for each in listed] == [(made, "Stopped")]
    client.delete_instances(m.DeleteInstancesRequest(region_id=REGION, instance_id=[made]))
    assert described(client, made) is None


def test_what_changes(client: Client, net: Net) -> None:
    one = run(client, net)
    client.modify_instance_attribute(
        m.ModifyInstanceAttributeRequest(
            instance_id=one, instance_name="new", deletion_protection=True
        )
    )
    client.modify_instance_metadata_options(
        m.ModifyInstanceMetadataOptionsRequest(
            region_id=REGION, instance_id=one, http_endpoint="enabled", http_tokens="required"
        )
    )
    found = described(client, one)
    assert (found.instance_name, found.deletion_protection) == ("new", True)
    assert found.metadata_options.http_tokens == "required"
    with refused("InvalidOperation.DeletionProtection", 403):
        client.delete_instance(m.DeleteInstanceRequest(instance_id=one, force=True))


def test_tags_of_instances_disks_and_interfaces(client: Client, net: Net) -> None:
    one = run(client, net)
    disk = client.describe_disks(m.DescribeDisksRequest(region_id=REGION)).body.disks.disk[0]
    card = client.describe_network_interfaces(
        m.DescribeNetworkInterfacesRequest(region_id=REGION)
    ).body.network_interface_sets.network_interface_set[0]
    for kind, name in (
        ("instance", one),
        ("disk", disk.disk_id),
        ("eni", card.network_interface_id),
    ):
        client.tag_resources(
            m.TagResourcesRequest(
                region_id=REGION,
                resource_type=kind,
                resource_id=[name],
                tag=[m.TagResourcesRequestTag(key="a", value="b")],
            )
        )
    tags = client.describe_tags(m.DescribeTagsRequest(region_id=REGION)).body.tags.tag
    ((key, value, count),) = [(t.tag_key, t.tag_value, t.resource_type_count) for t in tags]
    assert (key, value, count.instance, count.disk, count.eni) == ("a", "b", 1, 1, 1)
    of_image = m.DescribeTagsRequest(region_id=REGION, resource_type="image", resource_id=IMAGE)
    assert client.describe_tags(of_image).body.tags.tag == []
    with refused("InvalidRegionId.NotFound", 404):
        client.describe_tags(m.DescribeTagsRequest(region_id="x"))


def test_a_policy_of_vpc_and_tags_decides(
    server, client: Client, ram: RamClient, net: Net, account
) -> None:
    """RestrictedECSAccess: instances in one VPC alone, and those of one environment."""
    own = {"StringEquals": {"ecs:VpcId": net.vpc_id}}
    dev = {"StringEquals": {"ecs:tag/Environment": "dev"}}
    document = policy(
        statement("ecs:RunInstances", condition=own),
        statement(
            "ecs:St*Instance",
            condition={"StringEquals": {**own["StringEquals"], **dev["StringEquals"]}},
        ),
    )
    ram.create_user(r.CreateUserRequest(user_name="dev"))
    ram.create_policy(
        r.CreatePolicyRequest(policy_name="RestrictedECSAccess", policy_document=document)
    )
    ram.attach_policy_to_user(
        r.AttachPolicyToUserRequest(
            user_name="dev", policy_name="RestrictedECSAccess", policy_type="Custom"
        )
    )
    key = ram.create_access_key(r.CreateAccessKeyRequest(user_name="dev")).body.access_key
    user = Client(server.config(key.access_key_id, key.access_key_secret))
    from tests.networks import lay

    now = server.clock()
    other = server.running.store.call(
        lambda tx: lay(tx, account.account_id, now, cidr="10.9.0.0/24")
    )
    mine = run(user, net, tag=[m.RunInstancesRequestTag(key="Environment", value="dev")])
    with refused("Forbidden.RAM", 403):
        run(user, other)
    theirs = run(client, net, tag=[m.RunInstancesRequestTag(key="Environment", value="prod")])
    abroad = run(client, other, tag=[m.RunInstancesRequestTag(key="Environment", value="dev")])
    user.stop_instance(m.StopInstanceRequest(instance_id=mine))
    user.start_instance(m.StartInstanceRequest(instance_id=mine))
    for each in (theirs, abroad):
        with refused("Forbidden.RAM", 403):
            user.stop_instance(m.StopInstanceRequest(instance_id=each))
    with refused("Forbidden.RAM", 403):
        user.delete_instance(m.DeleteInstanceRequest(instance_id=mine, force=True))
