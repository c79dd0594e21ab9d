"""Fuzz the JSON lists of access points: each keeps to its bounds, or is refused."""

import json
from collections.abc import Callable

from juyong.api.errors import ApiError
from juyong.services.kms.access.documents import (
    KEY_USER,
    MOST_POLICIES,
    MOST_RESOURCES,
    MOST_RULES,
    MOST_SOURCES,
    as_json,
    from_json,
    parse_permissions,
    parse_policies,
    parse_resources,
    parse_rules,
    parse_sources,
    rules_json,
)

SEEDS = [
    b'["10.0.0.0/8","fd00::/8"]',
    b"10.0.0.1, 192.168.0.0/16",
    json.dumps([KEY_USER]).encode(),
    b'["key/*","secret/a/b"]',
    b'{"NetworkRules":["a","b"]}',
    b'["p","q"]',
    b'["\\ud800"]',
    b"[" * 2000,
    b"{}",
    b"[]",
    b"",
]
LISTS: tuple[tuple[Callable[[str], list[str]], int], ...] = (
    (parse_sources, MOST_SOURCES),
    (parse_permissions, 2),
    (parse_resources, MOST_RESOURCES),
    (parse_policies, MOST_POLICIES),
)


def target(data: bytes) -> None:
    """Read `data` as each of them; what is accepted means the same when written anew."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    for parse, most in LISTS:
        items = _read(parse, text)
        if items is not None:
            assert 1 <= len(items) <= most
            assert from_json(as_json(items)) == items == parse(as_json(items))
    rules = _read(parse_rules, text)
    if rules is not None:
        assert len(rules) <= MOST_RULES
        assert parse_rules(rules_json(rules)) == rules


def _read(parse: Callable[[str], list[str]], text: str) -> list[str] | None:
    try:
        return parse(text)
    except ApiError:
        return None
