"""Fixtures: the SDK's client of an account, and a network of the account."""

import pytest
from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from tests.conformance.harness import Server
from tests.networks import REGION, Net, lay

from juyong.services.identity.facade import NewAccount

IMAGE = "ubuntu_22_04_x64_20G_alibase_20240710.vhd"


@pytest.fixture
def client(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


@pytest.fixture
def net(server: Server, account: NewAccount) -> Net:
    now = server.clock()
    return server.running.store.call(lambda tx: lay(tx, account.account_id, now))


def run(client: Client, net: Net, **more: object) -> str:
    """Make an instance as Terraform does, and return its id."""
    asked = m.RunInstancesRequest(
        region_id=REGION,
        image_id=more.pop("image_id", IMAGE),
        instance_type="ecs.c6.large",
        v_switch_id=net.vswitch_id,
        security_group_ids=[net.group_id],
        instance_charge_type="PostPaid",
        internet_charge_type="PayByTraffic",
        internet_max_bandwidth_out=0,
        io_optimized="optimized",
        spot_strategy="NoSpot",
        system_disk=m.RunInstancesRequestSystemDisk(category="cloud_essd", size="40"),
        **more,
    )
    (found,) = client.run_instances(asked).body.instance_id_sets.instance_id_set
    return str(found)
