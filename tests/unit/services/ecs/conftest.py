"""Fixtures: a network of the calling account, and instances in it."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.local import Caller, Local
from tests.networks import REGION, Net, lay

IMAGE = "debian_12_6_x64_20G_alibase_20240711.vhd"
Laying = Callable[..., Net]
Launch = Callable[..., str]


@pytest.fixture
def laying(local: Local, call: Caller) -> Laying:
    def one(**how: Any) -> Net:
        account, now = call.account.account_id, local.clock()
        return local.running.store.call(lambda tx: lay(tx, account, now, **how))

    return one


@pytest.fixture
def net(laying: Laying) -> Net:
    return laying()


def wanted(net: Net, **more: Any) -> dict[str, Any]:
    """Return the parameters of an instance in a network."""
    return {
        "RegionId": REGION,
        "ImageId": IMAGE,
        "InstanceType": "ecs.c6.large",
        "VSwitchId": net.vswitch_id,
        "SecurityGroupId": net.group_id,
        **more,
    }


@pytest.fixture
def launch(call: Caller, net: Net) -> Launch:
    def one(**more: Any) -> str:
        made = call("Ecs", "RunInstances", **wanted(net, **more))
        (found,) = made["InstanceIdSets"]["InstanceIdSet"]
        return str(found)

    return one
