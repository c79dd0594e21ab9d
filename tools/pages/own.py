"""The page of what the platform serves beside the products."""

import inspect

from juyong.gateway import signin
from juyong.gateway.signin import SigninRequest, SignoutRequest, signin_page, signout_page
from juyong.services.ram import signin_answers
from juyong.services.ram.signin_answers import Refusal
from pages.docstring import docstring_of
from pages.markdown import code, page, prose, sentences, table
from pages.values import members

_INTRO = """\
These paths are served on addresses outside `aliyuncs.com`, and need no signature.

- `GET /health` answers 200 `{"status":"ok",…}` when the store takes transactions, else 503.
  While the server is sealed it is 503 `{"status":"sealed"}`, and the only page there is.
- `GET /metrics` answers counters of calls, by product, operation and status, for Prometheus.
- `POST /signin` and `POST /signout` open and close console sessions; they take and give JSON."""
_SESSION = """\
The session is for a console, which is not part of the platform yet; API calls take no session."""


def own_page() -> str:
    """Write the page."""
    return page(
        "The platform's own pages",
        _INTRO,
        _SESSION,
        _form("POST /signin", signin_page, SigninRequest),
        _form("POST /signout", signout_page, SignoutRequest),
        "## Refusals of a sign-in",
        _refusals(),
    )


def _form(title: str, serve: object, body: type) -> str:
    doc = docstring_of(serve)
    fields = table(
        ("Member of the body", "Type"), ((code(path), kind) for path, kind, _ in members(body))
    )
    about = sentences(docstring_of(body).body)
    parts = [f"## {title}", prose(doc.summary), sentences(doc.body), fields, about]
    return "\n\n".join(part for part in parts if part)


def _refusals() -> str:
    found = {
        one.code: one
        for module in (signin_answers, signin)
        for _, one in inspect.getmembers(module, lambda value: isinstance(value, Refusal))
    }
    rows = ((code(one.code), str(one.status), one.message) for one in found.values())
    return table(("Code", "Status", "Text"), sorted(rows))
