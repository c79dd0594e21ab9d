"""The JSON of an index: read, or refused with the code of SLS."""

import json

from tests.logsearch_corpus import INDEX_JSON

from juyong.engines.logsearch import IndexInvalid, parse_index

SEEDS = [
    json.dumps(INDEX_JSON).encode(),
    b'{"line":{"token":[",","\\n"],"chn":true,"include_keys":["a"]}}',
    b'{"keys":{"a":{"type":"long","alias":"b","doc_value":true}},"max_text_len":64}',
    b'{"keys":{"a":{"type":"json","token":[],"json_keys":{"b.c":{"type":"double"}}}}}',
    b"[]",
]


def target(data: bytes) -> None:
    """Read; every key is found under its name."""
    try:
        index = parse_index(data)
    except IndexInvalid:
        return
    for key in index.keys:
        assert index.field(key.name) == key
