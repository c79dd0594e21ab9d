"""Names in DNS: messages read and answered, and the resolver that instances ask.

Source: RFC 1035 (documented). ECS documentation, the resolvers of instances are 100.100.2.136 and
100.100.2.138 (documented).
"""

import asyncio
from collections.abc import Callable
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from juyong.front.hosts import is_alibaba

_SECONDS = 60
_MOST_BYTES = 512
"""Of a message over UDP without extensions. Source: RFC 1035, 4.2.1 (documented)."""

Kind = dns.rdatatype.RdataType
Code = dns.rcode.Rcode
Resolve = Callable[[str, Kind], str | Code | None]
"""Takes a name in small letters and a type; returns the record's text, or why there is none."""


def answer_of(query: bytes, resolve: Resolve) -> bytes | None:
    """Answer a DNS message; None for bytes that are no question, which get no answer.

    SECURITY: an answer is never answered, so that no two servers talk for ever.
    """
    try:
        asked = dns.message.from_wire(query)
        reply = dns.message.make_response(asked, recursion_available=True)
    except (dns.exception.DNSException, ValueError):
        return None
    if asked.opcode() != dns.opcode.QUERY or len(asked.question) != 1:
        reply.set_rcode(dns.rcode.NOTIMP)
        return reply.to_wire()
    (question,) = asked.question
    if question.rdclass == dns.rdataclass.IN:
        name = question.name.to_text(omit_final_dot=True).lower()
        found = resolve(name, question.rdtype)
        if isinstance(found, Code):
            reply.set_rcode(found)
        elif found is not None:
            record = dns.rrset.from_text(
                question.name, _SECONDS, question.rdclass, question.rdtype, found
            )
            reply.answer.append(record)
    return reply.to_wire()


class InstanceResolver(asyncio.DatagramProtocol):
    """Answers instances on a datagram socket: the platform's own names lead to `address` (IPv4).

    Other names are refused, and not said to be missing, since no instance reaches the Internet here
    (assumed).
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        """Keep where answers leave by."""
        self._transport = transport

    def datagram_received(self, data: bytes, peer: Any) -> None:
        """Answer a question; anything else gets no answer."""
        if len(data) > _MOST_BYTES or self._transport is None:
            return
        answer = answer_of(data, self.resolve)
        if answer is not None:
            self._transport.sendto(answer, peer)

    def resolve(self, name: str, kind: Kind) -> str | Code | None:
        """Return the platform's address for its own names."""
        if not is_alibaba(name):
            return dns.rcode.REFUSED
        return self._address if kind == dns.rdatatype.A else None
