"""Security groups of a new account, in a VPC."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.local import Caller
from tests.unit.services.ecs.networks import REGION, store_interface, store_vpc


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
def ecs(call: Caller) -> Groups:
    """An administrator with a VPC."""
    return Groups(call, store_vpc(call.local.running, call.account.account_id))
