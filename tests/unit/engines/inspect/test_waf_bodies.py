"""Bodies by their media type, with their codings, limits and faults."""

import gzip
import json
import time
import zlib
from functools import partial

import brotli
import pytest
import zstandard
from tests.growing import assert_linear
from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.bodies.codings import decoded
from juyong.engines.inspect.bodies.media import processor_of
from juyong.engines.inspect.bodies.parsed import Refusal
from juyong.engines.inspect.bodies.read import read_body
from juyong.engines.inspect.limits import Limits

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"


def read(body, kind=FORM, *, headers=(), limits=None, **options):
    asked = request(method=b"POST", kind=kind, headers=headers)
    return read_body(asked, body, limits or Limits(), **options)


@pytest.mark.parametrize(
    ("kind", "processor"),
    [
        (FORM, "URLENCODED"),
        (b"Application/X-WWW-Form-Urlencoded ; charset=utf-8", "URLENCODED"),
        (b"multipart/form-data; boundary=a", "MULTIPART"),
        (b"multipart/mixed; boundary=a", ""),
        (JSON, "JSON"),
        (b"application/vnd.api+json", "JSON"),
        (b"application/jsonx", ""),
        (b"text/xml", "XML"),
        (b"application/soap+xml; charset=utf-8", "XML"),
        (b"application/xml-dtd", ""),
        # A looser reading takes these for XML or JSON; a server reads a form, or nothing.
        (b"application/x-www-form-urlencoded; x=text/xml", "URLENCODED"),
        (b"x/y; application/json", ""),
        (b"text/plain", ""),
        (b"", ""),
    ],
)
def test_processor_is_chosen_by_the_exact_media_type(kind, processor):
    assert processor_of(((b"content-type", kind),)) == processor


def test_no_processor_for_two_types():
    assert processor_of(((b"Content-Type", JSON), (b"Content-Type", FORM))) == ""
    parsed = read(b"a=1", JSON, headers=((b"Content-Type", FORM),))
    assert parsed.refusal == Refusal(400, "the request has several content types")


def test_processor_may_be_chosen_by_a_rule():
    assert read(b'{"a":1}', b"text/plain", processor="json").arguments == [(b"json.a", b"1")]
    assert read(b"a=1", b"text/plain").arguments == []


def test_raw_body_is_there_for_forms_and_where_it_is_forced():
    assert read(b"a=1").raw == b"a=1"
    assert read(b"a=1", b"text/plain").raw == b""
    assert read(b"a=1", b"text/plain", force_raw=True).raw == b"a=1"
    assert read(b"<a>1</a>", b"text/xml", force_raw=True).raw == b""


@pytest.mark.parametrize(
    ("body", "pairs"),
    [
        (b"{}", []),
        (b" ", []),
        (b'"a"', [(b"json", b"a")]),
        (
            b'{"a": {"b": [1, -2.5e3, true, null]}}',
            [
                (b"json.a.b.array_0", b"1"),
                (b"json.a.b.array_1", b"-2.5e3"),
                (b"json.a.b.array_2", b"true"),
                (b"json.a.b.array_3", b""),
            ],
        ),
        (b'[{"a":[]},[[3]]]', [(b"json.array_1.array_0.array_0", b"3")]),
        # Equal keys are all seen: servers take the first or the last.
        (b'{"a":"evil","a":"ok"}', [(b"json.a", b"evil"), (b"json.a", b"ok")]),
        (rb'{"\u0061":"\u003cscript\u003e\/\n"}', [(b"json.a", b"<script>/\n")]),
        (rb'{"a":"\ud83d\ude00"}', [(b"json.a", "\U0001f600".encode())]),
        # A surrogate alone survives, and what follows with the surrogate.
        (rb'{"a":"\ud83devil"}', [(b"json.a", b"\xed\xa0\xbdevil")]),
        ('{"ключ":"знач"}'.encode(), [("json.ключ".encode(), "знач".encode())]),
        (b'{"n":123456789012345678901234567890}', [(b"json.n", b"123456789012345678901234567890")]),
    ],
)
def test_json_becomes_arguments(body, pairs):
    parsed = read(body, JSON)
    assert parsed.refusal is None
    assert parsed.arguments == pairs


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"{",
            b"[1,]",
            b'{"a":1,}',
            b"{,}",
            b"[,]",
            b'{"a"}',
            b'{"a":}',
            b"{1:2}",
            b'{"a":1 "b":2}',
        ),
        *(b"01", b"1.", b".5", b"+1", b"nul", b"truex", b"NaN", b"'a'", b'"a', b'"\n"', rb'"\x41"'),
        *(b"{} {}", b"[1] x", b'{"a":1}]', b"/**/{}", b"\xef\xbb\xbf{}", b'"\xff"', b'["a"}'),
        *(b'{"a":"\\ud83"}', '{"a":1}'.encode("utf-16"), b'{"a":[1}'),
    ],
)
def test_what_is_no_json_is_refused(body):
    parsed = read(body, JSON)
    assert parsed.refusal is not None
    assert parsed.refusal.status == 400
    assert parsed.error


