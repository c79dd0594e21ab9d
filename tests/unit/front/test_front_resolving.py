"""The resolver of instances."""

import asyncio

import dns.asyncquery
import dns.flags
import dns.message
import dns.rcode
import pytest

from juyong.front.resolving import InstanceResolver, answer_of

PLATFORM = "100.100.2.130"
RESOLVE = InstanceResolver(PLATFORM).resolve


def asked(name: str, kind: str = "A", **options: object) -> dns.message.Message:
    query = dns.message.make_query(name, kind, **options)
    wire = answer_of(query.to_wire(), RESOLVE)
    assert wire is not None
    answer = dns.message.from_wire(wire)
    assert query.is_response(answer)
    return answer


@pytest.mark.parametrize(
    "name",
    ["ram.aliyuncs.com", "OSS-cn-hangzhou.ALIYUNCS.com.", "a.b.aliyuncs.com", "aliyuncs.com"],
)
def test_names_of_the_platform_lead_to_it(name):
    answer = asked(name)
    assert answer.rcode() == dns.rcode.NOERROR
    assert [item.to_text() for each in answer.answer for item in each] == [PLATFORM]


@pytest.mark.parametrize(
    "name", ["example.com", "aliyuncs.com.example.org", "notaliyuncs.com", ".", "localhost"]
)
def test_other_names_are_refused(name):
    answer = asked(name)
    assert (answer.rcode(), answer.answer) == (dns.rcode.REFUSED, [])


@pytest.mark.parametrize("kind", ["AAAA", "MX", "TXT"])
def test_names_of_the_platform_have_addresses_of_ipv4_alone(kind):
    answer = asked("ram.aliyuncs.com", kind)
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])


def test_questions_with_extensions_are_answered():
    assert asked("ram.aliyuncs.com", use_edns=0, payload=4096).answer


def test_other_classes_have_no_addresses():
    assert not asked("ram.aliyuncs.com", rdclass="CH").answer


def test_what_is_no_question_gets_no_answer():
    query = dns.message.make_query("ram.aliyuncs.com", "A")
    answer = dns.message.make_response(query)
    assert answer_of(answer.to_wire(), RESOLVE) is None
    assert answer_of(query.to_wire()[:-1], RESOLVE) is None
    assert answer_of(b"", RESOLVE) is None


def test_an_update_is_not_done():
    query = dns.message.make_query("ram.aliyuncs.com", "A")
    query.set_opcode(dns.opcode.NOTIFY)
    wire = answer_of(query.to_wire(), RESOLVE)
    assert wire is not None
    assert dns.message.from_wire(wire).rcode() == dns.rcode.NOTIMP


def test_a_client_is_answered_over_a_socket():
    async def ask() -> dns.message.Message:
        query = dns.message.make_query("sts.aliyuncs.com", "A")
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: InstanceResolver(PLATFORM), local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        try:
            return await dns.asyncquery.udp(query, "127.0.0.1", port=port, timeout=10)
        finally:
            transport.close()

    answer = asyncio.run(ask())
    assert answer.answer[0][0].to_text() == PLATFORM
