"""Random networks and packets over few addresses and ports, so that matches are common.

Networks are in the model's form; `engine_*` turns that form into the engine's values.
"""

from ipaddress import ip_network
from random import Random

from juyong.engines.packet import (
    Acl,
    AclEntry,
    Address,
    Cidr,
    Direction,
    Eip,
    ForwardEntry,
    GroupPeer,
    HopKind,
    Interface,
    Kind,
    ListPeer,
    NatGateway,
    Network,
    Packet,
    PortList,
    Ports,
    PrefixList,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    SnatEntry,
    Verdict,
    Vpc,
    VSwitch,
)

OUTSIDE = ("203.0.113.9", "198.51.100.7", "8.8.8.8")
PUBLIC = tuple(f"47.96.0.{number}" for number in range(1, 9))
PORTS = ("22/22", "1/65535", "80/443", "443/443", "20/24", "25/25", "1024/65535")
ALL_PORTS = (0, 20, 22, 25, 80, 443, 444, 1023, 1024, 65535)
BLOCKS_4 = (
    *("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/30", "10.0.0.2/32"),
    *("10.1.0.0/16", "203.0.113.0/24", "128.0.0.0/1", "47.96.0.0/16", "100.100.0.0/16"),
)
BLOCKS_6 = ("::/0", "fd00::/64", "fd00::2/128", "fd00:0:0:1::/64")
TCP, UDP, ICMP, ICMPV6, GRE = 6, 17, 1, 58, 47


