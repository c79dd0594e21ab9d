"""The shared parts of all sign-in pages: bodies read or refused, rates, contexts, answers."""

import ipaddress
from typing import Any, TypeVar

import msgspec

from juyong.api.answers import Answer
from juyong.api.caller import Anonymous
from juyong.api.context import Context
from juyong.api.request import Raw
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId, RequestId
from juyong.base.log import log
from juyong.gateway.encode import JSON_TYPE
from juyong.gateway.pipeline import Pipeline
from juyong.services.identity.facade import Enrolment, Refusal, SignedIn
from juyong.store.errors import StoreError
from juyong.store.transaction import Transaction

MOST_BYTES = 8192
ADDRESS_PER_SECOND, ADDRESS_BURST = 5, 50
_NO_STORE = ((b"cache-control", b"no-store"),)
T = TypeVar("T")

MALFORMED = Refusal(
    code="MalformedRequest", status=400, message="the body is not the JSON that is expected"
)
INSECURE = Refusal(
    code="InsecureTransport", status=403, message="passwords are taken over HTTPS only"
)
CROSS_SITE = Refusal(
    code="CrossSiteRequest", status=403, message="a page of another site sent this request"
)
THROTTLED = Refusal(code="Throttled", status=429, message="too many attempts: try again later")
NO_SESSION = Refusal(
    code="InvalidSession", status=401, message="the session does not exist any more"
)
UNAVAILABLE = Refusal(
    code="ServiceUnavailable", status=503, message="nothing was done: try again later"
)


class PrivateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body whose members are as secret as a password; its repr shows none."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(****)"


def read(raw: Raw, decoder: "msgspec.json.Decoder[T]") -> T | Refusal:
    """Read a body that arrived in private, from the platform's page or from no browser.

    SECURITY: insisting on the media type makes browsers ask before another site may send one;
    newer ones also say from where a request is.
    """
    if raw.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return CROSS_SITE
    media_type = raw.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or len(raw.body) > MOST_BYTES:
        return MALFORMED
    try:
        body = decoder.decode(raw.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return MALFORMED
    return body if _is_private(raw) else INSECURE


def within_address_rate(pipeline: Pipeline, raw: Raw) -> bool:
    """Tell whether an address may send another request to the sign-in pages."""
    key = ("signin-address", raw.peer)
    return pipeline.throttle.allows(key, ADDRESS_PER_SECOND, ADDRESS_BURST)


def anonymous_context(
    pipeline: Pipeline, tx: Transaction, raw: Raw, request_id: RequestId
) -> Context:
    """Return the surroundings of a request whose sender is not known yet."""
    return Context(
        tx=tx,
        caller=Anonymous(),
        account_id=AccountId(""),
        now=pipeline.clock(),
        request_id=request_id,
        region=pipeline.platform.region,
        source_ip=raw.peer,
        secure=raw.secure,
        host=raw.host,
        platform=pipeline.platform,
    )


def signed_in_answer(request_id: RequestId, outcome: SignedIn) -> Answer:
    """Answer 200 with the session."""
    session = outcome.session
    members: dict[str, Any] = {
        "session": outcome.token.reveal(),
        "expires_at": iso(Instant(session.expires_at)),
        "account_id": session.account_id,
        "user_id": session.owner_id,
        "user_name": outcome.owner.name,
        "root": outcome.owner.user is None,
        "mfa": session.mfa,
    }
    if outcome.mfa_ticket is not None:
        members["mfa_ticket"] = outcome.mfa_ticket.reveal()
    return answer(request_id, 200, members)


def refused(request_id: RequestId, refusal: Refusal) -> Answer:
    """Answer with the reason of the refusal."""
    members: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if refusal.enrolment is not None:
        members["enrolment"] = enrolment_members(refusal.enrolment)
    return answer(request_id, refusal.status, members, code=refusal.code)


def unavailable(request_id: RequestId, failure: StoreError) -> Answer:
    """Log why the store did nothing, and say that it did nothing."""
    log().error("store", request_id=request_id, cause=repr(failure))
    return refused(request_id, UNAVAILABLE)


def enrolment_members(offer: Enrolment) -> dict[str, str]:
    """Reveal an offered device to the user who is about to bind it."""
    return {
        "token": offer.token.reveal(),
        "seed": offer.seed.reveal(),
        "qrcode_png": offer.qrcode_png.reveal(),
    }


def answer(
    request_id: RequestId, status: int, members: dict[str, Any], *, code: str = ""
) -> Answer:
    """Answer in JSON that no cache keeps."""
    return Answer(
        status=status,
        body=msgspec.json.encode({"request_id": request_id, **members}),
        content_type=JSON_TYPE,
        request_id=request_id,
        headers=_NO_STORE,
        code=code,
    )


def _is_private(raw: Raw) -> bool:
    """Tell whether nothing between could read a password: TLS, or the machine itself."""
    if raw.secure:
        return True
    try:
        return ipaddress.ip_address(raw.peer).is_loopback
    except ValueError:
        return False
