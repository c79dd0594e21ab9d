"""Networks, security groups and instances of a new account."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.local import Caller, Local
from tests.networks import Net, lay
from tests.unit.services.ecs.networks import REGION, store_interface, store_vpc

from juyong.services.network.tables import InterfaceRow
from juyong.store.transaction import Transaction

IMAGE = "debian_12_6_x64_20G_alibase_20240711.vhd"
Laying = Callable[..., Net]
Launch = Callable[..., str]


@dataclass(frozen=True)
class Groups:
    """A caller of ECS with a VPC of its own."""

    caller: Caller
    vpc_id: str

    def __call__(self, action: str, **params: Any) -> dict[str, Any]:
        """Call ECS in the region of the VPC."""
        return self.caller("Ecs", action, **{"RegionId": REGION, **params})

    def group(self, **params: Any) -> str:
        """Make a security group and return its id."""
        made = self("CreateSecurityGroup", **{"VpcId": self.vpc_id, **params})
        found: str = made["SecurityGroupId"]
        return found

    def vpc(self) -> str:
        """Store one more VPC."""
        return store_vpc(self.caller.local.running, self.caller.account.account_id)

    def interface(self, vpc_id: str = "", **wanted: Any) -> str:
        """Store an interface that is in no group."""
        account = self.caller.account.account_id
        return store_interface(self.caller.local.running, account, vpc_id or self.vpc_id, **wanted)

    def authorize(self, group: str, direction: str = "ingress", **rule: Any) -> None:
        """Add one rule."""
        name = {"ingress": "AuthorizeSecurityGroup", "egress": "AuthorizeSecurityGroupEgress"}
        self(name[direction], SecurityGroupId=group, Permissions=[rule])

    def rules(self, group: str, **asked: Any) -> list[dict[str, str]]:
        """Return the rules of a group as an answer shows them."""
        shown = self("DescribeSecurityGroupAttribute", SecurityGroupId=group, **asked)
        found: list[dict[str, str]] = shown["Permissions"]["Permission"]
        return found


@pytest.fixture
def ecs(call: Caller) -> Iterator[Groups]:
    """An administrator with a VPC; interfaces that a test stored are in no vSwitch, and go."""
    store, account = call.local.running.store, call.account.account_id
    yield Groups(call, store_vpc(call.local.running, account))

    def forget(tx: Transaction) -> None:
        for row in tx.find(InterfaceRow, account_id=account):
            tx.delete(row)

    store.call(forget)


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


def new_role(call: Caller, name: str, service: str = "ecs.aliyuncs.com") -> None:
    """Make a role that a service may assume."""
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": [service]},
            }
        ],
    }
    call("Ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))


def allow(call: Caller, user: str, *statements: dict[str, Any]) -> None:
    """Give a user a policy of these statements, which allow."""
    document = {"Version": "1", "Statement": [{"Effect": "Allow", **each} for each in statements]}
    call("Ram", "CreatePolicy", PolicyName=user, PolicyDocument=json.dumps(document))
    call("Ram", "AttachPolicyToUser", UserName=user, PolicyName=user, PolicyType="Custom")
