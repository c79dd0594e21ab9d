"""Prove who calls: AccessKey, time, token, signature, nonce — in this order, each bounded."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from juyong.api.access import Entry
from juyong.api.caller import AccessPoint, Anonymous, Caller
from juyong.api.errors import ApiError
from juyong.api.wire import Claim
from juyong.base.clock import Instant, parse_iso
from juyong.base.ids import STS_PREFIX, AccessKeyId
from juyong.base.secret import Secret
from juyong.gateway.errors import (
    ClientKeyNotValid,
    ExpiredAddress,
    ExpiredTime,
    ExpiredToken,
    InactiveAccessKey,
    IncompleteSignature,
    MalformedTime,
    MalformedToken,
    MismatchedToken,
    MissingCommon,
    MissingToken,
    NetworkForbidden,
    NonceUsed,
    RequestTimeTooSkewed,
    UnknownAccessKey,
    UnknownClientKey,
    UnreadableAccessKey,
)
from juyong.gateway.stages import Authenticated, Routed
from juyong.services.identity.facade import KeyPolicy, Principals
from juyong.services.sts.facade import PURPOSE as TOKENS
from juyong.services.sts.facade import BadToken, open_token
from juyong.store.nonces import use_nonce
from juyong.store.transaction import Transaction

WINDOW_SECONDS = 15 * 60
_NONCE_SECONDS = 2 * WINDOW_SECONDS + 60
_MAX_NONCE = 256
UseNonce = Callable[[Transaction, str, str, Instant], bool]
"""Uses a nonce of an AccessKey until an instant; False if it was used before."""


class Identified(Exception):  # carries an identity and a refusal
    """The refusal of a known AccessKey: the account gets an event of the refusal."""

    def __init__(self, caller: Caller, refusal: ApiError) -> None:
        super().__init__(str(refusal))
        self.caller = caller
        self.refusal = refusal


def authenticate(
    tx: Transaction,
    routed: Routed,
    principals: Principals,
    keys: Mapping[str, bytes],
    *,
    use: UseNonce = use_nonce,
) -> Authenticated:
    """Verify the caller's claim.

    Args:
        tx: The call's transaction.
        routed: The call.
        principals: Finds who has an AccessKey, and from where it may be used.
        keys: The platform's; one of them opens security tokens.
        use: Uses the nonce, once everything else holds.

    Raises:
        ApiError: the call is refused, and its caller is unknown.
        Identified: the call is refused, but the AccessKey it names exists.
    """
    claim = routed.envelope.claim
    if routed.operation.entry is Entry.ANONYMOUS:
        return Authenticated(routed=routed, caller=Anonymous())
    if claim is None:
        if routed.operation.entry is Entry.OPEN:
            return Authenticated(routed=routed, caller=Anonymous())
        raise MissingCommon("AccessKeyId")
    replayable = routed.operation.replayable
    if not (claim.bound or replayable):
        raise IncompleteSignature
    caller, secret, network = _caller(tx, claim, routed.now, principals, keys)
    if isinstance(caller, AccessPoint):
        # The host names no region; the access point belongs to one.
        routed = replace(routed, region=caller.region)
    try:
        _check_time(claim, routed.now)
        claim.check(secret)
        # Only after the signature held, so that strangers learn nothing of the policy.
        if network is not None and not network.allows(routed.raw.peer, None):
            raise NetworkForbidden
        if claim.once or not replayable:
            _check_nonce(tx, claim, routed.now, use)
    except ApiError as refusal:
        raise Identified(caller, refusal) from refusal
    return Authenticated(routed=routed, caller=caller)


def _caller(
    tx: Transaction, claim: Claim, now: Instant, principals: Principals, keys: Mapping[str, bytes]
) -> tuple[Caller, Secret, KeyPolicy | None]:
    """Return who claims to call, what the signature proves, and the key's network policy.

    Temporary keys and client keys have no network policy.
    """
    if claim.by_client_key:
        return _client_key(tx, claim, now)
    if claim.access_key_id.startswith(STS_PREFIX):
        return _session(tx, claim, now, principals, keys[TOKENS])
    if claim.security_token:
        raise MismatchedToken
    found = principals.credential(tx, AccessKeyId(claim.access_key_id))
    if found is None:
        raise UnknownAccessKey if _is_readable(claim.access_key_id) else UnreadableAccessKey
    if not found.active:
        raise Identified(found.caller, InactiveAccessKey())
    return found.caller, found.secret, found.network


def _is_readable(key_id: str) -> bool:
    return key_id.isprintable() and " " not in key_id


def _client_key(tx: Transaction, claim: Claim, now: Instant) -> tuple[AccessPoint, Secret, None]:
    from juyong.services.kms.facade import find_credential  # noqa: PLC0415  # rare

    found = find_credential(tx, claim.access_key_id)
    if found is None:
        raise UnknownClientKey(name=claim.access_key_id)
    if not found.not_before <= now < found.not_after:
        raise Identified(found.caller, ClientKeyNotValid())
    return found.caller, Secret(found.certificate), None


def _session(
    tx: Transaction, claim: Claim, now: Instant, principals: Principals, token_key: bytes
) -> tuple[Caller, Secret, None]:
    if not claim.security_token:
        raise MissingToken
    try:
        session = open_token(claim.security_token, token_key)
    except BadToken as bad:
        raise MalformedToken from bad
    if session.access_key_id != claim.access_key_id:
        raise MismatchedToken
    caller = session.caller()
    # A deleted role takes its outstanding tokens with it.
    if now >= caller.expires_at or principals.role(tx, caller.role_id) is None:
        raise Identified(caller, ExpiredToken())
    return caller, Secret(session.secret), None


def _check_time(claim: Claim, now: Instant) -> None:
    if claim.until is not None:
        if now > claim.until:
            raise claim.late or ExpiredAddress
        return
    try:
        at = parse_iso(claim.timestamp)
    except ValueError as bad:
        raise MalformedTime from bad
    if abs(now - at) > WINDOW_SECONDS:
        raise RequestTimeTooSkewed if claim.by_client_key else ExpiredTime


def _check_nonce(tx: Transaction, claim: Claim, now: Instant, use: UseNonce) -> None:
    """Only after the signature held, so that strangers cannot fill the store."""
    if claim.nonce is None:
        return
    if len(claim.nonce) > _MAX_NONCE:
        raise MissingCommon("SignatureNonce")
    if not use(tx, claim.access_key_id, claim.nonce, Instant(now + _NONCE_SECONDS)):
        raise NonceUsed
