"""Fuzz the JSON lists of KMS parameters: filters and tags keep to their bounds, or are refused."""

import json

from juyong.api.errors import ApiError
from juyong.services.kms.filters import parse_filters
from juyong.services.kms.tagging import MOST, parse_tags

KNOWN = frozenset({"KeyState", "TagKey"})
SEEDS = [
    b'[{"Key":"KeyState","Values":["Enabled"]}]',
    b'[{"Key":"KeyState","Values":[]},{"Key":"TagKey","Values":["a","b"]}]',
    b'[{"TagKey":"team","TagValue":"red"},{"TagKey":"env"}]',
    b'[{"Key":"Nothing","Values":["a"]}]',
    b'[{"Key":"KeyState","Values":"a"}]',
    b'[{"TagKey":"acs:a"}]',
    b"[" * 2000,
    b"[]",
    b"",
]


def target(data: bytes) -> None:
    """Read `data` as filters and as tags; what is accepted means the same when written anew."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    try:
        filters = parse_filters(text, KNOWN)
    except ApiError:
        pass
    else:
        assert filters.keys() <= KNOWN
        assert all(filters.values())
        anew = [{"Key": k, "Values": sorted(v)[:10]} for k, v in filters.items()]
        if all(len(v) <= 10 for v in filters.values()):
            assert parse_filters(json.dumps(anew), KNOWN) == filters
    try:
        tags = parse_tags(text)
    except ApiError:
        return
    assert len(tags) <= MOST
    assert all(1 <= len(k) <= 128 and len(v) <= 128 for k, v in tags.items())
    again = json.dumps([{"TagKey": k, "TagValue": v} for k, v in tags.items()])
    assert parse_tags(again) == tags
