"""The pages that open and close console sessions: POST /signin and POST /signout, in JSON."""

import asyncio
import ipaddress
from typing import Any

import msgspec

from juyong.api.caller import Anonymous
from juyong.api.context import Context
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId, RequestId, new_request_id
from juyong.base.secret import Secret
from juyong.gateway.asgi import LocalPage
from juyong.gateway.encode import JSON
from juyong.gateway.log import log
from juyong.gateway.pipeline import Pipeline
from juyong.gateway.request import Raw
from juyong.gateway.stages import Answer
from juyong.services.ram.signin import Attempt, look_up, prove, sign_in, sign_out
from juyong.services.ram.signin_answers import Refusal, SignedIn
from juyong.services.ram.signin_factor import Shown
from juyong.services.ram.signin_names import LONGEST_NAME
from juyong.services.ram.signin_sessions import BadSession
from juyong.store.errors import StoreError
from juyong.store.transaction import Transaction

MOST_BYTES = 8192
ADDRESS_PER_SECOND, ADDRESS_BURST = 5, 50
NAME_PER_SECOND, NAME_BURST = 0.2, 30
_NO_STORE = ((b"cache-control", b"no-store"),)

_MALFORMED = Refusal(
    code="MalformedRequest", status=400, message="the body is not the JSON that is expected"
)
_INSECURE = Refusal(
    code="InsecureTransport", status=403, message="passwords are taken over HTTPS only"
)
_THROTTLED = Refusal(code="Throttled", status=429, message="too many attempts: try again later")
_NO_SESSION = Refusal(
    code="InvalidSession", status=401, message="the session does not exist any more"
)
_UNAVAILABLE = Refusal(
    code="ServiceUnavailable", status=503, message="nothing was done: try again later"
)


class SigninRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /signin.

    login_name: `<user>@<alias or id>[.onaliyun.com]`, without user and `@` for root.
    mfa_code: Six digits. mfa_ticket: what an earlier answer gave, where the account allows it.
    enrolment, enrolment_codes: the token of a MFABindRequired answer, and two consecutive codes.
    new_password: Where an earlier answer asked for one.
    """

    login_name: str
    password: str
    mfa_code: str | None = None
    mfa_ticket: str | None = None
    enrolment: str | None = None
    enrolment_codes: tuple[str, str] | None = None
    new_password: str | None = None

    def __repr__(self) -> str:
        return "SigninRequest(****)"


class SignoutRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /signout."""

    session: str

    def __repr__(self) -> str:
        return "SignoutRequest(****)"


_signin_decoder = msgspec.json.Decoder(SigninRequest)
_signout_decoder = msgspec.json.Decoder(SignoutRequest)


def signin_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that takes passwords and gives sessions.

    It answers 200 with the session, 400 for what cannot be read, 401 for wrong or missing proof,
    403 where sign-in is not allowed as things stand, 429 above the rates, 503 if the store is down.

    Cost: about 20 MiB and some tens of milliseconds of one thread for each attempt let through;
    an address gets ADDRESS_BURST and then ADDRESS_PER_SECOND, a login name NAME_BURST and then
    NAME_PER_SECOND of them in each process.
    """

    async def page(raw: Raw) -> Answer:
        request_id = new_request_id()
        attempt = _attempt_of(raw)
        if isinstance(attempt, Refusal):
            return _refused(request_id, attempt)
        if not _is_private(raw):
            return _refused(request_id, _INSECURE)
        if not _within_rates(pipeline, raw, attempt):
            return _refused(request_id, _THROTTLED)
        try:
            found = await pipeline.store.run(
                lambda tx: look_up(_context(pipeline, tx, raw, request_id), attempt)
            )
            proof = await asyncio.to_thread(prove, attempt, found)
            outcome = await pipeline.store.run(
                lambda tx: sign_in(_context(pipeline, tx, raw, request_id), attempt, proof)
            )
        except StoreError as failure:
            log().error("store", request_id=request_id, cause=repr(failure))
            return _refused(request_id, _UNAVAILABLE)
        if isinstance(outcome, Refusal):
            return _refused(request_id, outcome)
        return _answer(request_id, 200, _signed_in(outcome))

    return page


def signout_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that ends a session: 200, or 401 if there is none."""

    async def page(raw: Raw) -> Answer:
        request_id = new_request_id()
        body = _body_of(raw, _signout_decoder)
        if body is None:
            return _refused(request_id, _MALFORMED)

        def work(tx: Transaction) -> None:
            ctx = _context(pipeline, tx, raw, request_id)
            sign_out(ctx, body.session, raw.headers.get("user-agent", ""))

        try:
            await pipeline.store.run(work)
        except BadSession:
            return _refused(request_id, _NO_SESSION)
        except StoreError as failure:
            log().error("store", request_id=request_id, cause=repr(failure))
            return _refused(request_id, _UNAVAILABLE)
        return _answer(request_id, 200, {})

    return page


