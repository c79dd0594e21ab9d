"""DNS messages of an isolated command: answered with its id, or not at all."""

import dns.flags
import dns.message

from juyong.cli.isolation.names import Names, answer


def _query(name: str, kind: str) -> bytes:
    return dns.message.make_query(name, kind, use_edns=0, id=7).to_wire()


SEEDS: list[bytes] = [
    _query("sts.aliyuncs.com", "A"),
    _query("localhost", "AAAA"),
    _query("a\\.b\\000\\032.test", "A"),
    _query(".", "ANY"),
    dns.message.make_query("x.test", "A", id=7).to_wire(),
    dns.message.make_response(dns.message.make_query("x.test", "A", id=7)).to_wire(),
    bytes.fromhex("0007010000010000000000000000010001"),
    bytes(12),
]


def target(data: bytes) -> None:
    """Answer data, and read the answer."""
    names = Names()
    wire = answer(data, names)
    if wire is None:
        return
    reply = dns.message.from_wire(wire)
    assert wire[:2] == data[:2]
    assert reply.flags & dns.flags.QR
    for rrset in reply.answer:
        name = rrset.name.to_text(omit_final_dot=True).lower()
        # The name goes on into the first line of a request to the proxy.
        assert name.isprintable()
        assert " " not in name
        assert name.isascii()
