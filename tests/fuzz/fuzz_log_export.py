"""Exports: refused by name, or a plan whose objects have keys."""

import json

import msgspec

from juyong.api.errors import ApiError
from juyong.base.ids import AccountId
from juyong.services.sls.exports.sent import read_plan
from juyong.services.sls.saved.sent import named_document

_ROLE = "acs:ram::1:role/r"
_SINK = {"bucket": "bucket", "roleArn": _ROLE, "endpoint": "https://oss-r.aliyuncs.com"}
_SEED = {
    "name": "n",
    "displayName": "d",
    "configuration": {"logstore": "s", "roleArn": _ROLE, "fromTime": 1, "sink": _SINK},
}
SEEDS = [
    json.dumps(_SEED).encode(),
    json.dumps({**_SEED, "configuration": {"sink": {**_SINK, "timeZone": "-1130"}}}).encode(),
    b"[]",
]


def target(data: bytes) -> None:
    """Read an export, and name its first object."""
    try:
        _, document = named_document(data, "name")
        plan = read_plan(document, AccountId("1"), "r")
    except ApiError:
        return
    key = plan.key(1_790_000_000, "0_0")
    assert len(key.encode()) < 1024
    assert not key.startswith("/")
    assert msgspec.json.encode(document)