class Cases:
    """Random networks from one seed. One VPC of two vSwitches, and mostly a second VPC."""

    def __init__(self, seed, *, plain=False):
        """With `plain` all packets are of IPv4, with sources that are their own."""
        self.random = Random(seed)  # noqa: S311 - cases, not secrets
        self.pick = self.random.choice
        self.plain = plain
        self.count = 0
        self.network = {}
        self._make()

    def name(self, kind):
        self.count += 1
        return f"{kind}-{self.count}"

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def _make(self):
        self.network = net = {
            "vpcs": {"vpc-a": {"cidrs": ["10.0.0.0/16", "fd00::/56"], "peers": []}},
            **{key: {} for key in ("vswitches", "tables", "groups", "acls", "prefix_lists")},
            **{key: {} for key in ("port_lists", "interfaces", "eips", "nats")},
        }
        if not self.chance(3):
            peers = self.pick(([], ["vpc-b"], ["vpc-b"]))
            net["vpcs"]["vpc-a"]["peers"] = peers
            net["vpcs"]["vpc-b"] = {"cidrs": ["10.1.0.0/16"], "peers": ["vpc-a"] if peers else []}
        net["prefix_lists"] = {
            "pl-1": [self.pick(BLOCKS_4) for _ in range(self.random.randint(0, 3))],
            "pl-6": [self.pick(BLOCKS_6) for _ in range(self.random.randint(0, 2))],
        }
        net["port_lists"] = {"prl-1": [self.pick(PORTS) for _ in range(self.random.randint(0, 3))]}
        for vpc in net["vpcs"]:
            self._vpc(vpc)
        for name, group in net["groups"].items():
            group["rules"] = [self._rule(name) for _ in range(self.random.randint(0, 6))]
            if self.chance(3):
                group["rules"].append(self._open_rule())
        self._eips()
        for vpc in net["vpcs"]:
            self._routes(vpc)

    def _vpc(self, vpc):
        net = self.network
        wide = 0 if vpc == "vpc-a" else 1
        for _ in range(self.random.randint(1, 3)):
            enterprise = self.chance(4)
            net["groups"][self.name("sg")] = {
                "vpc": vpc,
                "kind": "enterprise" if enterprise else "normal",
                "inner": not enterprise and self.chance(3),
            }
        for number in range(self.random.randint(1, 2)):
            table, vswitch = self.name("vtb"), self.name("vsw")
            net["tables"][table] = {"vpc": vpc, "routes": []}
            cidrs = [f"10.{wide}.{number}.0/24"]
            if vpc == "vpc-a":
                cidrs.append(f"fd00:0:0:{number}::/64")
            acl = ""
            if self.chance(2):
                acl = self.name("nacl")
                net["acls"][acl] = {"vpc": vpc} | {
                    way: self._entries() for way in ("ingress", "egress")
                }
            net["vswitches"][vswitch] = {"vpc": vpc, "cidrs": cidrs, "table": table, "acl": acl}
            for host in range(1, self.random.randint(2, 4)):
                self._interface(vpc, vswitch, cidrs, host)

    def _interface(self, vpc, vswitch, cidrs, host):
        net = self.network
        groups = [g for g, group in net["groups"].items() if group["vpc"] == vpc]
        first = self.pick(groups)
        alike = [g for g in groups if net["groups"][g]["kind"] == net["groups"][first]["kind"]]
        addresses = [str(ip_network(block)[host]) for block in cidrs if ":" not in block]
        if self.chance(4):
            addresses.append(str(ip_network(cidrs[0])[host + 64]))
        if len(cidrs) > 1 and self.chance(2):
            addresses.append(str(ip_network(cidrs[1])[host]))
        net["interfaces"][self.name("eni")] = {
            "vswitch": vswitch,
            "addresses": addresses,
            "groups": sorted({first, self.pick(alike)}),
        }

    def _ports_of(self, protocol):
        if protocol not in (TCP, UDP):
            return ""
        return self.pick((*PORTS, "prl-1"))

    def _block(self, protocol):
        if protocol == ICMPV6 or (protocol != ICMP and self.chance(5)):
            return self.pick(BLOCKS_6)
        return self.pick(BLOCKS_4)

    def _rule(self, group):
        net = self.network
        protocol = self.pick((None, None, TCP, TCP, UDP, ICMP, ICMPV6, 47, 132))
        peer = self._block(protocol)
        own = self.pick(BLOCKS_6 if ":" in peer else BLOCKS_4) if self.chance(5) else ""
        if self.chance(3) and net["groups"][group]["kind"] == "normal":
            vpc = net["groups"][group]["vpc"]
            peer = self.pick(
                [
                    g
                    for g, each in net["groups"].items()
                    if each["vpc"] == vpc and each["kind"] == "normal"
                ]
            )
        elif self.chance(5):
            peer = self.pick(("pl-1", "pl-6"))
        if own and protocol in (ICMP, ICMPV6) and (":" in own) != (protocol == ICMPV6):
            own = ""
        return {
            "id": self.name("sgr"),
            "way": self.pick(("ingress", "ingress", "egress")),
            "policy": self.pick(("accept", "accept", "drop")),
            "priority": self.pick((1, 1, 2, 99, 100)),
            "protocol": protocol,
            "ports": self._ports_of(protocol),
            "source_ports": self.pick(PORTS) if protocol in (TCP, UDP) and self.chance(6) else "",
            "peer": peer,
            "own": own,
        }

    def _open_rule(self):
        return {
            "id": self.name("sgr"),
            "way": "ingress",
            "policy": "accept",
            "priority": 100,
            "protocol": None,
            "ports": "",
            "source_ports": "",
            "peer": "0.0.0.0/0",
            "own": "",
        }

    def _entries(self):
        found = []
        for _ in range(self.random.randint(0, 4)):
            protocol = self.pick((None, None, TCP, UDP, ICMP, 47))
            ports = self.pick(PORTS) if protocol in (TCP, UDP) else ""
            peer = "pl-1" if self.chance(6) else self._block(protocol)
            found.append(
                {
                    "id": self.name("nae"),
                    "policy": self.pick(("accept", "accept", "accept", "drop")),
                    "protocol": protocol,
                    "ports": ports,
                    "peer": peer,
                }
            )
        if self.chance(2):
            found.append(
                {
                    "id": self.name("nae"),
                    "policy": "accept",
                    "protocol": None,
                    "ports": "",
                    "peer": "0.0.0.0/0",
                }
            )
        return found

    def _eips(self):
        net = self.network
        public = list(PUBLIC)
        for name, interface in net["interfaces"].items():
            if self.chance(3) and public:
                net["eips"][self.name("eip")] = {
                    "address": public.pop(),
                    "interface": name,
                    "private": interface["addresses"][0],
                }
        for vpc in net["vpcs"]:
            if self.chance(3) or len(public) < 2:
                continue
            wide = 0 if vpc == "vpc-a" else 1
            snat, dnat = public.pop(), public.pop()
            sources = self.random.sample([f"10.{wide}.0.0/16", f"10.{wide}.0.0/24"], 2)
            forwards = self._forwards(dnat, f"10.{wide}.0.")
            if forwards[0]["protocol"] is not None and self.chance(2):
                snat = dnat
            net["nats"][self.name("ngw")] = {
                "vpc": vpc,
                "snat": [
                    {"id": self.name("snat"), "source": source, "address": snat}
                    for source in sources[: self.random.randint(0, 2)]
                ],
                "forwards": forwards,
            }

    def _forwards(self, external, start):
        host = lambda: f"{start}{self.random.randint(1, 3)}"  # noqa: E731
        if self.chance(4):
            forms = [(None, "", "")]
        else:
            forms = self.random.sample(
                [(TCP, "80/80", "443/443"), (UDP, "20/25", "20/25"), (TCP, "1000/1023", "1/24")], 2
            )
        return [
            {
                "id": self.name("fwd"),
                "external": external,
                "internal": host(),
                "protocol": protocol,
                "external_ports": outer,
                "internal_ports": inner,
            }
            for protocol, outer, inner in forms
        ]

    def _routes(self, vpc):
        net = self.network
        nats = [name for name, nat in net["nats"].items() if nat["vpc"] == vpc]
        at_home = [
            name
            for name, each in net["interfaces"].items()
            if net["vswitches"][each["vswitch"]]["vpc"] == vpc
        ]
        for table in [t for t in net["tables"].values() if t["vpc"] == vpc]:
            choices = [("0.0.0.0/0", "NatGateway", nat) for nat in nats]
            choices += [("198.51.100.0/24", "NatGateway", nat) for nat in nats]
            choices += [("10.0.0.2/32", "NetworkInterface", self.pick(at_home))]
            choices += [("203.0.113.0/24", "NetworkInterface", self.pick(at_home))]
            choices += [("10.1.0.0/16", "VpcPeer", p) for p in net["vpcs"][vpc]["peers"]]
            choices += [("10.0.0.0/16", "VpcPeer", p) for p in net["vpcs"][vpc]["peers"]]
            for to, hop, at in choices:
                if not self.chance(3):
                    route = {"id": self.name("rte"), "to": to, "hop": hop, "at": at}
                    table["routes"].append(route)

    def packet(self):
        """Return a start and a packet that it may send."""
        net = self.network
        private = [a for each in net["interfaces"].values() for a in each["addresses"]]
        public = [e["address"] for e in net["eips"].values()]
        public += [f["external"] for nat in net["nats"].values() for f in nat["forwards"]]
        start = "internet"
        source, target = self.pick(OUTSIDE), self.pick(public or PUBLIC)
        if self.chance(8):
            target = self.pick(private)
        if not public or not self.chance(4):
            start = self.pick(list(net["interfaces"]))
            source = self.pick(net["interfaces"][start]["addresses"])
            near = [a for a in private if (":" in a) == (":" in source)]
            places = (near, near, near, near, public or OUTSIDE, OUTSIDE, ("100.100.2.136",))
            target = self.pick(self.pick(places))
        if not self.plain and self.chance(20):
            source = self.pick(
                [a for a in (*private, *PUBLIC, *OUTSIDE) if (":" in a) == (":" in target)]
                or [source]
            )
        if (":" in source) != (":" in target):
            target = source
        return start, self._head(source, target)

    def _head(self, source, target):
        icmp = ICMPV6 if ":" in source else ICMP
        protocol = self.pick((TCP, TCP, TCP, UDP, UDP, icmp, 47, 132, 99))
        has_ports = protocol in (TCP, UDP)
        return {
            "protocol": protocol,
            "source": source,
            "target": target,
            "source_port": self.pick(ALL_PORTS) if has_ports else 0,
            "target_port": self.pick(ALL_PORTS) if has_ports else 0,
            "icmp_type": {ICMP: 8, ICMPV6: 128}.get(protocol, 0),
        }