def test_rules_see_what_of_json_cannot_be_read():
    parsed = read(b'{"a":1,"b":evil}', JSON)
    assert parsed.arguments == [(b"json.a", b"1"), (b"", b"evil}")]


def test_json_that_was_cut_is_read_as_far_as_it_goes():
    parsed = read(b'{"a":"evil","b":"x', JSON, cut=True)
    assert parsed.arguments == [(b"json.a", b"evil"), (b"", b'"x')]
    assert parsed.refusal is None


@pytest.mark.parametrize(("depth", "refused"), [(4, False), (5, True)])
def test_depth_of_json_is_bounded(depth, refused):
    parsed = read(b"[" * depth + b"]" * depth, JSON, limits=Limits(json_depth=4))
    assert (parsed.refusal is not None) == refused


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, b"[" * 100_000),
        (JSON, b'{"a":' * 20_000),
        (JSON, b"{" + b",".join(b'"k%d":1' % at for at in range(10_000)) + b"}"),
        (JSON, b"[" + b"{}," * 40_000 + b"{}]"),
        (JSON, b"[" * 500 + b"1," * 5_400 + b"1" + b"]" * 500),
        (JSON, b'"' + b"\\" * 120_001 + b'"'),
        (JSON, b'["' + b"a" * 800_000),
        (JSON, b" " * 130_000),
        (FORM, b"&".join(b"a=%d" % at for at in range(15_000))),
        (FORM, b"&" * 130_000),
        (FORM, b"%" * 130_000),
        (b"text/xml", b"<a>" * 40_000),
        (b"text/xml", b"<a " + b" ".join(b"b%d='1'" % at for at in range(8_000)) + b"/>"),
        (b"multipart/form-data; boundary=a", b"--a\r\n\r\n" * 10_000),
        (b"multipart/form-data; boundary=a", b"\r\n--" * 30_000),
        (
            b"multipart/form-data; boundary=a",
            b'--a\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 2_000,
        ),
    ],
)
def test_hostile_bodies_cost_little(kind, body):
    """At most fifteen times an ordinary form of 128 KiB in the same run; the worst takes six."""
    ordinary = b"&".join(b"key%d=%s" % (at, b"a%20b+" * 20) for at in range(999))

    def cost(body, kind):
        before = time.thread_time()
        read(body, kind)
        return time.thread_time() - before

    took = [(cost(ordinary, FORM), cost(body, kind)) for _ in range(3)]
    assert min(hostile for _, hostile in took) < 15 * min(usual for usual, _ in took)
    parsed = read(body, kind)
    most = Limits().values if kind == JSON else Limits().arguments
    assert parsed.refusal is not None or len(parsed.arguments) <= most


