"""The pages that open and close console sessions: POST /signin and POST /signout, in JSON."""

import asyncio

import msgspec

from juyong.api.answers import Answer
from juyong.api.request import Raw
from juyong.base.ids import new_request_id
from juyong.base.secret import Secret
from juyong.gateway.asgi import LocalPage
from juyong.gateway.pipeline import Pipeline
from juyong.gateway.signin.requests import (
    MALFORMED,
    NO_SESSION,
    THROTTLED,
    PrivateBody,
    anonymous_context,
    answer,
    read,
    refused,
    signed_in_answer,
    unavailable,
    within_address_rate,
)
from juyong.services.identity.facade import (
    LONGEST_SIGNIN_NAME,
    Attempt,
    BadSession,
    Refusal,
    Shown,
    look_up,
    prove,
    sign_in,
    sign_out,
)
from juyong.store.errors import StoreError
from juyong.store.transaction import Transaction

NAME_PER_SECOND, NAME_BURST = 0.2, 30


class SigninRequest(PrivateBody, frozen=True, kw_only=True):
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


class SignoutRequest(PrivateBody, frozen=True, kw_only=True):
    """The body of POST /signout."""

    session: str


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
            return refused(request_id, attempt)
        if not _within_rates(pipeline, raw, attempt):
            return refused(request_id, THROTTLED)
        try:
            found = await pipeline.store.run(
                lambda tx: look_up(anonymous_context(pipeline, tx, raw, request_id), attempt)
            )
            proof = await asyncio.to_thread(prove, attempt, found)
            outcome = await pipeline.store.run(
                lambda tx: sign_in(anonymous_context(pipeline, tx, raw, request_id), attempt, proof)
            )
        except StoreError as failure:
            return unavailable(request_id, failure)
        if isinstance(outcome, Refusal):
            return refused(request_id, outcome)
        return signed_in_answer(request_id, outcome)

    return page


def signout_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that ends a session: 200, or 401 if there is none."""

    async def page(raw: Raw) -> Answer:
        request_id = new_request_id()
        body = read(raw, _signout_decoder)
        if isinstance(body, Refusal):
            return refused(request_id, body)

        def work(tx: Transaction) -> None:
            ctx = anonymous_context(pipeline, tx, raw, request_id)
            sign_out(ctx, body.session, raw.headers.get("user-agent", ""))

        try:
            await pipeline.store.run(work)
        except BadSession:
            return refused(request_id, NO_SESSION)
        except StoreError as failure:
            return unavailable(request_id, failure)
        return answer(request_id, 200, {})

    return page


def _attempt_of(raw: Raw) -> Attempt | Refusal:
    body = read(raw, _signin_decoder)
    if isinstance(body, Refusal):
        return body
    if not 0 < len(body.login_name) <= LONGEST_SIGNIN_NAME or not body.login_name.isprintable():
        return MALFORMED
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


def _within_rates(pipeline: Pipeline, raw: Raw, attempt: Attempt) -> bool:
    """SECURITY: the rates apply before anything is hashed, whether the user exists or not."""
    by_name = ("signin-name", attempt.login_name.lower())
    return within_address_rate(pipeline, raw) and pipeline.throttle.allows(
        by_name, NAME_PER_SECOND, NAME_BURST
    )


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)
