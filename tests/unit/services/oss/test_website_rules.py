"""Which requests a rule of a web site is about, and where it sends them: a table of each."""

from collections.abc import Mapping

import msgspec
import pytest

from juyong.services.oss.website.rules import (
    Condition,
    IncludeHeader,
    IndexDocument,
    Redirect,
    RoutingRule,
    RoutingRules,
    WebsiteConfiguration,
)

AGENT = {"user-agent": "curl/8.1 (x)"}


def rule(condition: Condition | None = None, number: int = 1, **redirect: object) -> RoutingRule:
    made = msgspec.convert({"redirect_type": "External", **redirect}, dict)
    return RoutingRule(
        rule_number=number, condition=condition or Condition(), redirect=Redirect(**made)
    )


@pytest.mark.parametrize(
    ("condition", "key", "headers", "met"),
    [
        ({}, "", {}, True),
        ({"key_prefix_equals": "a/"}, "a/b", {}, True),
        ({"key_prefix_equals": "a/"}, "a", {}, False),
        ({"key_prefix_equals": "a/"}, "b/a/", {}, False),
        ({"key_suffix_equals": ".png"}, "a.png", {}, True),
        ({"key_suffix_equals": ".png"}, "a.png2", {}, False),
        ({"key_prefix_equals": "a", "key_suffix_equals": "z"}, "az", {}, True),
        ({"key_prefix_equals": "a", "key_suffix_equals": "z"}, "ay", {}, False),
        ({"include_header": [("User-Agent", {"equals": "curl/8.1 (x)"})]}, "k", AGENT, True),
        ({"include_header": [("user-agent", {"equals": "curl"})]}, "k", AGENT, False),
        ({"include_header": [("user-agent", {"starts_with": "curl"})]}, "k", AGENT, True),
        ({"include_header": [("user-agent", {"ends_with": "(x)"})]}, "k", AGENT, True),
        ({"include_header": [("user-agent", {"starts_with": "c", "ends_with": "c"})]}, "", {}, 0),
        ({"include_header": [("x-other", {"equals": "curl/8.1 (x)"})]}, "k", AGENT, False),
        (
            {"include_header": [("user-agent", {"starts_with": "curl"}), ("a", {"equals": "b"})]},
            "k",
            AGENT,
            False,
        ),
    ],
)
def test_which_requests_meet_a_condition(
    condition: dict[str, object], key: str, headers: Mapping[str, str], met: bool
):
    given: dict[str, object] = dict(condition)
    if "include_header" in given:
        wanted = given["include_header"]
        assert isinstance(wanted, list)
        given["include_header"] = [IncludeHeader(key=name, **how) for name, how in wanted]
    assert Condition(**given).met_by(key, headers) is bool(met)  # type: ignore[arg-type]


PREFIX = Condition(key_prefix_equals="abc/")


@pytest.mark.parametrize(
    ("condition", "redirect", "key", "location"),
    [
        (PREFIX, {}, "abc/t", "http://b.test/abc/t"),
        (PREFIX, {"replace_key_prefix_with": "def/"}, "abc/t", "http://b.test/def/t"),
        (PREFIX, {"replace_key_prefix_with": ""}, "abc/t", "http://b.test/t"),
        (PREFIX, {"enable_replace_prefix": True}, "abc/t", "http://b.test/t"),
        (None, {"replace_key_prefix_with": "def/"}, "abc/t", "http://b.test/def/abc/t"),
        (None, {"replace_key_with": "p/${key}.s"}, "t", "http://b.test/p/t.s"),
        (None, {"replace_key_with": "fixed"}, "t", "http://b.test/fixed"),
        (
            None,
            {"protocol": "https", "host_name": "example.com"},
            "t",
            "https://example.com/t",
        ),
        (None, {"pass_query_string": True}, "t", "http://b.test/t?a=b&c=d"),
        (None, {"pass_query_string": False}, "t", "http://b.test/t"),
        # Nothing of a key ends the address or the header.
        (None, {}, "é ?#\r\nSet-Cookie: a", "http://b.test/%C3%A9%20%3F%23%0D%0ASet-Cookie%3A%20a"),
        (None, {}, "//evil.test/%", "http://b.test///evil.test/%25"),
    ],
)
def test_where_a_rule_sends_a_request(
    condition: Condition | None, redirect: dict[str, object], key: str, location: str
):
    assert rule(condition, **redirect).location("http", "b.test", key, "a=b&c=d") == location


def test_a_query_that_is_none_adds_nothing():
    assert rule(pass_query_string=True).location("https", "b.test", "t", "") == "https://b.test/t"


def test_rules_go_by_their_numbers():
    rules = RoutingRules(routing_rule=[rule(number=3), rule(number=1), rule(number=2)])
    site = WebsiteConfiguration(routing_rules=rules)
    assert [each.rule_number for each in site.rules] == [1, 2, 3]
    assert WebsiteConfiguration().rules == []


@pytest.mark.parametrize(("own", "key"), [(True, "a/b/i.html"), (False, "i.html")])
def test_the_page_of_a_folder(own: bool, key: str):
    index = IndexDocument(suffix="i.html", support_sub_dir=own)
    assert (index.of_folder("a/b/"), index.of_folder("")) == (key, "i.html")
