"""Networks that are made by calls: `juyong net can` says what the slow model says of the calls."""

import json
from random import Random

import pytest
from tests.model import packet as model
from tests.property.net_cases import gets_there, packets, shown_packet
from tests.unit.services.networks import new_vpc, new_vswitch

from juyong.services.network.facade import can_reach, view

REGION = "cn-hangzhou"
IMAGE = "debian_12_6_x64_20G_alibase_20240711.vhd"
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "all": None}
PORTS = ("22/22", "1/65535", "80/443", "443/443", "20/24")
BLOCKS = ("0.0.0.0/0", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "203.0.113.0/24", "128.0.0.0/1")
KEYS = (
    *("vpcs", "vswitches", "tables", "groups", "acls", "prefix_lists", "port_lists"),
    *("interfaces", "eips", "nats"),
)
HEADS = ("tcp/22", "tcp/443", "udp/22", "icmp")
INSTANCES, QUESTIONS = 4, 14


class Made:
    """A random network, made by calls and told to the model at once."""

    def __init__(self, call, seed):
        self.call, self.random = call, Random(seed)  # noqa: S311 - cases, not secrets
        self.pick = self.random.choice
        self.network = {key: {} for key in KEYS}
        self.vpc_id = new_vpc(call, "10.0.0.0/16")
        self.network["vpcs"][self.vpc_id] = {"cidrs": ["10.0.0.0/16"], "peers": []}
        self.network["tables"]["vtb"] = {"vpc": self.vpc_id, "routes": []}
        for number in range(2):
            self._vswitch(f"10.0.{number}.0/24")
        for _ in range(3):
            self._group()
        for group_id in self.network["groups"]:
            for _ in range(self.random.randint(1, 4)):
                self._rule(group_id)
        self.instances = [self._instance() for _ in range(INSTANCES)]
        self._eip(self.instances[0])
        self._acl()

    def ecs(self, action, **params):
        return self.call("Ecs", action, RegionId=REGION, **params)

    def _vswitch(self, cidr):
        name = new_vswitch(self.call, self.vpc_id, cidr)
        self.network["vswitches"][name] = {
            "vpc": self.vpc_id,
            "cidrs": [cidr],
            "table": "vtb",
            "acl": "",
        }

    def _group(self):
        name = self.ecs("CreateSecurityGroup", VpcId=self.vpc_id)["SecurityGroupId"]
        inner = self.pick(("Accept", "Drop"))
        self.ecs("ModifySecurityGroupPolicy", SecurityGroupId=name, InnerAccessPolicy=inner)
        self.network["groups"][name] = {
            "vpc": self.vpc_id,
            "kind": "normal",
            "inner": inner == "Accept",
            "rules": [],
        }

    def _rule(self, group_id):
        way = self.pick(("ingress", "ingress", "egress"))
        protocol = self.pick(list(PROTOCOLS))
        ports = self.pick(PORTS) if protocol in ("tcp", "udp") else "-1/-1"
        policy, priority = self.pick(("accept", "accept", "drop")), self.pick((1, 2, 100))
        other = self.pick(list(self.network["groups"]))
        peer = other if self.random.random() < 0.4 and other != group_id else self.pick(BLOCKS)
        side = "Source" if way == "ingress" else "Dest"
        given = {"IpProtocol": protocol, "PortRange": ports, "Policy": policy}
        given["Priority"] = str(priority)
        given[f"{side}GroupId" if peer.startswith("sg-") else f"{side}CidrIp"] = peer
        action = "AuthorizeSecurityGroup" + ("" if way == "ingress" else "Egress")
        self.ecs(action, SecurityGroupId=group_id, Permissions=[given])
        rules = self.network["groups"][group_id]["rules"]
        rules.append(
            {
                "id": f"sgr-{len(rules)}{group_id}",
                "way": way,
                "policy": policy,
                "priority": priority,
                "protocol": PROTOCOLS[protocol],
                "ports": "" if ports == "-1/-1" else ports,
                "source_ports": "",
                "peer": peer,
                "own": "",
            }
        )

    def _instance(self):
        vswitch, groups = self.pick(list(self.network["vswitches"])), self.network["groups"]
        chosen = self.random.sample(list(groups), self.random.randint(1, 2))
        made = self.ecs(
            "RunInstances",
            ImageId=IMAGE,
            InstanceType="ecs.c6.large",
            VSwitchId=vswitch,
            SecurityGroupIds=chosen,
        )
        (name,) = made["InstanceIdSets"]["InstanceIdSet"]
        asked = {"InstanceIds": json.dumps([name])}
        (shown,) = self.ecs("DescribeInstances", **asked)["Instances"]["Instance"]
        (address,) = shown["VpcAttributes"]["PrivateIpAddress"]["IpAddress"]
        self.network["interfaces"][name] = {
            "vswitch": vswitch,
            "addresses": [address],
            "groups": chosen,
        }
        return name

    def _eip(self, instance_id):
        eip = self.call("Vpc", "AllocateEipAddress", RegionId=REGION)
        given = {"AllocationId": eip["AllocationId"], "InstanceId": instance_id}
        self.call("Vpc", "AssociateEipAddress", RegionId=REGION, **given)
        self.network["eips"][eip["AllocationId"]] = {
            "address": eip["EipAddress"],
            "interface": instance_id,
            "private": self.network["interfaces"][instance_id]["addresses"][0],
        }

    def _acl(self):
        acl_id = self.call("Vpc", "CreateNetworkAcl", VpcId=self.vpc_id)["NetworkAclId"]
        entries = {way: self._entries() for way in ("ingress", "egress")}
        given = {}
        for way, side in (("Ingress", "Source"), ("Egress", "Destination")):
            given[f"Update{way}AclEntries"] = True
            given[f"{way}AclEntries"] = [
                {
                    "Policy": each["policy"],
                    "Protocol": each["word"],
                    "Port": each["ports"] or "-1/-1",
                    f"{side}CidrIp": each["peer"],
                }
                for each in entries[way.lower()]
            ]
        self.call("Vpc", "UpdateNetworkAclEntries", NetworkAclId=acl_id, **given)
        vswitch = self.pick(list(self.network["vswitches"]))
        bound = [{"ResourceType": "VSwitch", "ResourceId": vswitch}]
        self.call("Vpc", "AssociateNetworkAcl", NetworkAclId=acl_id, Resource=bound)
        self.network["acls"][acl_id] = {"vpc": self.vpc_id} | entries
        self.network["vswitches"][vswitch]["acl"] = acl_id

    def _entries(self):
        found = []
        for number in range(self.random.randint(1, 3)):
            word = self.pick(list(PROTOCOLS))
            found.append(
                {
                    "id": f"nae-{number}",
                    "policy": self.pick(("accept", "accept", "drop")),
                    "word": word,
                    "protocol": PROTOCOLS[word],
                    "ports": self.pick(PORTS) if word in ("tcp", "udp") else "",
                    "peer": self.pick(BLOCKS),
                }
            )
        return found


@pytest.mark.parametrize("seed", range(4))
def test_answers_over_rows_are_those_of_the_model_over_calls(local, call, seed):
    made = Made(call, seed)
    found = local.running.store.call(view)
    # Other tests of the session leave rows of their own, which need not fit.
    mine = {name for each in made.network.values() for name in each}
    assert not mine & {each.id for each in found.picture.left_out}
    verdicts = set()
    for _ in range(QUESTIONS):
        start = made.pick([*made.instances, "internet"])
        target, head = made.pick(made.instances), made.pick(HEADS)
        answer = can_reach(found, start, target, head)
        verdicts.add(answer.can)
        if answer.packet is not None:
            there, _ = model.converse(made.network, shown_packet(answer.packet), start)
            assert answer.arrives == (there.end == target), (made.network, start, target, head)
        if not answer.can:
            fitting = packets(made.network, start, target, head)
            assert not any(gets_there(made.network, each, start, target) for each in fitting)
        else:
            assert gets_there(made.network, shown_packet(answer.packet), start, target)
    assert verdicts == {True, False}
