"""Wire formats: each recognises its requests and says what the caller claims.

A further protocol is a module here with a WireFormat, named in FORMATS.
"""

from juyong.api.request import Raw
from juyong.api.wire import WireFormat
from juyong.gateway.wire import instance, roa, rpc, v3

FORMATS: tuple[WireFormat, ...] = (v3.FORMAT, roa.FORMAT, instance.FORMAT, rpc.FORMAT)
"""Asked in order; the last takes whatever no other recognises."""
*_SPECIFIC, ANY = FORMATS


def format_of(raw: Raw) -> WireFormat:
    """Return the format of a request."""
    for each in _SPECIFIC:
        if each.recognises(raw):
            return each
    return ANY
