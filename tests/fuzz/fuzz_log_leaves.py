"""Leaves of JSON in a log: those of the standard library where it reads the text at all."""

import json

from juyong.engines.logsearch.json_leaves import leaves

SEEDS = [
    b'{"a":{"b":1,"c":[1,{"d":2}]},"e":"\\u00e9","f":null,"g":true,"h":-1.5e3}',
    b'{"a":"x","b":tru',
    b'{"a":[[["]"]]]}',
    b'"a"',
    b"{}",
]


def target(data: bytes) -> None:
    """Compare the strings with those that the standard library finds."""
    text = data.decode("utf-8", "replace")
    found = list(leaves(text))
    for path, value in found:
        path.encode()
        value.encode()
    try:
        whole = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return
    if isinstance(whole, dict) and len({path for path, _ in found}) == len(found):
        shallow = {k: v for k, v in whole.items() if isinstance(v, str) and "." not in k}
        kept = {path: value for path, value in found if "." not in path}
        for name, value in shallow.items():
            if name.isascii() and value.isprintable() and list(whole).count(name) == 1:
                assert kept.get(name) == value or text.count(json.dumps(name)) != 1
