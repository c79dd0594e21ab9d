"""The limits of security groups, whichever call puts an interface into the groups."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, Net
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import Launch, Laying, wanted
from tests.unit.services.ecs.test_interfaces import act, make

Put = Callable[[list[str]], Any]


@pytest.fixture(params=["run", "create", "interface", "instance changes", "interface changes"])
def put(request: pytest.FixtureRequest, call: Caller, net: Net, launch: Launch) -> Put:
    """Put an interface into groups by one of the calls that can."""
    match request.param:
        case "run":
            return lambda groups: call(
                "Ecs", "RunInstances", **wanted(net, SecurityGroupId=None, SecurityGroupIds=groups)
            )
        case "create":
            return lambda groups: call(
                "Ecs", "CreateInstance", **wanted(net, SecurityGroupId=groups[0])
            )
        case "interface":
            return lambda groups: make(call, net, SecurityGroupId=None, SecurityGroupIds=groups)
        case "instance changes":
            one = launch()
            return lambda groups: call(
                "Ecs", "ModifyInstanceAttribute", InstanceId=one, SecurityGroupIds=groups
            )
        case _:
            card = make(call, net)["NetworkInterfaceId"]
            return lambda groups: act(
                call, "ModifyNetworkInterfaceAttribute", card, SecurityGroupId=groups
            )


def test_limits(local: Local, net: Net, laying: Laying, put: Put) -> None:
    other = laying(vpc_id=net.vpc_id, cidr="10.0.1.0/24").group_id
    for quota, most, code in (
        ("ecs.groups-per-interface", 0, "InstanceSecurityGroupLimitExceeded"),
        ("ecs.addresses-per-group", 0, "SecurityGroupInstanceLimitExceeded"),
        ("ecs.rules-per-interface", -1, "AclLimitExceed"),
    ):
        with quotas(local, {quota: most}), refused(code, 403):
            put([other])
    put([other])


def test_groups_of_one_kind(
    request: pytest.FixtureRequest, net: Net, laying: Laying, put: Put
) -> None:
    if "create" in request.node.callspec.params.values():
        pytest.skip("CreateInstance names one group")
    enterprise = laying(vpc_id=net.vpc_id, cidr="10.0.1.0/24", kind="enterprise").group_id
    with refused("InvalidOperation.MultiGroupType", 400):
        put([net.group_id, enterprise])


def test_addresses_count_in_groups(call: Caller, local: Local, net: Net) -> None:
    card = make(call, net)["NetworkInterfaceId"]
    with (
        quotas(local, {"ecs.addresses-per-group": 1}),
        refused("SecurityGroupInstanceLimitExceeded", 403),
    ):
        act(call, "AssignPrivateIpAddresses", card, SecondaryPrivateIpAddressCount=1)


def test_making_with_more_addresses_counts_too(call: Caller, local: Local, net: Net) -> None:
    with (
        quotas(local, {"ecs.addresses-per-group": 1}),
        refused("SecurityGroupInstanceLimitExceeded", 403),
    ):
        make(call, net, SecondaryPrivateIpAddressCount=1)
    assert call("Ecs", "DescribeNetworkInterfaces", RegionId=REGION)["TotalCount"] == 0
