"""Each name has an address, and each question of the kind an answer."""

from ipaddress import IPv4Network

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest

from juyong.cli.isolation import names as names_module
from juyong.cli.isolation.names import Names, answer


def asked(name, kind="A", family="IN", names=None):
    query = dns.message.make_query(name, kind, family)
    wire = answer(query.to_wire(), names or Names())
    assert wire is not None
    reply = dns.message.from_wire(wire)
    assert query.is_response(reply)
    return reply


def records(reply):
    return [record.to_text() for rrset in reply.answer for record in rrset]


def test_a_name_keeps_its_address_in_any_case_and_is_known_by_it():
    names = Names()
    first = names.address_of("sts.aliyuncs.com")
    assert records(asked("STS.Aliyuncs.COM.", names=names)) == [str(first)]
    assert records(asked("kms.aliyuncs.com", names=names)) != [str(first)]
    assert names.name_of(first) == "sts.aliyuncs.com"
    assert names.name_of(IPv4Network("198.19.255.0/24")[1]) is None
    assert first in IPv4Network("198.18.0.0/15")


@pytest.mark.parametrize("kind", ["AAAA", "HTTPS", "TXT", "MX", "PTR", "ANY"])
def test_there_is_nothing_but_one_address_of_version_four(kind):
    reply = asked("sts.aliyuncs.com", kind)
    assert (reply.rcode(), records(reply)) == (dns.rcode.NOERROR, [])


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "db.localhost"])
def test_localhost_is_loopback(name):
    assert records(asked(name)) == ["127.0.0.1"]
    assert records(asked(name, "AAAA")) == ["::1"]


def test_other_classes_and_the_root_have_no_address():
    assert records(asked("version.bind", "TXT", "CH")) == []
    assert records(asked("sts.aliyuncs.com", "A", "CH")) == []
    assert records(asked(".")) == []


def test_other_questions_are_not_implemented():
    query = dns.message.make_query("sts.aliyuncs.com", "A")
    query.set_opcode(dns.opcode.STATUS)
    wire = answer(query.to_wire(), Names())
    assert dns.message.from_wire(wire).rcode() == dns.rcode.NOTIMP
    assert dns.message.from_wire(answer(bytes.fromhex("0001" + "0" * 20), Names())).rcode() == (
        dns.rcode.NOTIMP
    )


def test_what_is_no_query_gets_no_answer():
    query = dns.message.make_query("sts.aliyuncs.com", "A")
    assert answer(dns.message.make_response(query).to_wire(), Names()) is None
    assert answer(query.to_wire()[:-1], Names()) is None
    assert answer(b"", Names()) is None


def test_when_all_addresses_are_taken_it_fails_and_those_given_stay(monkeypatch):
    monkeypatch.setattr(names_module, "_RANGE", IPv4Network("198.18.0.0/30"))
    names = Names()
    given = [records(asked(name, names=names)) for name in ("a.test", "b.test")]
    assert given == [["198.18.0.1"], ["198.18.0.2"]]
    assert asked("c.test", names=names).rcode() == dns.rcode.SERVFAIL
    assert records(asked("a.test", names=names)) == ["198.18.0.1"]