@pytest.mark.parametrize(("count", "refused"), [(3, False), (4, True)])
@pytest.mark.parametrize("kind", [FORM, JSON])
def test_arguments_are_counted(kind, count, refused):
    body = {
        FORM: b"&".join([b"a=1"] * count),
        # The array is a value as well.
        JSON: b"[" + b",".join([b"1"] * (count - 1)) + b"]",
    }[kind]
    limits = Limits(arguments=3) if kind == FORM else Limits(values=3)
    parsed = read(body, kind, limits=limits)
    assert (parsed.refusal is not None) == refused
    assert len(parsed.arguments) <= 3


@pytest.mark.parametrize(
    "values",
    [
        lambda count: list(range(count)),
        lambda count: [f"a {at}" for at in range(count)],
        lambda count: {f"k{at}": at for at in range(count)},
        lambda count: [{"id": at} for at in range(count // 2)],
    ],
)
def test_json_of_an_api_has_thousands_of_values(values):
    most = Limits().values
    for count, refused in ((5_000, False), (most - 1, False), (most + 1, True)):
        body = json.dumps(values(count)).encode()
        parsed = read(body, JSON)
        assert (parsed.refusal is not None) == refused
        assert parsed.refusal is None or parsed.refusal.status == 413
        assert parsed.arguments[-1][1] != b""


@pytest.mark.parametrize(("elements", "refused"), [(2, False), (3, True)])
@pytest.mark.parametrize("element", [b"1", b'"a"', b"{}"])
def test_names_of_json_are_bounded_together(element, elements, refused):
    # Each element is told under `json.kkkk.array_0`, and what holds them under `json.kkkk`.
    body = b'{"kkkk":[' + b",".join([element] * elements) + b"]}"
    known = len(b"json") + len(b"json.kkkk")
    parsed = read(body, JSON, limits=Limits(names=known + 2 * len(b"json.kkkk.array_0")))
    assert (parsed.refusal is not None) == refused
    assert parsed.refusal is None or (parsed.refusal.status, "names" in parsed.error) == (413, True)


@pytest.mark.parametrize(("in_target", "refused"), [(3, False), (4, True)])
def test_a_body_in_json_allows_a_target_no_more_arguments(in_target, refused):
    target = b"/?" + b"&".join([b"a=1"] * in_target)
    asked = request(target, method=b"POST", kind=JSON)
    assert (read_body(asked, b"[1]", Limits(arguments=3)).refusal is not None) == refused
    both = Limits(values=in_target)
    assert read_body(asked, b"[1]", both).refusal is not None


@pytest.mark.parametrize(("count", "refused"), [(1, False), (2, True)])
def test_arguments_of_the_target_count_as_well(count, refused):
    asked = request(b"/?a=1&a=1", method=b"POST", kind=FORM)
    parsed = read_body(asked, b"&".join([b"a=1"] * count), Limits(arguments=3))
    assert (parsed.refusal is not None) == refused
    many = request(b"/?" + b"&".join([b"a=1"] * (2 + count)))
    assert (read_body(many, b"", Limits(arguments=3)).refusal is not None) == refused


@pytest.mark.parametrize(("length", "refused"), [(20, False), (21, True)])
def test_a_body_without_files_is_short(length, refused):
    parsed = read(b"a=" + b"x" * (length - 2), limits=Limits(body_without_files=20))
    assert (parsed.refusal is not None and parsed.refusal.status == 413) == refused


@pytest.mark.parametrize(
    ("body", "pairs"),
    [
        (b"<a>1<b c='2'>3</b>4</a>", [(b"/*", b"134"), (b"//@*", b"2")]),
        (b"<a><![CDATA[<script>]]></a>", [(b"/*", b"<script>")]),
        (b"<a>&lt;&#x41;</a>", [(b"/*", b"<A")]),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", [(b"/*", "é".encode())]),
        (
            "<?xml version='1.0' encoding='UTF-16'?><a b='x'>evil</a>".encode("utf-16"),
            [
                (b"/*", b"evil"),
                (b"//@*", b"x"),
            ],
        ),
        (b"<n:a xmlns:n='urn:x' n:b='1'/>", [(b"/*", b""), (b"//@*", b"1")]),
        (b"", []),
    ],
)
def test_xml_becomes_text_and_attributes(body, pairs):
    parsed = read(body, b"text/xml")
    assert parsed.refusal is None
    assert parsed.xml == pairs
    assert parsed.raw == b""


@pytest.mark.parametrize(
    "body",
    [
        b"<a>",
        b"no xml",
        b"<a/><b/>",
        b"<a b='1' b='2'/>",
        b"<a>&none;</a>",
        b"<!DOCTYPE a [<!ENTITY e 'evil'>]><a>&e;</a>",
        b"<!DOCTYPE a [<!ENTITY % e SYSTEM 'file:///etc/passwd'>%e;]><a/>",
        b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
        b"<!DOCTYPE a SYSTEM 'http://x.example/evil.dtd'><a>&e;</a>",
        b"<a>" * 300 + b"</a>" * 300,
        (
            b"<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>"
            b"<!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'>]><a>&d;</a>"
        ),
    ],
)
def test_xml_that_is_malformed_or_declares_entities_is_refused(body):
    parsed = read(body, b"text/xml")
    assert parsed.refusal is not None
    assert parsed.refusal.status == 400


def test_a_document_type_without_entities_passes_and_is_seen():
    sent = b"<!DOCTYPE plist PUBLIC '-//X//DTD P 1.0//EN' 'http://x.example/p.dtd'>"
    parsed = read(sent + b"<plist/>", b"text/xml")
    assert parsed.refusal is None
    assert parsed.doctype == sent


def test_no_entity_is_fetched_or_put_into_the_text(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("evil-content")
    body = f"<!DOCTYPE a [<!ENTITY e SYSTEM '{secret}'>]><a>x&e;y</a>".encode()
    parsed = read(body, b"text/xml")
    assert parsed.xml == [(b"/*", b"xy")]


@pytest.mark.parametrize(
    ("coding", "coded"),
    [
        (b"gzip", gzip.compress),
        (b"x-gzip", gzip.compress),
        (b"deflate", zlib.compress),
        (b"deflate", lambda data: zlib.compress(data, wbits=-15)),
        (b"br", brotli.compress),
        (b"zstd", zstandard.compress),
        (b"identity", bytes),
        (b"gzip, identity", gzip.compress),
        (b"br, GZIP", lambda data: gzip.compress(brotli.compress(data))),
    ],
)
def test_codings_are_undone(coding, coded):
    body = b"a=" + b"evil" * 100
    sent = ((b"Content-Encoding", coding),)
    parsed = read(coded(body), headers=sent)
    assert parsed.arguments == [(b"a", b"evil" * 100)]
    assert parsed.length == len(body)
    if coded is bytes:
        return
    broken = coded(body)[:-5]
    assert isinstance(decoded(sent, broken, Limits()), Refusal)
    assert isinstance(decoded(sent, b"a=evil", Limits()), Refusal)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_growth_is_bounded(coding):
    coder = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.compress,
    }[coding]
    sent = ((b"Content-Encoding", coding.encode()),)
    small = coder(b"x" * 65_536)
    assert decoded(sent, small, Limits()) == b"x" * 65_536
    bomb = coder(b"x" * 30_000_000)
    refused = decoded(sent, bomb, Limits())
    assert isinstance(refused, Refusal)
    assert refused.status == 413
    # No more is inflated of a long bomb than of a short one.
    bombs = {30_000_000: bomb, 3_750_000: coder(b"x" * 3_750_000)}
    assert_linear(lambda size: lambda: decoded(sent, bombs[size], Limits()), 30_000_000)
    noise = bytes(range(256)) * 10
    assert decoded(sent, coder(noise), Limits(inflated=len(noise))) == noise
    assert isinstance(decoded(sent, coder(noise), Limits(inflated=len(noise) - 1)), Refusal)


@pytest.mark.parametrize(
    ("coding", "status"), [(b"compress", 415), (b"gzip, gzip, gzip", 400), (b"x", 415)]
)
def test_codings_that_cannot_be_undone_are_refused(coding, status):
    parsed = read(gzip.compress(b"a=1"), headers=((b"Content-Encoding", coding),))
    assert parsed.refusal is not None
    assert parsed.refusal.status == status


def test_bytes_behind_a_coding_s_end_are_refused():
    sent = ((b"Content-Encoding", b"gzip"),)
    twice = gzip.compress(b"a=1&") + gzip.compress(b"b=2")
    assert decoded(sent, twice, Limits()) == b"a=1&b=2"
    assert isinstance(decoded(sent, gzip.compress(b"a=1") + b"evil", Limits()), Refusal)
    sent = ((b"Content-Encoding", b"deflate"),)
    assert isinstance(decoded(sent, zlib.compress(b"a=1") + b"evil", Limits()), Refusal)


def test_a_body_that_was_cut_is_inflated_as_far_as_it_goes():
    sent = ((b"Content-Encoding", b"gzip"),)
    noise = b"".join(b"%d," % (at * at) for at in range(3_000))
    part = decoded(sent, gzip.compress(noise)[:4_000], Limits(), cut=True)
    assert noise.startswith(part)
    assert len(part) > 4_000


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"q": "\\u003cb"}', [(b"json.q", b"<b")]),
        (b'[1, "a\\u0027"]', [(b"json.array_0", b"1"), (b"json.array_1", b"a'")]),
        (b"q=1%27+or&r=2", [(b"q", b"1' or"), (b"r", b"2")]),
        (b"<x>1&#39; or</x>", [(b"/*", b"1' or")]),
        (
            '{"q":1}'.encode("utf-16-le"),
            [(b"", b'{"q":1}'), (b"json.q", b"1")],
        ),
        ('{"q":1}'.encode("utf-32"), [(b"", b'{"q":1}'), (b"json.q", b"1")]),
        # What has the same bytes in every reading is seen as the text alone.
        (b'{"q": "b"}', []),
        (b"q=1", []),
        (b"a = 1+2, and 50% of 4", []),
        (b'{"q": "\\u003cb"', []),
        (b"<p>salt & vinegar", []),
        (b"\x89PNG\r\n\x1a\n\0\0", []),
        (b"", []),
    ],
)
@pytest.mark.parametrize("kind", [b"text/plain", b"image/png", b""])
def test_a_body_of_an_unread_type_is_read_as_servers_guess(body, found, kind):
    parsed = read(body, kind, force_raw=True)
    assert (parsed.guessed, parsed.refusal) == (found, None)


def test_a_guessed_body_beyond_a_limit_is_refused():
    long = b'["\\n"' + b",1" * 50 + b"]"
    refusal = read(long, b"text/plain", force_raw=True, limits=Limits(values=20)).refusal
    assert refusal is not None
    assert refusal.status == 413
    assert read(long, b"text/plain", limits=Limits(values=20)).refusal is None


def test_a_guess_costs_no_more_than_the_body_is_long():
    for begins, goes_on in ((b'["', b"\\n"), (b"a=", b"+"), (b"<x>", b"&#39;"), (b"{", b" ")):
        assert_linear(lambda size: partial(_guess, begins + goes_on * size), 40_000)  # noqa: B023


def _guess(body: bytes) -> None:
    read(body, b"", force_raw=True)


def test_rules_see_the_document_type_of_a_document_in_utf_7():
    body = b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE x SYSTEM +ACI-a.dtd+ACIAPg-<x/>'
    assert b"SYSTEM" in read(body, b"text/xml").doctype
