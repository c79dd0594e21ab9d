"""Programs that read bodies: the names and texts that each hands to its application."""

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.waf_peers.contents import CONTENTS, Content
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

_SCRIPT = Path(__file__).with_name("node_contents.mjs")


def by_werkzeug(content: Content) -> list[str]:
    """Read as applications of Flask do; nothing where the body is refused."""
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": content.kind,
        "CONTENT_LENGTH": str(len(content.body)),
        "wsgi.input": io.BytesIO(content.body),
    }
    with Request(environ) as request:
        try:
            if request.is_json:
                return _texts(request.get_json())
            found = [text for pair in request.form.items(multi=True) for text in pair]
        except (HTTPException, UnicodeDecodeError):
            return []
        for name, file in request.files.items(multi=True):
            found += (name, file.filename)
    return [text for text in found if text]


def by_node(content: Content) -> list[str] | None:
    """Read as applications of Node do; None where Node is not installed."""
    found = _all_by_node()
    return None if found is None else found[CONTENTS.index(content)]


@cache
def _all_by_node() -> Sequence[list[str]] | None:
    binary = shutil.which("node")
    if binary is None:
        return None
    lines = [
        json.dumps({"kind": each.kind, "body": base64.b64encode(each.body).decode()})
        for each in CONTENTS
    ]
    done = subprocess.run(
        [binary, _SCRIPT], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    found = [[text for text in json.loads(line) if text] for line in done.stdout.splitlines()]
    assert len(found) == len(CONTENTS)
    return found


def _texts(value: Any) -> list[str]:
    """Return the keys and the texts of a value of JSON."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for key, each in value.items() for text in (key, *_texts(each))]
        case list():
            return [text for each in value for text in _texts(each)]
    return []
