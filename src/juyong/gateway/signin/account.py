"""The pages of a signed-in user: the user's MFA device and passkeys.

Each page takes the session in the request's body and none in a cookie, so that no other site can
use the session.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from juyong.api.answers import Answer
from juyong.api.caller import Root, User, caller_arn
from juyong.api.context import Context
from juyong.api.request import Raw
from juyong.base.clock import Instant, iso, iso_or_empty
from juyong.base.ids import RequestId, new_request_id
from juyong.base.secret import Secret
from juyong.engines.credentials.passkeys import (
    BadPasskey,
    Created,
    creation_options,
    decoded,
)
from juyong.gateway.asgi import LocalPage
from juyong.gateway.authorise import may
from juyong.gateway.pipeline import Pipeline
from juyong.gateway.signin.requests import (
    MALFORMED,
    NO_SESSION,
    THROTTLED,
    PrivateBody,
    anonymous_context,
    answer,
    enrolment_members,
    read,
    refused,
    unavailable,
    within_address_rate,
)
from juyong.gateway.signin.site import site_of
from juyong.services.identity.facade import (
    NO_SITE,
    SIGNIN_PURPOSE,
    BadSession,
    PasskeyRow,
    Present,
    Refusal,
    bind_offered,
    calling_owner,
    delete_own,
    new_challenge,
    offer_device,
    open_session,
    own_credentials,
    passkey_owner,
    prove_registration,
    register_own,
    signed_in,
    unbind_own,
)
from juyong.store.errors import StoreError
from juyong.store.transaction import Transaction

LONGEST_PASSKEY_NAME = 64


class AccountRequest(PrivateBody, frozen=True, kw_only=True):
    """A body with the session alone: POST /signin/account, mfa/offer, passkeys/options."""

    session: str


class BindRequest(AccountRequest, frozen=True, kw_only=True):
    """The body of POST /signin/mfa/bind.

    enrolment: The token of an offer. enrolment_codes: Two consecutive codes of the offered device.
    """

    enrolment: str
    enrolment_codes: tuple[str, str]


class UnbindRequest(AccountRequest, frozen=True, kw_only=True):
    """The body of POST /signin/mfa/unbind; mfa_code is a code of the device."""

    mfa_code: str


class Attestation(PrivateBody, frozen=True, kw_only=True):
    """The result of the browser's `navigator.credentials.create`, each member in base64url."""

    id: str
    client_data: str
    attestation_object: str


class AddPasskeyRequest(AccountRequest, frozen=True, kw_only=True):
    """The body of POST /signin/passkeys/add.

    note: What the options came with. name: Unique among the user's passkeys, 1 to 64 characters.
    credential: The browser's answer.
    """

    note: str
    name: str
    credential: Attestation


class DeletePasskeyRequest(AccountRequest, frozen=True, kw_only=True):
    """The body of POST /signin/passkeys/delete."""

    passkey_id: str


B = TypeVar("B", bound=AccountRequest)
Outcome = dict[str, Any] | Refusal | None
Act = Callable[[Present, B], Outcome]


def account_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that says who is signed in and with what.

    It answers 200 with account, name, MFA device (null for none) and passkeys, 401 without a
    session.
    """
    return _page(pipeline, AccountRequest, lambda one, _body: _own(one))


def mfa_offer_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that offers an MFA device: `enrolment` with token, seed and QR code."""

    def act(one: Present, _body: AccountRequest) -> Outcome:
        offer = offer_device(one)
        return offer if isinstance(offer, Refusal) else {"enrolment": enrolment_members(offer)}

    return _page(pipeline, AccountRequest, act)


def mfa_bind_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that binds an offered device to the signed-in root or user."""

    def act(one: Present, body: BindRequest) -> Outcome:
        first, second = body.enrolment_codes
        return bind_offered(one, Secret(body.enrolment), (Secret(first), Secret(second)))

    return _page(pipeline, BindRequest, act)


def mfa_unbind_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that deletes the MFA device of a user who shows one of its codes."""
    return _page(pipeline, UnbindRequest, lambda one, body: unbind_own(one, Secret(body.mfa_code)))


