"""Questions of instances to their resolver: an answer that fits the question, or none."""

import dns.message

from juyong.front.resolving import InstanceResolver, answer_of

RESOLVE = InstanceResolver("100.100.2.130").resolve
SEEDS = [
    dns.message.make_query("ram.aliyuncs.com", "A").to_wire(),
    dns.message.make_query("example.com", "AAAA", use_edns=0).to_wire(),
    dns.message.make_response(dns.message.make_query("ram.aliyuncs.com", "A")).to_wire(),
]


def target(data: bytes) -> None:
    """An answer is no question, so that it is not answered again, and leads to one address."""
    answer = answer_of(data, RESOLVE)
    if answer is None:
        return
    assert answer_of(answer, RESOLVE) is None
    message = dns.message.from_wire(answer)
    assert message.id == int.from_bytes(data[:2], "big")
    assert {str(item) for each in message.answer for item in each} <= {"100.100.2.130"}
