"""Wire formats: each recognises its requests and says what the caller claims.

A further protocol (OSS, SLS) is a module here with the same two functions, named in FORMATS.
"""

from juyong.gateway.wire import instance, roa, rpc, v3
from juyong.gateway.wire.envelope import WireFormat

FORMATS: tuple[WireFormat, ...] = (v3.FORMAT, roa.FORMAT, instance.FORMAT, rpc.FORMAT)
"""Asked in order; the last takes whatever no other recognises."""