def passkey_creation_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that gives a challenge for a new passkey of a user.

    It answers 200 with `note`, to be sent back, and `public_key`, for
    `navigator.credentials.create`.
    """

    def act(one: Present, _body: AccountRequest, raw: Raw) -> Outcome:
        site = site_of(raw, pipeline.platform.signin_site)
        refusal = passkey_owner(one) if site is not None else NO_SITE
        if site is None or refusal is not None:
            return refusal
        ctx, owner = one.ctx, one.owner
        note, challenge = new_challenge(ctx.key(SIGNIN_PURPOSE), ctx.now, owner.owner_id)
        options = creation_options(
            site,
            challenge.challenge,
            owner_id=owner.owner_id,
            name=f"{owner.name}@{owner.account_id}",
            known=[row.credential_id for row in own_credentials(one).passkeys],
        )
        return {"note": note.reveal(), "public_key": options}

    return _raw_page(pipeline, AccountRequest, act)


def passkey_add_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that registers a passkey: 200 with it.

    Cost: the parsing of the answer, on a thread.
    """
    decoder = msgspec.json.Decoder(AddPasskeyRequest)

    async def page(raw: Raw) -> Answer:
        request_id = new_request_id()
        body = read(raw, decoder)
        if isinstance(body, Refusal):
            return refused(request_id, body)
        site = site_of(raw, pipeline.platform.signin_site)
        created = _created(body)
        if site is None or created is None:
            return refused(request_id, NO_SITE if site is None else MALFORMED)
        if not within_address_rate(pipeline, raw):
            return refused(request_id, THROTTLED)
        key, now = pipeline.platform.keys[SIGNIN_PURPOSE], pipeline.clock()
        proof = await asyncio.to_thread(
            prove_registration, key, Secret(body.note), site, created, now
        )

        def act(one: Present) -> Outcome:
            made = register_own(one, body.name, proof)
            return made if isinstance(made, Refusal) else {"passkey": _passkey(made)}

        return await _run(pipeline, raw, request_id, body.session, act)

    return page


def passkey_delete_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that deletes a passkey of the signed-in user."""
    return _page(pipeline, DeletePasskeyRequest, lambda one, body: delete_own(one, body.passkey_id))


def _page(pipeline: Pipeline, kind: type[B], act: Act[B]) -> LocalPage:
    return _raw_page(pipeline, kind, lambda one, body, _raw: act(one, body))


def _raw_page(
    pipeline: Pipeline, kind: type[B], act: Callable[[Present, B, Raw], Outcome]
) -> LocalPage:
    decoder = msgspec.json.Decoder(kind)

    async def page(raw: Raw) -> Answer:
        request_id = new_request_id()
        body = read(raw, decoder)
        if isinstance(body, Refusal):
            return refused(request_id, body)
        if not within_address_rate(pipeline, raw):
            return refused(request_id, THROTTLED)
        return await _run(pipeline, raw, request_id, body.session, lambda one: act(one, body, raw))

    return page


async def _run(
    pipeline: Pipeline,
    raw: Raw,
    request_id: RequestId,
    session: str,
    act: Callable[[Present], Outcome],
) -> Answer:
    """Do an act of the signed-in user, in one transaction."""

    def work(tx: Transaction) -> Outcome:
        return act(_present(pipeline, tx, raw, request_id, session))

    try:
        outcome = await pipeline.store.run(work)
    except BadSession:
        return refused(request_id, NO_SESSION)
    except StoreError as failure:
        return unavailable(request_id, failure)
    if isinstance(outcome, Refusal):
        return refused(request_id, outcome)
    return answer(request_id, 200, outcome or {})


def _present(
    pipeline: Pipeline, tx: Transaction, raw: Raw, request_id: RequestId, token: str
) -> Present:
    """Find the signed-in user.

    Raises:
        BadSession: there is no such session.
    """
    ctx = anonymous_context(pipeline, tx, raw, request_id)
    session = open_session(tx, token, ctx.key(SIGNIN_PURPOSE), ctx.now)
    caller = signed_in(tx, session)
    ctx = replace(ctx, caller=caller, account_id=caller.account_id)
    return Present(
        ctx=ctx,
        owner=calling_owner(ctx),
        may=lambda action, own: may(
            ctx, pipeline.principals, f"ram:{action}", _resource(ctx, caller), own=own
        ),
        mfa=bool(caller.mfa),
        started_at=Instant(session.issued_at),
        user_agent=raw.headers.get("user-agent", ""),
    )


def _resource(ctx: Context, caller: Root | User) -> str:
    name = caller.user_name if isinstance(caller, User) else "*"
    return f"acs:ram:*:{ctx.account_id}:user/{name}"


def _own(one: Present) -> dict[str, Any]:
    held = own_credentials(one)
    device = held.device
    return {
        "account_id": one.owner.account_id,
        "user_name": one.owner.name,
        "arn": caller_arn(one.ctx.caller),
        "root": one.owner.user is None,
        "mfa": one.mfa,
        "mfa_device": device
        and {
            "serial_number": device.serial_number,
            "bound_at": iso_or_empty(device.activated_at),
        },
        "passkeys": [_passkey(row) for row in held.passkeys],
    }


def _passkey(row: PasskeyRow) -> dict[str, Any]:
    return {
        "passkey_id": row.passkey_id,
        "name": row.passkey_name,
        "created_at": iso(row.created_at),
        "last_used_at": None if row.last_used_at is None else iso(row.last_used_at),
    }


def _created(body: AddPasskeyRequest) -> Created | None:
    """Decode the browser's answer; None for what cannot be read, or a name that cannot be shown."""
    if not 0 < len(body.name) <= LONGEST_PASSKEY_NAME or not body.name.isprintable():
        return None
    one = body.credential
    try:
        return Created(
            credential_id=decoded(one.id),
            client_data=decoded(one.client_data),
            attestation_object=decoded(one.attestation_object),
        )
    except BadPasskey:
        return None