def engine_packet(packet):
    return Packet.of(
        str(packet["protocol"]),
        packet["source"],
        packet["target"],
        **{key: packet[key] for key in ("source_port", "target_port", "icmp_type")},
    )


def model_packet(packet):
    """The engine's packet in the model's form."""
    return {
        "protocol": packet.protocol,
        "source": str(Address(packet.version, packet.source)),
        "target": str(Address(packet.version, packet.target)),
        "source_port": packet.source_port,
        "target_port": packet.target_port,
        "icmp_type": packet.icmp_type,
    }


def _peer(text):
    if text.startswith("sg-"):
        return GroupPeer(text)
    return ListPeer(text) if text.startswith("pl-") else Cidr.parse(text)


def _rule(rule):
    listed = rule["ports"].startswith("prl-")
    return Rule(
        id=rule["id"],
        direction=Direction(rule["way"]),
        peer=_peer(rule["peer"]),
        protocol=rule["protocol"],
        ports=None if listed or not rule["ports"] else Ports.parse(rule["ports"]),
        port_list_id=rule["ports"] if listed else "",
        source_ports=Ports.parse(rule["source_ports"]) if rule["source_ports"] else None,
        own=Cidr.parse(rule["own"]) if rule["own"] else None,
        policy=Verdict(rule["policy"]),
        priority=rule["priority"],
    )


