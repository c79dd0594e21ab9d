"""Rules given as texts, loaded and judged."""

from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.http import Response
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.rules import Rule
from juyong.engines.inspect.seclang import load

PAGE = Response(status=200, version="HTTP/1.1", headers=((b"Content-Type", b"text/html"),))


def loaded(text, **files):
    """Return what a text of directives loads to; files: Others by name, `_` for the dot."""
    more = {name.replace("_", "."): data for name, data in files.items()}
    return load({"main.conf": text.encode(), **more}, ["main.conf"])


def rules(text, **files):
    """Return the rules of a text, without markers."""
    items = loaded(text, **files).rules.items
    return [item for item in items if isinstance(item, Rule)]


def engine(text, **options):
    """Return the model engine of a text."""
    return ModelEngine(loaded(text).rules, **options)


def report(under, target=b"/", *, body=b"", response=PAGE, answer=b"", **head):
    """Return the report of one exchange; under: An engine, or the text of its rules."""
    one = (engine(under) if isinstance(under, str) else under).inspect(request(target, **head))
    stopped = one.request_head() or one.request_body(body) or one.response_head(response)
    if stopped is None:
        one.response_body(answer)
    return one.end()


def hits(under, target=b"/", **exchange):
    """Return the ids of the rules that matched, in order."""
    return [hit.rule for hit in report(under, target, **exchange).hits]
