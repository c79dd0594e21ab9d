"""The claim and the parameters that a wire format reads off a request."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from juyong.api.answers import Answer
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.operation import Operation
from juyong.api.product import Product, Style
from juyong.api.request import Raw
from juyong.base.clock import Instant
from juyong.base.ids import RequestId
from juyong.base.secret import Secret


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The identity that the caller claims, and the way to check the claim with the secret.

    check: Raises the documented ApiError when the signature is not the secret's.
    timestamp: As sent. nonce: None where the protocol has none.
    bound: The signature covers the host, and the nonce if one was sent; only replayable operations
        take a claim that is not. once: A nonce was signed, or the protocol can have none: no
        operation takes the claim twice.
    until: The claim is good until then and as often as it comes, as that of a presigned address;
        `timestamp` counts for nothing.
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
    until: Instant | None = None


class Writer(Protocol):
    """Writes the answers of a format."""

    def success(self, result: object, *, operation: Operation, request_id: RequestId) -> Answer:
        """Write what an operation returned."""
        ...

    def failure(
        self, error: ApiError, *, request_id: RequestId, host: str, product: Product | None
    ) -> Answer:
        """Write an error; product: None where the request means none."""
        ...


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """The digest that the signature says a body has which is still to arrive.

    SECURITY: the signature covers the digest and not the body, so the body is compared with the
    digest before the operation gets it.

    algorithm: As hashlib names it. digest: None: no body has it. refusal: Answered otherwise.
    """

    algorithm: str
    digest: bytes | None
    refusal: type[ApiError]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A request taken apart; nothing in it is verified yet.

    claim: None when the request carries no signature at all.
    action: None when the operation follows from method and path.
    params: The parameters that are known before the operation is. members: Reads those in the body
        of a ROA request, which an operation may take raw instead; raises ApiError when it cannot be
        read.
    writer: Writes the answer.
    promise: What the body must be if it is still to arrive; `check` of the claim has not seen it.
        None: nothing is promised.
    before: Asked in the call's transaction once the call is permitted, with the call and its
        arguments; returns further headers of the answer, raises the ApiError that refuses the call.
    """

    claim: Claim | None
    action: str | None
    version: str | None
    params: Mapping[str, Any]
    writer: Writer
    members: Callable[[], Mapping[str, Any]] = dict
    promise: Promise | None = None
    before: Callable[[Context, Arguments], Mapping[str, str]] | None = None


class WireFormat(Protocol):
    """One protocol: how requests are read, and what writes their answers.

    styles: The products whose operations may be called in it.
    """

    @property
    def styles(self) -> frozenset[Style]:
        """Return the styles of the products that take the format."""
        ...

    def recognises(self, raw: Raw) -> bool:
        """Tell whether the request is in this format, by cheap signs only."""
        ...

    def read(self, raw: Raw) -> Envelope:
        """Take the request apart; raises ApiError when it is not well formed."""
        ...

    def writer(self, raw: Raw) -> Writer:
        """Return what writes the refusal of a request that could not be read."""
        ...
