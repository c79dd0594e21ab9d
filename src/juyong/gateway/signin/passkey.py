"""The pages that open a session with a passkey: a challenge, and the answer to it."""

import asyncio

import msgspec

from juyong.api.answers import Answer
from juyong.api.request import Raw
from juyong.base.ids import new_request_id
from juyong.base.secret import Secret
from juyong.engines.credentials.passkeys import Asserted, BadPasskey, decoded, request_options
from juyong.gateway.asgi import LocalPage
from juyong.gateway.pipeline import Pipeline
from juyong.gateway.signin.requests import (
    MALFORMED,
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
from juyong.gateway.signin.site import site_of
from juyong.services.identity.facade import (
    NO_SITE,
    SIGNIN_PURPOSE,
    PasskeyAttempt,
    Refusal,
    new_challenge,
    passkey_by_credential,
    prove_passkey,
    sign_in_with_passkey,
)
from juyong.store.errors import StoreError


class PasskeyOptionsRequest(PrivateBody, frozen=True, kw_only=True):
    """The body of POST /signin/passkey/options: an empty object."""


class Assertion(PrivateBody, frozen=True, kw_only=True):
    """The result of the browser's `navigator.credentials.get`, each member in base64url.

    id: The credential's. user_handle: null where the authenticator gives none.
    """

    id: str
    client_data: str
    authenticator_data: str
    signature: str
    user_handle: str | None = None


class PasskeySigninRequest(PrivateBody, frozen=True, kw_only=True):
    """The body of POST /signin/passkey.

    note: What the options came with. credential: The browser's answer.
    """

    note: str
    credential: Assertion


_options_decoder = msgspec.json.Decoder(PasskeyOptionsRequest)
_signin_decoder = msgspec.json.Decoder(PasskeySigninRequest)


def passkey_options_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that gives a challenge for a passkey.

    It answers 200 with `note`, to be sent back, and `public_key`, for `navigator.credentials.get`.
    A challenge is good for five minutes and one sign-in. Nothing is stored.
    """

    async def page(raw: Raw) -> Answer:
        request_id = new_request_id()
        body = read(raw, _options_decoder)
        if isinstance(body, Refusal):
            return refused(request_id, body)
        if not within_address_rate(pipeline, raw):
            return refused(request_id, THROTTLED)
        site = site_of(raw, pipeline.platform.signin_site)
        if site is None:
            return refused(request_id, NO_SITE)
        note, challenge = new_challenge(pipeline.platform.keys[SIGNIN_PURPOSE], pipeline.clock())
        options = request_options(site, challenge.challenge)
        return answer(request_id, 200, {"note": note.reveal(), "public_key": options})

    return page


def passkey_signin_page(pipeline: Pipeline) -> LocalPage:
    """Return the page that takes a passkey's answer and gives a session.

    It answers as POST /signin does. The session counts as one with MFA, since the authenticator
    verified its user.

    Cost: one signature on a thread.
    """

    async def page(raw: Raw) -> Answer:
        request_id = new_request_id()
        attempt = _attempt_of(pipeline, raw)
        if isinstance(attempt, Refusal):
            return refused(request_id, attempt)
        if not within_address_rate(pipeline, raw):
            return refused(request_id, THROTTLED)
        key, now = pipeline.platform.keys[SIGNIN_PURPOSE], pipeline.clock()
        try:
            row = await pipeline.store.run(
                lambda tx: passkey_by_credential(tx, attempt.asserted.credential_id)
            )
            proof = await asyncio.to_thread(prove_passkey, key, attempt, row, now)
            outcome = await pipeline.store.run(
                lambda tx: sign_in_with_passkey(
                    anonymous_context(pipeline, tx, raw, request_id), attempt, proof
                )
            )
        except StoreError as failure:
            return unavailable(request_id, failure)
        if isinstance(outcome, Refusal):
            return refused(request_id, outcome)
        return signed_in_answer(request_id, outcome)

    return page


def _attempt_of(pipeline: Pipeline, raw: Raw) -> PasskeyAttempt | Refusal:
    body = read(raw, _signin_decoder)
    if isinstance(body, Refusal):
        return body
    site = site_of(raw, pipeline.platform.signin_site)
    if site is None:
        return NO_SITE
    one = body.credential
    try:
        asserted = Asserted(
            credential_id=decoded(one.id),
            client_data=decoded(one.client_data),
            authenticator_data=decoded(one.authenticator_data),
            signature=decoded(one.signature),
            user_handle=None if one.user_handle is None else decoded(one.user_handle),
        )
    except BadPasskey:
        return MALFORMED
    return PasskeyAttempt(
        site=site,
        note=Secret(body.note),
        asserted=asserted,
        user_agent=raw.headers.get("user-agent", ""),
    )
