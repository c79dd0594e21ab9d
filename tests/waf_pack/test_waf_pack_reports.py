"""Requests that other firewalls got wrong, as their trackers tell: the pack's verdict is right."""

import gzip
from functools import cache, partial

import pytest
from tests.growing import assert_linear
from tests.waf_pack.cases import FORM, arg, body, form, req
from tests.waf_pack.engines import rules

from juyong.engines.inspect.fast.engine import FastEngine

JSON = b"application/json"
PASSES = [
    arg(b"%2B1 is the number"),
    arg(b"50% off"),
    arg(b"5 > 3 and 2 < 4"),
    arg(b"What happens where 2 < 3 and 4 > 1, and 'a' is b?"),
    arg(b"91.4%"),
    req(b"/?q=91.4%"),
    arg("د..".encode()),
    arg("Привет! Как дела? Приходи в пятницу.".encode()),
    arg("আমি আগামীকাল দুপুরে আসব; ধন্যবাদ!".encode()),
    arg("Die Führung> beginnt um 10 Uhr".encode()),
    arg(b"Take a left (1 mile)"),
    arg(b"this is not funny"),
    arg(b"Secret%250015"),
    req(b"/?permissions[]=1&permissions[]=2"),
    req(b"/?a=abc&a=def"),
    req(b"/path1%3fpath2?query=1"),
    req(b"//bar/uploads/foo.php?a=b"),
    form(b"Content-Type: text/plain; charset=utf-8"),
    body(
        b'--a:b\r\nContent-Disposition: form-data; name="x:y"\r\n\r\n1\r\n--a:b--\r\n',
        b'multipart/form-data; boundary="a:b"',
    ),
    body(gzip.compress(b"a=hello"), FORM)._replace(
        request=req(method=b"POST", kind=FORM, headers=((b"Content-Encoding", b"gzip"),)).request
    ),
    body(b"<plist>\n</plist>", b"text/xml"),
    req(headers=[(b"Cookie", b"; ".join(b"c%d=%d" % (at, at) for at in range(22)))]),
]
REFUSED = [
    body(b"{}", b"application/json; charset=utf-8; charset=utf-7"),
    body(b"{}", b"application/json; charset=utf-7"),
    arg(b"%c0%ae%c0%ae%c0%afetc/passwd"),
    req(b"/a/%c0%ae%c0%ae%c0%af%c0%ae%c0%ae%c0%afb"),
    arg(b"%253Cscript%253Ealert(1)"),
    req(b"/?q=%25253Cscript%25253E"),
    req(b"/?q=<sc%ript>alert(1)</sc%ript>"),
    arg("\uff1cscript\uff1ealert(1)".encode()),
    arg(b"..\\secret"),
    req(b"/?foo=<script>alert(1)</script>&foo=ok"),
    req(b"/?foo=ok&foo=<script>alert(1)</script>"),
    req(b"/dump%2Erdb"),
    req(b"/dump.rdb"),
    req(agent=b"%3Cscript%3Ealert(1)"),
    req(b"/a#b"),
    req(headers=[(b"Transfer-Encoding", b"chunked")]),
    form(b"Content-Transfer-Encoding: base64"),
    form(b"Content-Type: text/plain; charset=utf-7"),
    body(b"a=<script>alert(1)</script>", b"application/x-www-form-urlencoded; x=text/xml"),
    body(b"a=<script>alert(1)</script>", b"text/plain"),
    body(gzip.compress(b"a=<script>alert(1)</script>"), FORM)._replace(
        request=req(method=b"POST", kind=FORM, headers=((b"Content-Encoding", b"gzip"),)).request
    ),
    body(b"--a--\r\n--a\r\n", b"multipart/form-data; boundary=a"),
    body(b"[" * 100_000, JSON),
    body(b"{" + b",".join(b'"k%d":1' % at for at in range(9_000)) + b"}", JSON),
    body(b'{"a":"' + b"<script>alert(1)</script>" + b'","a":"ok"}', JSON),
    body(b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", b"text/xml"),
    body(b"<a><b>1</b>union select password from users</a>", b"application/soap+xml"),
]


@cache
def engine():
    return FastEngine(rules())


def verdict_on(sample):
    one = engine().inspect(sample.request)
    return one.request_head() or one.request_body(sample.body)


@pytest.mark.parametrize("sample", PASSES)
def test_passes(sample):
    assert verdict_on(sample) is None


@pytest.mark.parametrize("sample", REFUSED)
def test_is_refused(sample):
    assert verdict_on(sample).status in (400, 403, 413)


@pytest.mark.parametrize("part", [b"+%0A", b"%27", b"word+", b"<a+"])
def test_long_values_cost_as_their_length(part):
    def judged(size):
        return partial(verdict_on, body(b"text=" + part * size, FORM))

    assert_linear(judged, 20_000)


def test_a_long_value_of_a_target_costs_as_its_length():
    assert_linear(lambda size: partial(verdict_on, arg(b" \n" * size)), 4_000)
