"""The pure parts: openings, targets, hosts and rules."""

import pytest

from juyong.front.hosts import AllowList, is_alibaba
from juyong.front.opening import Opening, classify
from juyong.front.refusal import (
    BEYOND_LOOPBACK,
    METADATA_ABSENT,
    PROXY_OFF,
    Refusal,
    host_not_allowed,
)
from juyong.front.rules import Leave, ProxyRules
from juyong.front.target import MalformedTarget, Target, parse_absolute, parse_connect

OPENINGS = {
    b"": None,
    b"C": None,
    b"CONNECT": None,
    b"CONNECT ": Opening.CONNECT,
    b"CONNECT x:1 HTTP/1.1": Opening.CONNECT,
    b"CONNECTS": Opening.HTTP,
    b"COPY / H": Opening.HTTP,
    b"G": Opening.HTTP,
    b"connect ": Opening.HTTP,
    b"\x16": Opening.TLS,
    b"\x16\x03\x01": Opening.TLS,
    b"\x15\x03": Opening.HTTP,
}


def test_first_bytes_tell_the_protocol():
    assert {data: classify(data) for data in OPENINGS} == OPENINGS


GOOD_CONNECTS = {
    b"CONNECT ram.aliyuncs.com:443 HTTP/1.1\r\n": ("ram.aliyuncs.com", 443),
    b"CONNECT RAM.Aliyuncs.COM.:443 HTTP/1.0\r\n": ("ram.aliyuncs.com", 443),
    b"CONNECT [::1]:65535 HTTP/1.1\r\n": ("::1", 65535),
    b"CONNECT a_b-c:1 HTTP/1.1\n": ("a_b-c", 1),
}
BAD_CONNECTS = [
    b"CONNECT ram.aliyuncs.com HTTP/1.1\r\n",
    b"CONNECT ram.aliyuncs.com:0 HTTP/1.1\r\n",
    b"CONNECT ram.aliyuncs.com:65536 HTTP/1.1\r\n",
    b"CONNECT ram.aliyuncs.com:443 HTTP/2\r\n",
    b"CONNECT ram.aliyuncs.com:443  HTTP/1.1\r\n",
    b"CONNECT user@host:443 HTTP/1.1\r\n",
    b"CONNECT http://host:443 HTTP/1.1\r\n",
    b"CONNECT .:443 HTTP/1.1\r\n",
    b"CONNECT h\xc3\xb6st:443 HTTP/1.1\r\n",
    b"CONNECT ::1:443 HTTP/1.1\r\n",
    b"CONNECT host:443",
    b"GET host:443 HTTP/1.1\r\n",
    b"CONNECT " + b"a" * 254 + b":443 HTTP/1.1\r\n",
    b"",
]


def test_connect_targets_are_read():
    assert {head: (t.host, t.port) for head in GOOD_CONNECTS if (t := parse_connect(head))} == (
        GOOD_CONNECTS
    )


@pytest.mark.parametrize("head", BAD_CONNECTS)
def test_malformed_connects_are_refused(head):
    with pytest.raises(MalformedTarget):
        parse_connect(head)


ABSOLUTES = {
    b"http://ram.aliyuncs.com/a?b=c": ("ram.aliyuncs.com", 80, b"/a?b=c"),
    b"http://ram.aliyuncs.com": ("ram.aliyuncs.com", 80, b"/"),
    b"http://ram.aliyuncs.com?Action=x": ("ram.aliyuncs.com", 80, b"/?Action=x"),
    b"HTTPS://host:1/": ("host", 1, b"/"),
    b"https://host//double": ("host", 443, b"//double"),
    b"http://[::1]:8480/health": ("::1", 8480, b"/health"),
}


def test_absolute_targets_are_taken_apart():
    found = {url: parse_absolute(url) for url in ABSOLUTES}
    assert {u: (f.target.host, f.target.port, f.origin) for u, f in found.items()} == ABSOLUTES


@pytest.mark.parametrize(
    "url",
    [b"ftp://host/", b"//host/", b"http:///path", b"http://u:p@host/", b"http://h:x/", b"/", b"*"],
)
def test_other_urls_are_refused(url):
    with pytest.raises(MalformedTarget):
        parse_absolute(url)


HOSTS = {
    "aliyuncs.com": True,
    "ram.aliyuncs.com": True,
    "bucket.oss-cn-hangzhou.aliyuncs.com": True,
    "signin.alibabacloud.com": True,
    "x.signin.alibabacloud.com": True,
    "www.alibabacloud.com": False,
    "aliyuncs.com.evil.example": False,
    "notaliyuncs.com": False,
    "example.com": False,
}


def test_only_alibaba_hosts_are_answered():
    assert {host: is_alibaba(host) for host in HOSTS} == HOSTS


def test_allow_list_takes_names_subdomains_and_everything():
    some = AllowList.of({"Registry.Terraform.io", "*.example.com", " "})
    assert "registry.terraform.io" in some
    assert "a.b.example.com" in some
    assert "example.com" not in some
    assert "xexample.com" not in some
    assert "other.io" not in some
    assert "other.io" in AllowList.of({"*"})
    assert "other.io" not in AllowList.of(())


def _rules(**changes):
    options = {
        "enabled": True,
        "beyond_loopback": False,
        "allow": AllowList.of({"*"}),
        "is_own": lambda target: target.port == 8480,
    }
    return ProxyRules(**options | changes)


def test_rules_settle_every_kind_of_target():
    alibaba, other = Target(host="ram.aliyuncs.com", port=443), Target(host="example.com", port=443)
    metadata, own = Target(host="100.100.100.200", port=80), Target(host="x", port=8480)
    strict = _rules(allow=AllowList.of(()))
    assert _rules().decide(alibaba, over_loopback=True) is Leave.HERE
    assert strict.decide(own, over_loopback=True) is Leave.HERE
    assert _rules().decide(other, over_loopback=True) is Leave.THROUGH
    assert strict.decide(other, over_loopback=True) == host_not_allowed("example.com")
    assert _rules().decide(metadata, over_loopback=True) is METADATA_ABSENT


def test_proxy_serves_loopback_only_unless_told():
    target = Target(host="ram.aliyuncs.com", port=443)
    assert _rules().decide(target, over_loopback=False) is BEYOND_LOOPBACK
    assert _rules(beyond_loopback=True).decide(target, over_loopback=False) is Leave.HERE
    assert _rules(enabled=False).decide(target, over_loopback=True) is PROXY_OFF


def test_refusal_names_the_option():
    refusal = host_not_allowed("example.com")
    assert isinstance(refusal, Refusal)
    assert b"--allow-host example.com" in refusal.raw()
    assert refusal.raw().startswith(b"HTTP/1.1 403 Forbidden (host not allowed by juyong")
