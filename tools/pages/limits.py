"""The page of the listening side's limits and refusals."""

from dataclasses import fields

from juyong.front.limits import FrontLimits
from juyong.gateway.asgi import MAX_BODY
from pages.markdown import code, page, table
from pages.settings import meanings_of

_INTRO = """\
What a peer may send, and how long it may take, before a call is looked at.
The limits are fixed, and count in each process by itself.
A body may have {body} bytes.
A parameter of any documented length arrives, percent-encoded, in a query as well as in a form: the longest are a SAML metadata document of 300,000 characters, a SAML assertion of 100,000, and a secret's value of 30,720 bytes, which as Chinese text takes 92,160 bytes of a query.
The parameter itself is then refused where it is too long, with the code of its product."""  # noqa: E501  # a sentence a line
_MEMORY = """\
A request counts from its first byte until its answer is complete, head and body as they arrived; what is made of them while the call runs can be several times as much.
When requests larger than {small} bytes hold {held} bytes together, the one that has been arriving longest is refused with `ServiceUnavailable`, and the client may try again.
An ordinary client is done in moments, so that is a client that sends slowly.
A request that is being served keeps its room; where only such requests hold any, the newcomer is refused.
Small requests need none.
Bodies that the proxy passes on to an allowed host are not held, and do not count.
Connections beyond their number wait in the kernel until another ends."""  # noqa: E501  # a sentence a line
_REFUSALS = """\
What is refused before it is a call has [codes of its own](errors.md#of-the-front).
Each refusal has `Code`, `Message`, `RequestId` and `HostId` in JSON, or in XML when the call says `Format=XML` in its query, so an SDK raises its ordinary server error.
`HostId` is empty where the `Host` header had not arrived.
The connection ends after it; requests of a pipeline before the refused one are answered first.
What the client still sends is thrown away for {linger} seconds, so that it sees the refusal.
Where no answer is possible the connection just ends: in a TLS handshake, between two requests, and after a part of an answer.
A `CONNECT` that is refused gets the same body, though most clients show its first line only."""  # noqa: E501  # a sentence a line


def limits_page() -> str:
    """Write the page."""
    limits = FrontLimits()
    meanings = meanings_of(FrontLimits)
    rows = [
        (code(f.name), code(f"{getattr(limits, f.name):,}"), meanings[f.name])
        for f in fields(FrontLimits)
    ]
    return page(
        "Limits",
        _INTRO.format(body=f"{MAX_BODY:,}"),
        table(("Limit", "Value", "Meaning"), rows),
        "## Memory",
        _MEMORY.format(small=f"{limits.small_bytes:,}", held=f"{limits.held_bytes:,}"),
        "## Refusals",
        _REFUSALS.format(linger=f"{limits.linger_seconds:g}"),
    )
