"""The claim and the parameters that a wire format reads off a request."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn, Protocol, TypeVar

import msgspec

from juyong.api.answers import Answer
from juyong.api.caller import Caller
from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import ApiError
from juyong.api.operation_spec import Operation
from juyong.api.product import Product, Style
from juyong.api.request import Arriving, Raw
from juyong.base.clock import Instant
from juyong.base.ids import RequestId
from juyong.base.secret import Secret
from juyong.store.executor import Executor
from juyong.store.transaction import Transaction

T = TypeVar("T")


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The identity that the caller claims, and the way to check the claim with the secret.

    check: Raises the documented ApiError when the signature is not the secret's.
    timestamp: As sent. nonce: None where the protocol has none.
    bound: The signature covers the host, and the nonce if one was sent; only replayable operations
        take a claim that is not. once: A nonce was signed, or the protocol can have none: no
        operation takes the claim twice.
    until: The claim is good until then and as often as it comes, as that of a presigned address;
        `timestamp` counts for nothing. late: What is answered after it; None for what is said of an
        address.
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
    late: ApiError | None = None


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


class Door(Protocol):
    """The way of a product that answers one request by calls that it makes of it."""

    @property
    def request_id(self) -> RequestId:
        """Return the id of the request, which all of the calls have."""
        ...

    async def look(self, work: Callable[[Transaction], T]) -> T:
        """Return what a unit of work reads; it can write nothing."""
        ...

    async def call(self, raw: Raw) -> Answer:
        """Make a call: routed, authenticated and judged as if the caller had sent it.

        Raises:
            ApiError: as the call is refused.
        """
        ...


Visit = Callable[[Door], Awaitable[Answer]]
"""Answers a request by other calls than the one that it names."""


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
    visit: Answers the request by other calls; None where the request is the call that it names.
    path: Where the operation is looked up, if not at the path of the request behind the name in its
        host; still percent-encoded.
    whole: Takes a request of a product's own format apart again once its body is there, since the
        claim or parameters are in the body. None: the body is held to a Content-MD5 in Base64.
    """

    claim: Claim | None
    action: str | None
    version: str | None
    params: Mapping[str, Any]
    writer: Writer
    members: Callable[[], Mapping[str, Any]] = dict
    promise: Promise | None = None
    before: Callable[[Context, Arguments], Mapping[str, str]] | None = None
    visit: Visit | None = None
    path: str = ""
    whole: "Callable[[Raw], Envelope] | None" = None


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


class Form(Protocol):
    """A form whose last part is a file, taken apart while it arrives.

    The fields stand before the file and are bounded, so that the claim can be judged before the
    file is read. Each method but `add` raises the format's ApiError for a form that it refuses.
    """

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the fields that stand for headers: small letters, values as headers have them."""
        ...

    @property
    def ended(self) -> bool:
        """Tell whether the form is whole; nothing behind its end is read."""
        ...

    def add(self, data: bytes) -> None:
        """Take bytes of the body."""
        ...

    def begins(self) -> bool:
        """Read the fields; tell whether the file begins, so that no field is missing."""
        ...

    def take(self) -> bytes:
        """Return what arrived of the file since the last time."""
        ...

    def end(self) -> NoReturn:
        """Refuse a body that ended before the form did."""
        ...


class FormFormat(WireFormat, Protocol):
    """A format in which forms are sent, to operations that take one."""

    def form(self, raw: Raw) -> Form:
        """Begin to read the form of a request; raises ApiError when it brings none."""
        ...

    def read_form(self, raw: Raw, form: Any, head: Envelope) -> Envelope:
        """Return what the fields of a form claim and ask for.

        Args:
            raw: The request; no header and no query of its own makes a claim.
            form: The format's own, read up to its file.
            head: What was read of the request without its form.
        """
        ...


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its answer, which goes out next.

    raw: As it came. operation, envelope: Of the last call that was made of the request; empty and
    None where none was understood. received: The body of that call, where one arrives.
    caller: None where none is proved; only with one is the claim proved.
    at, begun: When the request came, begun on the monotonic clock.
    """

    raw: Raw
    answer: Answer
    request_id: RequestId
    operation: str
    envelope: Envelope | None
    received: Arriving | None
    caller: Caller | None
    at: Instant
    begun: float
    store: Executor
    platform: Platform


class FrontFormat(WireFormat, Protocol):
    """The format of a product that sees its requests."""

    def visit(self, raw: Raw) -> Visit | None:
        """Return what answers a request by other calls; None where the request is one call."""
        ...

    async def note(self, answered: Answered) -> None:
        """Keep what the product keeps of each request; raises StoreError where nothing is kept."""
        ...
