"""The names a command asks for: each gets an address of its own, which leads back to the name.

Source: RFC 1035, RFC 6761 (`localhost`), RFC 2544 (the addresses) (documented).
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

_RANGE = IPv4Network("198.18.0.0/15")
"""Set aside for tests of networks: no host of the world has one."""
_SECONDS = 60
_LOCALHOST = "localhost"


class Names:
    """Names and the addresses that were given out for them; there is room for 131,070."""

    def __init__(self) -> None:
        self._free: Iterator[IPv4Address] = _RANGE.hosts()
        self._addresses: dict[str, IPv4Address] = {}
        self._names: dict[IPv4Address | IPv6Address, str] = {}

    def address_of(self, name: str) -> IPv4Address | None:
        """Return the address of a lower-case name, the same each time; None when all are taken."""
        if name not in self._addresses:
            address = next(self._free, None)
            if address is None:
                return None
            self._addresses[name] = address
            self._names[address] = name
        return self._addresses[name]

    def name_of(self, address: IPv4Address | IPv6Address) -> str | None:
        """Return the name that was given an address; None when there is none."""
        return self._names.get(address)


def answer(query: bytes, names: Names) -> bytes | None:
    """Answer a DNS message.

    Every name has one IPv4 address and nothing else, `localhost` and what ends in it the loopback
    addresses.

    Returns:
        None for bytes that are no query; they get no answer.
    """
    try:
        asked = dns.message.from_wire(query)
        reply = dns.message.make_response(asked, recursion_available=True)
    except (dns.exception.DNSException, ValueError):
        return None
    if asked.opcode() != dns.opcode.QUERY or len(asked.question) != 1:
        reply.set_rcode(dns.rcode.NOTIMP)
        return reply.to_wire()
    question = asked.question[0]
    if question.rdclass == dns.rdataclass.IN:
        name = question.name.to_text(omit_final_dot=True).lower()
        text = _address(name, question.rdtype, names)
        if text == "":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif text is not None:
            reply.answer.append(
                dns.rrset.from_text(
                    question.name, _SECONDS, question.rdclass, question.rdtype, text
                )
            )
    return reply.to_wire()


def _address(name: str, kind: dns.rdatatype.RdataType, names: Names) -> str | None:
    """Return the address to answer with; None for no such record, "" when all are taken."""
    local = name == _LOCALHOST or name.endswith(f".{_LOCALHOST}")
    if kind == dns.rdatatype.AAAA:
        return "::1" if local else None
    if kind != dns.rdatatype.A or name in ("", "."):
        return None
    return "127.0.0.1" if local else str(names.address_of(name) or "")
