"""Networks that tests of ECS and VPC begin with."""

from typing import Any

from tests.local import Caller

ZONE, OTHER_ZONE = "cn-hangzhou-h", "cn-hangzhou-i"


def new_vpc(call: Caller, cidr: str = "10.0.0.0/8", **params: Any) -> str:
    """Make a VPC and return its id."""
    return str(call("Vpc", "CreateVpc", CidrBlock=cidr, **params)["VpcId"])


def new_vswitch(
    call: Caller, vpc_id: str, cidr: str = "10.1.0.0/16", zone: str = ZONE, **params: Any
) -> str:
    """Make a vSwitch and return its id."""
    given = {"VpcId": vpc_id, "CidrBlock": cidr, "ZoneId": zone, **params}
    return str(call("Vpc", "CreateVSwitch", **given)["VSwitchId"])
