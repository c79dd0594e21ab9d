"""Interfaces, disks, roles and key pairs of instances through the official SDK."""

import json

from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from alibabacloud_kms20160120 import models as k
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_ram20150501 import models as r
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.documents import policy
from tests.conformance.ecs.conftest import run
from tests.conformance.harness import Server, refused
from tests.networks import REGION, ZONE, Net

from juyong.services.identity.facade import NewAccount


def test_an_interface(client: Client, net: Net) -> None:
    instance = run(client, net)
    made = client.create_network_interface(
        m.CreateNetworkInterfaceRequest(
            region_id=REGION, v_switch_id=net.vswitch_id, security_group_ids=[net.group_id]
        )
    ).body
    named = {"region_id": REGION, "network_interface_id": made.network_interface_id}
    given = client.assign_private_ip_addresses(
        m.AssignPrivateIpAddressesRequest(**named, secondary_private_ip_address_count=1)
    ).body.assigned_private_ip_addresses_set
    assert given.private_ip_set.private_ip_address == ["10.0.0.3"]
    client.unassign_private_ip_addresses(
        m.UnassignPrivateIpAddressesRequest(**named, private_ip_address=["10.0.0.3"])
    )
    client.modify_network_interface_attribute(
        m.ModifyNetworkInterfaceAttributeRequest(**named, network_interface_name="card")
    )
    client.attach_network_interface(m.AttachNetworkInterfaceRequest(**named, instance_id=instance))
    (shown,) = client.describe_network_interfaces(
        m.DescribeNetworkInterfacesRequest(
            region_id=REGION, network_interface_id=[made.network_interface_id]
        )
    ).body.network_interface_sets.network_interface_set
    assert (shown.status, shown.instance_id, shown.network_interface_name) == (
        "InUse",
        instance,
        "card",
    )
    client.detach_network_interface(m.DetachNetworkInterfaceRequest(**named, instance_id=instance))
    client.delete_network_interface(m.DeleteNetworkInterfaceRequest(**named))
    with refused("InvalidEniId.NotFound", 404):
        client.delete_network_interface(m.DeleteNetworkInterfaceRequest(**named))


def test_an_encrypted_disk(server: Server, account: NewAccount, client: Client, net: Net) -> None:
    kms = KmsClient(server.config(account.access_key_id, account.secret.reveal()))
    key = kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    instance = run(client, net)
    disk = client.create_disk(
        m.CreateDiskRequest(region_id=REGION, zone_id=ZONE, size=20, encrypted=True, kmskey_id=key)
    ).body.disk_id
    kms.disable_key(k.DisableKeyRequest(key_id=key))
    attach = m.AttachDiskRequest(instance_id=instance, disk_id=disk)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        client.attach_disk(attach)
    kms.enable_key(k.EnableKeyRequest(key_id=key))
    client.attach_disk(attach)
    client.modify_disk_attribute(m.ModifyDiskAttributeRequest(disk_id=disk, disk_name="data"))
    (shown,) = client.describe_disks(
        m.DescribeDisksRequest(region_id=REGION, disk_ids=json.dumps([disk]))
    ).body.disks.disk
    assert (shown.status, shown.kmskey_id, shown.disk_name) == ("In_use", key, "data")
    client.detach_disk(m.DetachDiskRequest(instance_id=instance, disk_id=disk))
    client.delete_disk(m.DeleteDiskRequest(disk_id=disk))


def test_a_role_and_a_key_pair(client: Client, ram: RamClient, net: Net) -> None:
    instance = run(client, net)
    trust = policy(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["ecs.aliyuncs.com"]},
        }
    )
    ram.create_role(r.CreateRoleRequest(role_name="web", assume_role_policy_document=trust))
    ids = json.dumps([instance])
    client.attach_instance_ram_role(
        m.AttachInstanceRamRoleRequest(region_id=REGION, instance_ids=ids, ram_role_name="web")
    )
    (shown,) = client.describe_instance_ram_role(
        m.DescribeInstanceRamRoleRequest(region_id=REGION, ram_role_name="web")
    ).body.instance_ram_role_sets.instance_ram_role_set
    assert (shown.instance_id, shown.ram_role_name) == (instance, "web")
    client.detach_instance_ram_role(
        m.DetachInstanceRamRoleRequest(region_id=REGION, instance_ids=ids, ram_role_name="web")
    )
    client.create_key_pair(m.CreateKeyPairRequest(region_id=REGION, key_pair_name="pair"))
    pair = {"region_id": REGION, "instance_ids": ids, "key_pair_name": "pair"}
    done = client.attach_key_pair(m.AttachKeyPairRequest(**pair)).body
    assert (done.total_count, done.fail_count) == ("1", "0")
    assert client.detach_key_pair(m.DetachKeyPairRequest(**pair)).body.fail_count == "0"
