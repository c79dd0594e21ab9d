"""Texts of DNAT entries: what is read is one form, which is read again as itself."""

from juyong.services.vpc.nats.forwarding import ANY, REFUSALS, Forwarding, in_form, ports_of

SEEDS: list[bytes] = [
    b"198.18.0.1\n80\n10.0.0.1\n8080\nTCP",
    b"198.18.0.1\n1000/1010\n10.0.0.1\n2000/2010\nudp",
    b"198.18.0.1\nAny\n10.0.0.1\nany\nANY",
    b"::1\n-1/-1\n10.0.0.01\n0\nicmp",
    b"198.18.0.1\n65535/65536\n10.0.0.1\n2/1\ntcp",
]


def target(data: bytes) -> None:
    """Read five lines as the columns of an entry; refusals are those that operations declare."""
    lines = data.decode("latin-1").split("\n")
    outer, external, inner, internal, protocol, *_ = (*lines, "", "", "", "", "")
    asked = Forwarding(
        external_address=outer,
        external_port=external,
        internal_address=inner,
        internal_port=internal,
        protocol=protocol,
    )
    try:
        found = in_form(asked)
    except REFUSALS:
        return
    assert in_form(found) == found
    if found.protocol != ANY:
        first, second = ports_of(found.external_port), ports_of(found.internal_port)
        assert first.last - first.first == second.last - second.first
