"""Rules were asked about what programs read of a body, or the body is refused."""

from collections.abc import Collection
from urllib.parse import unquote_to_bytes

import pytest
from tests.unit.engines.inspect.requests import request
from tests.waf_peers.contents import CONTENTS, Content
from tests.waf_peers.programs import by_node, by_werkzeug

from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.bodies.read import form_reader, read_body
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.variables import body_variables, request_variables

_READ = ("ARGS", "ARGS_NAMES", "FILES", "FILES_NAMES", "VIEWS")
EXCUSED = {
    "a file name with a path": "Werkzeug drops backslashes, and the rules see them",
}
"""Bodies of which a program reads something else, by name, with the reason why that is no harm."""


def inspected(parsed: Parsed) -> set[bytes]:
    """Return all that rules see of a body: names, members of names, and values."""
    known = request_variables(request(b"/"))
    made = body_variables(parsed, known=known, wanted=_READ)
    values = [value for name in _READ for value in made.get(name, ())]
    names = {part for value in values for part in (value.key, *value.key.split(b"."))}
    return names | {value.value for value in values}


def lost(texts: Collection[str], seen: set[bytes]) -> list[str]:
    """Return the texts that no rule was asked about.

    A program may show bytes that are no UTF-8 as U+FFFD, or encode them again.
    """
    shown = {value.decode("utf-8", "replace") for value in seen}
    return [
        text
        for text in texts
        if text not in shown
        and text.encode("utf-8", "surrogatepass") not in seen
        and unquote_to_bytes(text) not in seen
    ]


@pytest.mark.parametrize("content", CONTENTS, ids=lambda each: each.name)
def test_programs_read_what_was_inspected(content: Content) -> None:
    asked = request(b"/", method=b"POST", kind=content.kind.encode())
    parsed = read_body(asked, content.body, Limits())
    reader = form_reader(asked, Limits())
    if reader is not None:
        for at in range(len(content.body)):
            reader.add(content.body[at : at + 1])
        arrived = reader.end()
        assert (arrived.arguments, arrived.files) == (parsed.arguments, parsed.files)
        assert arrived.refusal == parsed.refusal
    if parsed.refusal is not None:
        return
    for program in (by_werkzeug, by_node):
        texts = program(content)
        if texts is None:
            continue
        missing = lost(texts, inspected(parsed))
        assert not missing or content.name in EXCUSED, program.__name__


def test_most_bodies_are_read_by_both_sides() -> None:
    passed = [
        each
        for each in CONTENTS
        if read_body(request(b"/", kind=each.kind.encode()), each.body, Limits()).refusal is None
    ]
    assert len(passed) > 0.4 * len(CONTENTS)
    assert sum(bool(by_werkzeug(each)) for each in passed) > 0.8 * len(passed)


def test_a_text_that_is_not_inspected_is_seen() -> None:
    assert lost(["a", "evil"], {b"a", b"vil"}) == ["evil"]
