"""Selectors of data events as calls send them: read, and asked about calls, or refused."""

from juyong.services.actiontrail.data_events.selectors import (
    BadSelectors,
    DataCall,
    read_selectors,
    selects,
)

SEEDS: list[bytes] = [
    b'[{"ServiceName":"Oss"}]',
    (
        b'[{"ServiceName":"Oss","ReadWriteType":"Write","EventName":{"Equals":["PutObject"]}},'
        b'{"ServiceName":"Sls","EventName":{"NotEquals":["GetLogs"]},'
        b'"ResourceArn":{"Equals":["acs:log:*:*:project/p*"],"NotEquals":["acs:log:::x"]}}]'
    ),
]
_CALLS = (
    DataCall("Oss", "PutObject", "Write", "cn-hangzhou", ("acs:oss:cn-hangzhou:1:b/k:e/y",)),
    DataCall("Sls", "GetLogs", "Read", "cn-hangzhou", ("acs:log:cn-hangzhou:1:project/p", "")),
    DataCall("Sls", "PutLogs", "Write", "cn-hangzhou", ()),
)


def target(data: bytes) -> None:
    """Read selectors; each alone selects nothing that all of them do not."""
    try:
        found = read_selectors(data.decode("utf-8", "replace"))
    except BadSelectors:
        return
    for call in _CALLS:
        assert selects(found, call) == any(selects([each], call) for each in found)