def _entry(entry):
    return AclEntry(
        id=entry["id"],
        policy=Verdict(entry["policy"]),
        peer=_peer(entry["peer"]),
        protocol=entry["protocol"],
        ports=Ports.parse(entry["ports"]) if entry["ports"] else None,
    )


def _nat(name, nat):
    return NatGateway(
        id=name,
        vpc_id=nat["vpc"],
        snat=tuple(
            SnatEntry(
                id=e["id"],
                nat_id=name,
                source=Cidr.parse(e["source"]),
                address=Address.parse(e["address"]),
            )
            for e in nat["snat"]
        ),
        forwards=tuple(
            ForwardEntry(
                id=e["id"],
                nat_id=name,
                external=Address.parse(e["external"]),
                internal=Address.parse(e["internal"]),
                protocol=e["protocol"],
                external_ports=Ports.parse(e["external_ports"]) if e["external_ports"] else None,
                internal_ports=Ports.parse(e["internal_ports"]) if e["internal_ports"] else None,
            )
            for e in nat["forwards"]
        ),
    )


def _cidrs(texts):
    return tuple(Cidr.parse(text) for text in texts)


def engine_network(net):
    return Network(
        vpcs=tuple(
            Vpc(id=name, cidrs=_cidrs(vpc["cidrs"]), peers=frozenset(vpc["peers"]))
            for name, vpc in net["vpcs"].items()
        ),
        vswitches=tuple(
            VSwitch(
                id=name,
                vpc_id=each["vpc"],
                cidrs=_cidrs(each["cidrs"]),
                route_table_id=each["table"],
                acl_id=each["acl"],
            )
            for name, each in net["vswitches"].items()
        ),
        tables=tuple(
            RouteTable(
                id=name,
                vpc_id=table["vpc"],
                routes=tuple(
                    Route(
                        id=r["id"],
                        destination=Cidr.parse(r["to"]),
                        hop=HopKind(r["hop"]),
                        hop_id=r["at"],
                    )
                    for r in table["routes"]
                ),
            )
            for name, table in net["tables"].items()
        ),
        groups=tuple(
            SecurityGroup(
                id=name,
                vpc_id=group["vpc"],
                kind=Kind(group["kind"]),
                inner_access=group["inner"],
                rules=tuple(map(_rule, group["rules"])),
            )
            for name, group in net["groups"].items()
        ),
        acls=tuple(
            Acl(
                id=name,
                vpc_id=acl["vpc"],
                ingress=tuple(map(_entry, acl["ingress"])),
                egress=tuple(map(_entry, acl["egress"])),
            )
            for name, acl in net["acls"].items()
        ),
        prefix_lists=tuple(
            PrefixList(id=name, version=6 if name.endswith("6") else 4, cidrs=_cidrs(blocks))
            for name, blocks in net["prefix_lists"].items()
        ),
        port_lists=tuple(
            PortList(id=name, ranges=tuple(filter(None, map(Ports.parse, ranges))))
            for name, ranges in net["port_lists"].items()
        ),
        interfaces=tuple(
            Interface(
                id=name,
                vswitch_id=each["vswitch"],
                addresses=tuple(map(Address.parse, each["addresses"])),
                group_ids=tuple(each["groups"]),
            )
            for name, each in net["interfaces"].items()
        ),
        eips=tuple(
            Eip(
                id=name,
                address=Address.parse(eip["address"]),
                interface_id=eip["interface"],
                private=Address.parse(eip["private"]),
            )
            for name, eip in net["eips"].items()
        ),
        nats=tuple(_nat(name, nat) for name, nat in net["nats"].items()),
    )


def hops_of(path):
    """The hops of an engine's path in the model's form."""
    return [(h.stage.value, h.at, h.by, h.passed, h.because.value) for h in path.hops]
