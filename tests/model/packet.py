"""A slow model of the packet engine, written to be read beside the published rules.

It works on texts and the standard library's networks, looks at every rule each time, and shares no
code with the engine. It expects well-formed networks: what is refused is not its business.

A network is a dict of dicts by id:

- `vpcs`: cidrs, peers; `vswitches`: vpc, cidrs, table, acl; `tables`: vpc, routes (id, to, hop, at)
- `groups`: vpc, kind, inner, rules (id, way, policy, priority, protocol, ports, source_ports, peer,
  own); `acls`: vpc, ingress, egress (id, policy, protocol, ports, peer)
- `prefix_lists`, `port_lists`: lists of texts; `interfaces`: vswitch, addresses, groups
- `eips`: address, interface, private; `nats`: vpc, snat (id, source, address), forwards (id,
  external, internal, protocol, external_ports, internal_ports)

A packet is a dict: protocol (a number), source, target, source_port, target_port, icmp_type. Where
something is left out it is None or an empty text.
"""

from ipaddress import ip_address, ip_network

PLATFORM = ("100.100.100.200/32", "100.100.2.128/28", "100.100.2.112/28")
NOT_CARRIED = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
)
PASSED, DROPPED = True, False
ANSWERS = {8: 0, 13: 14, 128: 129}


def inside(address, block):
    address, block = ip_address(address), ip_network(block, strict=False)
    return address.version == block.version and address in block


def is_public(address):
    return ip_address(address).version == 4 and not any(inside(address, b) for b in NOT_CARRIED)


# -- one rule ------------------------------------------------------------------------------------


def port_in(port, ranges):
    return any(int(r.split("/")[0]) <= port <= int(r.split("/")[1]) for r in ranges)


def members(network, group):
    found = []
    for interface in network["interfaces"].values():
        if group in interface["groups"]:
            found += interface["addresses"]
    return found


def peer_matches(network, peer, address):
    if peer.startswith("sg-"):
        return address in members(network, peer)
    if peer.startswith("pl-"):
        return any(inside(address, block) for block in network["prefix_lists"][peer])
    return inside(address, peer)


def ports_match(network, rule, packet):
    """Only TCP and UDP have ports; a rule for other protocols names none."""
    wanted = rule["ports"]
    if not wanted:
        return True
    ranges = network["port_lists"][wanted] if wanted.startswith("prl-") else [wanted]
    return port_in(packet["target_port"], ranges)


def rule_matches(network, rule, packet, way):
    peer, own = packet["source"], packet["target"]
    if way == "egress":
        peer, own = own, peer
    return (
        rule["protocol"] in (None, packet["protocol"])
        and peer_matches(network, rule["peer"], peer)
        and (not rule["own"] or inside(own, rule["own"]))
        and ports_match(network, rule, packet)
        and (not rule["source_ports"] or port_in(packet["source_port"], [rule["source_ports"]]))
    )


# -- groups and ACLs -----------------------------------------------------------------------------


def judge_groups(network, interface, packet, way):
    """Return (accepts, by, because): shared inner access, then rules by priority, then defaults."""
    groups = sorted(network["interfaces"][interface]["groups"])
    for group in groups:
        inside_it = members(network, group)
        if network["groups"][group]["inner"] and {packet["source"], packet["target"]} <= {
            *inside_it
        }:
            return True, group, "inner access"
    rules = [r for g in groups for r in network["groups"][g]["rules"] if r["way"] == way]
    for priority in range(1, 101):
        for policy in ("drop", "accept"):
            for rule in sorted(rules, key=lambda r: r["id"]):
                if (rule["priority"], rule["policy"]) == (priority, policy) and rule_matches(
                    network, rule, packet, way
                ):
                    return policy == "accept", rule["id"], "rule"
    is_basic = network["groups"][groups[0]]["kind"] == "normal"
    return way == "egress" and is_basic, "", "default"


def judge_acl(network, acl, packet, way):
    if not acl:
        return True, "", "no ACL"
    peer = packet["source"] if way == "ingress" else packet["target"]
    for entry in network["acls"][acl][way]:
        if (
            entry["protocol"] in (None, packet["protocol"])
            and peer_matches(network, entry["peer"], peer)
            and ports_match(network, entry, packet)
        ):
            return entry["policy"] == "accept", entry["id"], "rule"
    return False, "", "default"