def _attempt_of(raw: Raw) -> Attempt | Refusal:
    body = _body_of(raw, _signin_decoder)
    if body is None or not 0 < len(body.login_name) <= LONGEST_NAME:
        return _MALFORMED
    if not body.login_name.isprintable():
        return _MALFORMED
    codes = body.enrolment_codes
    return Attempt(
        login_name=body.login_name,
        password=Secret(body.password),
        new_password=_secret(body.new_password),
        shown=Shown(
            code=_secret(body.mfa_code),
            ticket=_secret(body.mfa_ticket),
            enrolment=_secret(body.enrolment),
            enrolment_codes=(Secret(codes[0]), Secret(codes[1])) if codes else None,
        ),
        user_agent=raw.headers.get("user-agent", ""),
    )


def _body_of(raw: Raw, decoder: "msgspec.json.Decoder[Any]") -> Any:
    """Read a bounded JSON body, or None.

    SECURITY: insisting on the media type makes browsers ask before another site may send one.
    """
    media_type = raw.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or len(raw.body) > MOST_BYTES:
        return None
    try:
        return decoder.decode(raw.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _is_private(raw: Raw) -> bool:
    """Tell whether nobody between could read a password: TLS, or the machine itself."""
    if raw.secure:
        return True
    try:
        return ipaddress.ip_address(raw.peer).is_loopback
    except ValueError:
        return False


def _within_rates(pipeline: Pipeline, raw: Raw, attempt: Attempt) -> bool:
    """SECURITY: the rates know nothing of who exists, and hold before anything is hashed."""
    allows = pipeline.throttle.allows
    by_address = ("signin-address", raw.peer)
    by_name = ("signin-name", attempt.login_name.lower())
    return allows(by_address, ADDRESS_PER_SECOND, ADDRESS_BURST) and allows(
        by_name, NAME_PER_SECOND, NAME_BURST
    )


def _context(pipeline: Pipeline, tx: Transaction, raw: Raw, request_id: RequestId) -> Context:
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


def _signed_in(outcome: SignedIn) -> dict[str, Any]:
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
    return members


def _refused(request_id: RequestId, refusal: Refusal) -> Answer:
    members: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if refusal.enrolment is not None:
        members["enrolment"] = {
            "token": refusal.enrolment.token.reveal(),
            "seed": refusal.enrolment.seed.reveal(),
            "qrcode_png": refusal.enrolment.qrcode_png.reveal(),
        }
    return _answer(request_id, refusal.status, members, code=refusal.code)


def _answer(
    request_id: RequestId, status: int, members: dict[str, Any], *, code: str = ""
) -> Answer:
    return Answer(
        status=status,
        body=msgspec.json.encode({"request_id": request_id, **members}),
        content_type=JSON,
        request_id=request_id,
        headers=_NO_STORE,
        code=code,
    )


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)
