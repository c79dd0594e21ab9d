"""Places in the plane's Internet from which commands are run, each with one source address."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from juyong.engines.packet import Address, Compiled
from juyong.engines.packet.topology import is_public
from juyong.netplane import layout
from juyong.netplane import messages as m
from juyong.netplane.client import Helper

_GATEWAY = "169.254.255.252"
_MEMORY_MB = 512
_MOST = 32


class SourceRefused(ValueError):
    """No packet of the Internet has this source; the text says why."""


class Outsiders:
    """The places in use: one address stands once, however many commands are run from there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: dict[str, int] = {}
        self._names: dict[str, str] = {}

    def has(self, address: Address) -> bool:
        """Tell whether a command runs from an address."""
        with self._lock:
            return str(address) in self._users

    @contextmanager
    def place(self, helper: Helper, text: str, compiled: Compiled) -> Iterator[str]:
        """Hold the place of an address; yields the name of the machine that stands there.

        Raises:
            SourceRefused, BadAddress: the Internet has no such source.
            OSError: the helper is gone, or refuses.
        """
        address = _checked(text, compiled)
        with self._lock:
            if address not in self._users:
                if len(self._users) >= _MOST:
                    raise SourceRefused(f"commands run from {_MOST} addresses, which is the most")
                self._names[address] = _begin(helper, address)
            self._users[address] = self._users.get(address, 0) + 1
            name = self._names[address]
        try:
            yield name
        finally:
            with self._lock:
                self._users[address] -= 1
                if not self._users[address]:
                    del self._users[address]
                    del self._names[address]
                    _end(helper, name)


def _checked(text: str, compiled: Compiled) -> str:
    address = Address.parse(text)
    if not is_public(address) or str(address) == layout.DIALER:
        raise SourceRefused(f"{address} is no public IPv4 address")
    if address in compiled.publics.owned:
        raise SourceRefused(f"{address} is an address of `{compiled.publics.owned[address]}`")
    return str(address)


def _begin(helper: Helper, address: str) -> str:
    number = helper.number()
    name, device, mac = f"from-{number}", f"x{number}", layout.mac_of(address)
    lines = (
        "link set eth0 arp off addrgenmode none",
        f"addr add {address}/32 dev eth0",
        "link set eth0 up",
        layout.neighbour(_GATEWAY, layout.GATEWAY_MAC, "eth0"),
        f"route add default via {_GATEWAY} dev eth0 onlink",
    )
    roads = (f"route add {address} dev {device}", layout.neighbour(address, mac, device))
    steps: tuple[m.Step, ...] = (
        m.StartMachine(machine=name, hostname="internet", memory_mb=_MEMORY_MB, outsider=True),
        m.AddLink(
            router=m.INTERNET,
            device=device,
            mac=layout.GATEWAY_MAC,
            machine=name,
            inner="eth0",
            inner_mac=mac,
            lines=lines,
        ),
        m.Roads(router=m.INTERNET, lines=roads),
        m.Release(machine=name),
    )
    helper.ask(m.Apply(number=helper.number(), steps=steps))
    return name


def _end(helper: Helper, name: str) -> None:
    device = f"x{name.removeprefix('from-')}"
    steps: tuple[m.Step, ...] = (
        m.Roads(router=m.INTERNET, lines=(f"link del {device}",)),
        m.EndMachine(machine=name),
    )
    helper.ask(m.Apply(number=helper.number(), steps=steps))