# -- routes and public addresses -----------------------------------------------------------------


def route(network, table, address):
    """Return the route with the longest prefix: custom ones, and the block of every vSwitch."""
    vpc = network["tables"][table]["vpc"]
    routes = list(network["tables"][table]["routes"])
    for name, vswitch in network["vswitches"].items():
        if vswitch["vpc"] == vpc:
            routes += [{"id": name, "to": b, "hop": "Local", "at": ""} for b in vswitch["cidrs"]]
    fitting = [r for r in routes if inside(address, r["to"])]
    return max(fitting, key=lambda r: ip_network(r["to"]).prefixlen, default=None)


def owner_of(network, vpc, address):
    for name, interface in network["interfaces"].items():
        here = network["vswitches"][interface["vswitch"]]["vpc"] == vpc
        if here and address in interface["addresses"]:
            return name
    return ""


def owned(network, address):
    return any(e["address"] == address for e in network["eips"].values()) or any(
        address in [e["address"] for e in nat["snat"]] + [e["external"] for e in nat["forwards"]]
        for nat in network["nats"].values()
    )


def public_source(network, interface, packet, nat):
    """Return (address, entry, place): an EIP goes before SNAT, the narrower source first."""
    for name, eip in network["eips"].items():
        if (eip["interface"], eip["private"]) == (interface, packet["source"]):
            return eip["address"], name, interface
    entries = network["nats"][nat]["snat"] if nat else []
    fitting = [e for e in entries if inside(packet["source"], e["source"])]
    if not fitting:
        return None
    best = max(fitting, key=lambda e: ip_network(e["source"]).prefixlen)
    return best["address"], best["id"], nat


def private_target(network, packet):
    """Return (address, port, entry, place, vpc) for a packet to a public address."""
    for name, eip in network["eips"].items():
        if eip["address"] == packet["target"]:
            place = eip["interface"]
            vpc = network["vswitches"][network["interfaces"][place]["vswitch"]]["vpc"]
            return eip["private"], packet["target_port"], name, place, vpc
    for name, nat in network["nats"].items():
        for entry in nat["forwards"]:
            if entry["external"] != packet["target"]:
                continue
            if entry["protocol"] is None:
                return entry["internal"], packet["target_port"], entry["id"], name, nat["vpc"]
            if entry["protocol"] == packet["protocol"] and port_in(
                packet["target_port"], [entry["external_ports"]]
            ):
                first, start = (
                    int(entry[side].split("/")[0]) for side in ("external_ports", "internal_ports")
                )
                port = packet["target_port"] - first + start
                return entry["internal"], port, entry["id"], name, nat["vpc"]
    return None


# -- the way of a packet -------------------------------------------------------------------------


class Dropped(Exception):
    """The packet ends here; the last hop says why."""


