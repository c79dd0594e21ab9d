"""The packet engine takes whatever the API took: calls by chance, then the network compiled."""

import random
from contextlib import suppress
from typing import Any

import pytest
from tests.local import Caller, Refused
from tests.unit.services.vpc.places import Place
from tests.unit.services.vpc.test_nats import HERE, Gateway

from juyong.engines.packet import (
    Address,
    Cidr,
    Compiled,
    Eip,
    ForwardEntry,
    Interface,
    Kind,
    NatGateway,
    Network,
    Ports,
    RouteTable,
    SecurityGroup,
    SnatEntry,
    Vpc,
    VSwitch,
    parse_protocol,
)
from juyong.services.network.public.nats import forwards_of, snats_of
from juyong.services.network.public.tables import EipRow, ForwardRow, NatRow
from juyong.services.network.tables import InterfaceRow
from juyong.services.vpc.nats.forwarding import ANY, ports_of
from juyong.store.transaction import Transaction


def _ports(text: str) -> Ports | None:
    return None if text == ANY else ports_of(text)


def _forward(row: ForwardRow) -> ForwardEntry:
    return ForwardEntry(
        id=row.entry_id,
        nat_id=row.nat_id,
        external=Address.parse(row.external_address),
        internal=Address.parse(row.internal_address),
        protocol=None if row.protocol == ANY else parse_protocol(row.protocol),
        external_ports=_ports(row.external_port),
        internal_ports=_ports(row.internal_port),
    )


def _nat(tx: Transaction, row: NatRow) -> NatGateway:
    return NatGateway(
        id=row.nat_id,
        vpc_id=row.vpc_id,
        snat=tuple(
            SnatEntry(
                id=each.entry_id,
                nat_id=row.nat_id,
                source=Cidr.parse(each.source),
                address=Address.parse(each.address),
            )
            for each in snats_of(tx, row.nat_id)
        ),
        forwards=tuple(_forward(each) for each in forwards_of(tx, row.nat_id)),
    )


def network_of(tx: Transaction, place: Place) -> Network:
    """Return the network of one VPC, with its public addresses."""
    vpc, vswitch = place.vpc, place.vswitch
    return Network(
        vpcs=(Vpc(id=vpc.vpc_id, cidrs=(Cidr.parse(vpc.cidr),)),),
        vswitches=(
            VSwitch(
                id=vswitch.vswitch_id,
                vpc_id=vpc.vpc_id,
                cidrs=(Cidr.parse(vswitch.cidr),),
                route_table_id=vpc.table_id,
            ),
        ),
        tables=(RouteTable(id=vpc.table_id, vpc_id=vpc.vpc_id),),
        groups=(SecurityGroup(id="sg-a", vpc_id=vpc.vpc_id, kind=Kind.BASIC),),
        interfaces=tuple(
            Interface(
                id=each.interface_id,
                vswitch_id=each.vswitch_id,
                addresses=(Address.parse(each.address),),
                group_ids=("sg-a",),
            )
            for each in tx.find(InterfaceRow, vswitch_id=vswitch.vswitch_id)
        ),
        eips=tuple(
            Eip(
                id=each.allocation_id,
                address=Address.parse(each.address),
                interface_id=each.interface_id,
                private=Address.parse(each.private_address),
            )
            for each in tx.find(EipRow, vpc_id=vpc.vpc_id)
            if each.interface_id
        ),
        nats=tuple(_nat(tx, each) for each in tx.find(NatRow, vpc_id=vpc.vpc_id)),
    )


class Chance:
    """Calls by chance about a few EIPs, interfaces and two gateways of one VPC."""

    def __init__(self, call: Caller, seed: int) -> None:
        self.call, self.draw = call, random.Random(seed)  # noqa: S311  # a test's own
        self.place = Place(call)
        self.gateways = [Gateway(call, self.place) for _ in range(2)]
        self.eips = [call("Vpc", "AllocateEipAddress", **HERE) for _ in range(6)]
        self.instances = [self.place.instance() for _ in range(3)]
        self.addresses = [each.address for each in self.instances] + ["10.1.0.99", "10.1.0.100"]
        for number, eip in enumerate(self.eips[:4]):
            self.gateways[number % 2].bind(eip)

    def step(self) -> None:
        """Make a call, which may be refused."""
        ways = (self._bind, self._unbind, self._snat, *(self._forward,) * 4, self._change)
        with suppress(Refused):
            self.draw.choice(ways)()

    def _bind(self) -> None:
        eip, gateway = self.draw.choice(self.eips), self.draw.choice(self.gateways)
        if self.draw.random() < 0.6:
            gateway.bind(eip)
        else:
            self.call(
                "Vpc",
                "AssociateEipAddress",
                AllocationId=eip["AllocationId"],
                InstanceId=self.draw.choice(self.instances).instance_id,
            )

    def _unbind(self) -> None:
        eip = self.draw.choice(self.eips)
        force = self.draw.random() < 0.3
        self.call("Vpc", "UnassociateEipAddress", AllocationId=eip["AllocationId"], Force=force)

    def _snat(self) -> None:
        block = self.draw.choice(("10.0.0.0/8", "10.1.0.0/24", "10.1.0.0/25", "0.0.0.0/0"))
        eip = self.draw.choice(self.eips)
        self.draw.choice(self.gateways).snat(SnatIp=eip["EipAddress"], SourceCIDR=block)

    def _ports(self) -> dict[str, Any]:
        protocol = self.draw.choice(("tcp", "tcp", "udp", "any"))
        first = self.draw.randint(1, 8)
        port = "any" if protocol == "any" else f"{first}/{first + self.draw.randint(0, 2)}"
        return {"IpProtocol": protocol, "ExternalPort": port, "InternalPort": port}

    def _forward(self) -> None:
        gateway, eip = self.draw.choice(self.gateways), self.draw.choice(self.eips)
        gateway.forward(eip, InternalIp=self.draw.choice(self.addresses), **self._ports())

    def _change(self) -> None:
        gateway, eip = self.draw.choice(self.gateways), self.draw.choice(self.eips)
        for each in gateway.forwards()[:1]:
            self.call(
                "Vpc",
                "ModifyForwardEntry",
                ForwardTableId=gateway.forward_table,
                ForwardEntryId=each["ForwardEntryId"],
                ExternalIp=eip["EipAddress"],
                **HERE,
                **self._ports(),
            )


@pytest.mark.parametrize("seed", range(3))
def test_the_engine_compiles_what_calls_by_chance_made(call: Caller, seed: int) -> None:
    chance = Chance(call, seed)
    made = {"eips": 0, "snat": 0, "forwards": 0}
    for _ in range(60):
        chance.step()
        network = call.local.running.store.call(lambda tx: network_of(tx, chance.place))
        Compiled(network)
        made["eips"] = max(made["eips"], len(network.eips))
        made["snat"] = max(made["snat"], sum(len(each.snat) for each in network.nats))
        made["forwards"] = max(made["forwards"], sum(len(e.forwards) for e in network.nats))
    assert all(made.values()), made
