"""The ends of a question: an instance, an interface, an address, or the Internet."""

from typing import NamedTuple

from juyong.api.command import BadInput, OperatorError
from juyong.engines.packet import (
    INTERNET,
    WITH_PORTS,
    Address,
    BadAddress,
    BadProtocol,
    is_public,
    parse_protocol,
)
from juyong.services.network.view import View

_LAST_PORT = 65535


class Place(NamedTuple):
    """An end of a question.

    ends: Interfaces with the address of each that is meant; none for an address that no interface
    has. address: The one that was named, if one was. outside: The place lies in the Internet.
    """

    said: str
    ends: tuple[tuple[str, Address], ...] = ()
    address: Address | None = None
    outside: bool = False

    @property
    def interfaces(self) -> frozenset[str]:
        """The interfaces that are meant."""
        return frozenset(name for name, _ in self.ends)


class Head(NamedTuple):
    """A protocol by its number, and a target port where the protocol has ports."""

    said: str
    protocol: int
    port: int = 0


def head_of(text: str) -> Head:
    """Read `tcp/22`, `udp/53`, `icmp`, `gre`, or the number of a protocol.

    Raises:
        BadInput: anything else.
    """
    word, slash, port = text.partition("/")
    try:
        protocol = parse_protocol(word)
    except BadProtocol:
        protocol = None
    if protocol is None:
        raise BadInput(f"`{text}` is no protocol: write tcp/22, udp/53, icmp or a number")
    if (protocol in WITH_PORTS) != bool(slash):
        raise BadInput(f"`{text}`: tcp and udp have a port, as tcp/22; other protocols have none")
    if not slash:
        return Head(text, protocol)
    if not (port.isascii() and port.isdecimal() and 1 <= int(port[:6]) <= _LAST_PORT):
        raise BadInput(f"`{text}`: a port is a number from 1 to {_LAST_PORT}")
    return Head(text, protocol, int(port))


def place_of(view: View, text: str) -> Place:
    """Find what a text names.

    Raises:
        BadInput: the text is empty, nothing has the name or the address, or several have.
        OperatorError: the packet engine refuses what is named.
    """
    if text == INTERNET:
        return Place(text, outside=True)
    if not text:
        # The variable of a script that is not set is no question about unnamed interfaces.
        raise BadInput("an end is empty: name an instance, an interface, an address or `internet`")
    try:
        address = Address.parse(text)
    except BadAddress:
        return _named(view, text)
    return _at_address(view, text, address)


def _named(view: View, text: str) -> Place:
    known = view.picture.compiled.parts.interfaces
    names = [text] if text in view.things or text in known else _ids_of(view, text)
    if not names:
        raise BadInput(f"there is no instance, interface or address `{text}`")
    if len(names) > 1:
        raise BadInput(f"`{text}` can mean {', '.join(names)}: say the id")
    interfaces = view.instances.get(names[0], (names[0],))
    refused = {each.id: each.reason for each in view.picture.left_out}
    for each in interfaces:
        if each in refused:
            raise OperatorError(f"`{each}` is left out of all networks: {refused[each]}")
        if each not in known:
            raise BadInput(f"`{text}` is no instance and no interface")
    return Place(
        view.named(names[0]),
        tuple((each, address) for each in interfaces for address in known[each].addresses),
    )


def _ids_of(view: View, name: str) -> list[str]:
    """Return the instances and interfaces that have a name; an instance goes before its own."""
    known = view.picture.compiled.parts.interfaces
    fitting = [each for each, thing in view.things.items() if thing.name == name]
    instances = [each for each in fitting if each in view.instances]
    return instances or [each for each in fitting if each in known]


def _at_address(view: View, text: str, address: Address) -> Place:
    """Return the interfaces that have an address, the EIP's where the address is public."""
    compiled = view.picture.compiled
    eip = compiled.publics.eips.get(address)
    if eip is not None:
        return Place(f"{text}, {eip.id}", ((eip.interface_id, eip.private),), address)
    if address in compiled.publics.owned:
        return Place(f"{text}, {compiled.publics.owned[address]}", (), address)
    owners = sorted(
        name
        for (_, version, number), name in compiled.parts.at_address.items()
        if (version, number) == (address.version, address.number)
    )
    if len(owners) > 1:
        shown = ", ".join(view.shown(each) for each in owners)
        raise BadInput(f"`{text}` is an address of {shown}: say which one")
    if owners:
        return Place(f"{text}, {view.shown(owners[0])}", ((owners[0], address),), address)
    return Place(text, (), address, outside=is_public(address))