class Way:
    """Follow one packet. `asked` is the way that the packet answers, None for a new session."""

    def __init__(self, network, packet, start, asked=None):
        self.network, self.packet, self.start, self.asked = network, dict(packet), start, asked
        self.sent = dict(packet)
        self.hops = []
        try:
            self.end = self.arrive() if start == "internet" else self.send()
        except Dropped:
            self.end = ""

    def hop(self, stage, at, passed, by, because):
        self.hops.append((stage, at, by, passed, because))
        if not passed:
            raise Dropped

    def vswitch(self, interface):
        name = self.network["interfaces"][interface]["vswitch"]
        return name, self.network["vswitches"][name]

    def groups(self, interface, way):
        if self.asked and interface in (self.asked.start, self.asked.end):
            self.hop(f"{way} of groups", interface, PASSED, "", "session")
        else:
            verdict = judge_groups(self.network, interface, self.packet, way)
            self.hop(f"{way} of groups", interface, *verdict)

    def acl(self, interface, way):
        name, vswitch = self.vswitch(interface)
        self.hop(f"{way} of ACL", name, *judge_acl(self.network, vswitch["acl"], self.packet, way))

    def send(self):
        source, target = self.packet["source"], self.packet["target"]
        if source not in self.network["interfaces"][self.start]["addresses"]:
            self.hop("source address", self.start, DROPPED, "", "not an address of the start")
        if any(inside(target, block) for block in PLATFORM):
            self.hop("platform", self.start, PASSED, "", "platform")
            return "platform"
        self.groups(self.start, "egress")
        vswitch = self.vswitch(self.start)[1]
        taken = route(self.network, vswitch["table"], target)
        if taken is None or taken["hop"] == "NatGateway":
            return self.leave(taken)
        came_by_public = self.asked and any(h[0] == "target translation" for h in self.asked.hops)
        if came_by_public and taken["hop"] in ("NetworkInterface", "VpcPeer"):
            self.hop("route", vswitch["table"], DROPPED, taken["id"], "no translation")
        self.hop("route", vswitch["table"], PASSED, taken["id"], "route")
        if taken["hop"] == "NetworkInterface":
            return self.cross(taken["at"])
        vpc = taken["at"] if taken["hop"] == "VpcPeer" else vswitch["vpc"]
        end = owner_of(self.network, vpc, target)
        if not end:
            self.hop("route", vpc, DROPPED, "", "no such address")
        return self.cross(end)

    def cross(self, end):
        if self.vswitch(self.start) == self.vswitch(end):
            self.hop("egress of ACL", self.vswitch(end)[0], PASSED, "", "same vSwitch")
        else:
            self.acl(self.start, "egress")
            self.acl(end, "ingress")
        self.groups(end, "ingress")
        return end

    def leave(self, taken):
        table = self.vswitch(self.start)[1]["table"]
        by, nat = (taken["id"], taken["at"]) if taken else ("", "")
        leaving = self.leaving(nat) if is_public(self.packet["target"]) else None
        if leaving is None:
            self.hop("route", table, DROPPED, by, "no translation" if nat else "no route")
        self.hop("route", table, PASSED, by, "route")
        if not self.asked and (self.packet["protocol"], self.packet["target_port"]) == (6, 25):
            self.hop("platform", self.start, DROPPED, "", "mail port")
        self.acl(self.start, "egress")
        self.packet["source"], self.packet["source_port"], entry, place = leaving
        self.hop("source translation", place, PASSED, entry, "translated")
        if owned(self.network, self.packet["target"]):
            return self.arrive()
        return "internet"

    def translated_by_nat(self, stage):
        """Return the hop by which a NAT gateway translated the packet that this one answers."""
        for hop in self.asked.hops if self.asked else ():
            if hop[0] == stage and hop[1] in self.network["nats"]:
                return hop
        return None

    def leaving(self, nat):
        came_by = self.translated_by_nat("target translation")
        if came_by:
            asked = self.asked.sent
            if came_by[1] != nat:
                return None
            return asked["target"], asked["target_port"], came_by[2], nat
        found = public_source(self.network, self.start, self.packet, nat)
        return found and (found[0], self.packet["source_port"], found[1], found[2])

    def arrive(self):
        source = self.packet["source"]
        if not self.hops and (not is_public(source) or owned(self.network, source)):
            self.hop("source address", "internet", DROPPED, "", "not an address of the start")
        left_by = self.translated_by_nat("source translation")
        if left_by:
            asked = self.asked.sent
            vpc = self.network["nats"][left_by[1]]["vpc"]
            found = (asked["source"], asked["source_port"], left_by[2], left_by[1], vpc)
        else:
            found = private_target(self.network, self.packet)
        if found is None:
            self.hop("target translation", "internet", DROPPED, "", "no such address")
        self.packet["target"], self.packet["target_port"], entry, place, vpc = found
        self.hop("target translation", place, PASSED, entry, "translated")
        end = owner_of(self.network, vpc, self.packet["target"])
        if not end:
            self.hop("route", vpc, DROPPED, "", "no such address")
        self.acl(end, "ingress")
        self.groups(end, "ingress")
        return end


def answer(packet):
    return {
        "protocol": packet["protocol"],
        "source": packet["target"],
        "target": packet["source"],
        "source_port": packet["target_port"],
        "target_port": packet["source_port"],
        "icmp_type": ANSWERS.get(packet["icmp_type"], packet["icmp_type"]),
    }


def converse(network, packet, start):
    """Return the way of a packet and the way of its answer, None where none is sent."""
    there = Way(network, packet, start)
    if there.end in ("", "platform"):
        return there, None
    return there, Way(network, answer(there.packet), there.end, there)
