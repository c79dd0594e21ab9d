"""The sign-in page itself, as a browser gets it: HTML, script and style, without anything foreign.

SECURITY: the policy lets the page run its own script, call its own host, and nothing else; nothing
is set in a cookie, and the session lives only in the memory of the page.
"""

from importlib.resources import files

from juyong.api.answers import Answer
from juyong.api.request import Raw
from juyong.base.ids import new_request_id
from juyong.gateway.asgi import LocalPage

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)


def static_page(name: str, media_type: str) -> LocalPage:
    """Return the page that serves one file of `juyong.content.signin`."""
    body = files("juyong.content.signin").joinpath(name).read_bytes()

    async def page(_raw: Raw) -> Answer:
        return Answer(
            status=200,
            body=body,
            content_type=f"{media_type}; charset=utf-8",
            request_id=new_request_id(),
            headers=_HEADERS,
        )

    return page
