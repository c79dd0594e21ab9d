"""The claim and the parameters that a wire format reads off a request."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from juyong.base.secret import Secret
from juyong.gateway.request import Raw


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The identity that the caller claims, and the way to check the claim with the secret.

    check: Raises the documented ApiError when the signature is not the secret's.
    timestamp: As sent. nonce: None where the protocol has none.
    bound: The signature covers the host, and the nonce if one was sent; only replayable operations
        take a claim that is not. once: A nonce was signed, or the protocol can have none: no
        operation takes the claim twice.
    by_client_key: access_key_id names a client key of an access point, and check takes its
        certificate (PEM). SECURITY: said by the wire format and not by the id, so that a
        certificate, which is no secret, never serves as the secret of another signature.
    """

    access_key_id: str
    security_token: str | None
    timestamp: str
    nonce: str | None
    check: Callable[[Secret], None]
    bound: bool = True
    once: bool = True
    by_client_key: bool = False


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A request taken apart; nothing in it is verified yet.

    claim: None when the request carries no signature at all.
    action: None when the operation follows from method and path.
    params: The parameters that are known before the operation is. members: Reads those in the body
        of a ROA request, which an operation may take raw instead; raises ApiError when it cannot be
        read.
    xml: The caller asked for XML. protobuf: The request is in the protocol of KMS instances, which
        their product alone takes, and is answered in it.
    """

    claim: Claim | None
    action: str | None
    version: str | None
    params: Mapping[str, Any]
    members: Callable[[], Mapping[str, Any]] = dict
    xml: bool = False
    protobuf: bool = False


class WireFormat(Protocol):
    """One protocol."""

    def recognises(self, raw: Raw) -> bool:
        """Tell whether the request is in this format, by cheap signs only."""
        ...

    def read(self, raw: Raw) -> Envelope:
        """Take the request apart; raises ApiError when it is not well formed."""
        ...
