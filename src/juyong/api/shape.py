"""Wire shapes: what operations return and what structured parameters are read into."""

from typing import Any, TypeVar

import msgspec

from juyong.api.naming import wire_name
from juyong.base.secret import Secret

T = TypeVar("T")

MASK = "****"


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name):
    """A response or a part of one.

    Field names are spelled as the API does by api.naming; `msgspec.field(name=…)` keeps the API's
    own irregular spellings. A field set to `msgspec.UNSET` is left out of the answer. A field of
    type Secret is revealed to the caller and masked everywhere else.
    """


class Empty(Shape, frozen=True, kw_only=True):
    """An answer that carries nothing but the request id."""


EMPTY = Empty()


def _reveal(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value).__name__)


def _mask(value: Any) -> Any:
    if isinstance(value, Secret):
        return MASK
    raise NotImplementedError(type(value).__name__)


_wire = msgspec.json.Encoder(enc_hook=_reveal)
_record = msgspec.json.Encoder(enc_hook=_mask)


def to_wire(value: object) -> bytes:
    """Encode for the caller, secrets revealed."""
    return _wire.encode(value)


def to_record(value: object) -> bytes:
    """Encode for events and snapshots, secrets masked by their type."""
    return _record.encode(value)


def to_builtins(value: object) -> Any:
    """Turn into plain containers for the XML encoder, secrets revealed."""
    return msgspec.to_builtins(value, enc_hook=_reveal)
