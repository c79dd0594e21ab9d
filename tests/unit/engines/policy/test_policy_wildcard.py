"""Wildcards and resource patterns, both sides of each edge."""

from functools import partial

import pytest
from tests.growing import assert_linear

from juyong.engines.policy import covers, matches
from juyong.engines.policy.wildcard import is_everything

GLOBS = [
    ("", "", True),
    ("", "a", False),
    ("*", "", True),
    ("*", "a:/\nb", True),
    ("**", "x", True),
    ("?", "", False),
    ("?", "a", True),
    ("?", "\n", True),
    ("?", "ab", False),
    ("a*", "a", True),
    ("a*", "ba", False),
    ("*a", "ba", True),
    ("*a", "ab", False),
    ("a*a", "a", False),
    ("a*a", "aa", True),
    ("ab*ba", "aba", False),
    ("ab*ba", "abba", True),
    ("a*b*c", "aXbYc", True),
    ("a*b*c", "acb", False),
    ("*ab*ab*", "ab", False),
    ("*ab*ab*", "abab", True),
    ("*a*", "bab", True),
    ("*a*", "bbb", False),
    ("*ab*b", "xab", False),
    ("*ab*b", "xabb", True),
    ("?*?", "a", False),
    ("?*?", "ab", True),
    ("a?c*", "abcd", True),
    ("*?b*c", "bc", False),
    ("*?b*c", "bbc", True),
    (".*", "ab", False),
    ("[a]", "a", False),
    ("a\\?", "a\\b", True),
    ("a\\*", "a\\", True),
    ("(a|b)+", "a", False),
    ("$\\d^", "$\\d^", True),
    ("A", "a", False),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), GLOBS)
def test_wildcards_match_whole_texts(pattern, text, expected):
    assert matches(pattern, text) is expected


def test_the_table_of_wildcards_holds_what_it_should():
    assert len(GLOBS) == 37


@pytest.mark.parametrize("pattern", ["*a" * 40 + "*b", "*?a" * 40 + "*b", "*a?" * 40 + "b"])
def test_many_stars_do_not_multiply_the_work(pattern):
    assert not matches(pattern, "a" * 20_000)
    assert_linear(lambda size: partial(matches, pattern, "a" * size), 20_000)


@pytest.mark.parametrize(
    ("pattern", "expected"), [("*", True), ("***", True), ("", False), ("*?", False), ("a*", False)]
)
def test_only_stars_are_everything(pattern, expected):
    assert is_everything(pattern) is expected


INSTANCE = "acs:ecs:cn-a:1:instance/i-1"
ROLE = "acs:ram::1:role/Admin"
USER = "acs:ram::1:user/Bob"

RESOURCES = [
    ("*", INSTANCE, True),
    ("*", "*", True),
    ("**", INSTANCE, True),
    ("acs:ecs:cn-a:1:instance/i-1", INSTANCE, True),
    ("acs:ecs:cn-a:1:instance/i-2", INSTANCE, False),
    ("acs:ecs:*:*:instance/*", INSTANCE, True),
    ("acs:ecs:*:1:*", INSTANCE, True),
    ("acs:ecs:*:2:*", INSTANCE, False),
    ("acs:ecs:cn-b:*:*", INSTANCE, False),
    ("acs:oss:*:*:*", INSTANCE, False),
    ("acs:*:*cn-a*:*:*", INSTANCE, True),
    ("acs:*:*cn-b*:*:*", INSTANCE, False),
    ("acs:ecs:*", INSTANCE, True),
    ("acs:oss:*", INSTANCE, False),
    ("acs:ecs:*:instance/i-1", INSTANCE, True),
    ("*:instance/i-?", INSTANCE, True),
    ("acs:e?s:*:*:instance/i-?", INSTANCE, True),
    ("*:*:*:*:*", INSTANCE, True),
    # A request without resource-level support is covered by patterns for everything only.
    ("acs:ecs:*:*:*", "*", False),
    ("*:*:*:*:*", "*", False),
    ("?", "*", True),
    ("acs:ecs:*:*:*", "acs:ecs:cn-a:1:*", True),
    ("acs:ecs:*:*:instance/*", "acs:ecs:cn-a:1:*", False),
    # Stars stay inside their field.
    ("acs:oss:*:1:mine/*", "acs:oss:cn:2:other/x:1:mine/y", False),
    ("acs:oss:*:2:other/*", "acs:oss:cn:2:other/x:1:mine/y", True),
    ("acs:oss:cn*:mine", "acs:oss:cn:1:x:mine", True),
    # An empty region on either side matches anything for ram and sts, and only there.
    ("acs:ram::1:user/Bob", "acs:ram:cn-a:1:user/Bob", True),
    ("acs:ram:*:1:user/Bob", USER, True),
    ("acs:ram:cn-a:1:user/Bob", USER, True),
    ("acs:ram:cn-a:1:user/Bob", "acs:ram:*:1:user/Bob", True),
    ("acs:ram:cn-a:1:user/Bob", "acs:ram:cn-b:1:user/Bob", False),
    ("acs:sts:cn-a:1:x", "acs:sts::1:x", True),
    ("acs:ecs::1:instance/i-1", INSTANCE, False),
    ("acs:ecs:cn-a:1:instance/i-1", "acs:ecs::1:instance/i-1", False),
    ("acs:ecs:*:1:instance/i-1", "acs:ecs::1:instance/i-1", True),
    ("acs:*:cn-a:*:*", USER, False),
    # Role names have no case; nothing else does without it.
    ("acs:ram::1:role/admin", ROLE, True),
    ("acs:ram:*:*:role/ADM*", ROLE, True),
    ("acs:ram:*:role/ADMIN", "acs:ram:x:1:role/admin", True),
    ("acs:ram::1:user/bob", USER, False),
    ("acs:ecs:*:*:instance/I-1", INSTANCE, False),
    ("acs:ECS:*:*:*", INSTANCE, False),
    ("acs:ram:*:system:policy/Full", "acs:ram:*:system:policy/Full", True),
]


@pytest.mark.parametrize(("pattern", "resource", "expected"), RESOURCES)
def test_patterns_cover_resources_field_by_field(pattern, resource, expected):
    assert covers(pattern, resource) is expected


def test_the_table_of_resources_holds_what_it_should():
    assert len(RESOURCES) == 43
