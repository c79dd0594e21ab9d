"""Encryption by another product under a key that the product's customer names.

Each content has a data key of its own, sealed as a ciphertext blob by the customer's key. The
caller of the product needs kms:GenerateDataKey or kms:Decrypt on the key, which the product
declares by `also=` and the gateway judges. The key's own policy is asked for the product's service
principal too: if the policy denies it, nothing is sealed or opened. The policy must allow a service
that acts by itself, without a caller. Every use is in the events of the key's account, as the
service.

Layout of sealed content, format 1: format byte, length of the blob (2 bytes), blob, nonce (12
bytes), ciphertext and tag. All before the nonce and the context are authenticated.

Source: OSS, "Server-side encryption", and KMS, "Integrated services" (documented: the caller's
permissions count); the service principal in key policies (assumed).

INVARIANT: a data key seals one content. Formats are added and never changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from juyong.api.access import Also, compile_target
from juyong.api.asked import Asked
from juyong.api.caller import Service, caller_arn
from juyong.api.context import Context, Journal
from juyong.api.denial import PURPOSE, denied
from juyong.base.ids import random_bytes
from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.envelope import peek
from juyong.engines.crypto.keys import BadInput, Undecipherable
from juyong.engines.crypto.symmetric import NONCE_BYTES, AesGcm
from juyong.engines.policy import (
    Layers,
    Outcome,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    authorise,
    conditions_of,
)
from juyong.services.actiontrail.facade import ServiceAction, record_service_action
from juyong.services.kms.crypto import sealing
from juyong.services.kms.crypto.parameters import symmetric_conditions, tobase64
from juyong.services.kms.crypto.using import SEALING
from juyong.services.kms.errors import USABLE, InvalidParameter, NoAlias, NoKey
from juyong.services.kms.keys.key import KEY, policy_of
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow
from juyong.services.kms.product import KMS
from juyong.services.kms.soundness import ready
from juyong.services.kms.tagging import need
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

REFUSALS = (*SEALING, NoKey, NoAlias, *USABLE)
"""The errors for the key in an operation that uses these functions."""
_GENERATE, _DECRYPT = "kms:GenerateDataKey", "kms:Decrypt"
_PURPOSE = b"juyong/kms/service-content\x00"
_FORMAT = 1
_HEAD = 3
_DATA_KEY_BYTES = 32
_NO_POLICIES = PolicySet(())


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """The service that uses a key, and the context that it binds content to.

    service: Its principal, such as `oss.aliyuncs.com`.
    context: The encryption context: what the content is; it stands in events in clear.
    """

    service: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDataKey:
    """A data key, open and sealed."""

    key_id: str
    plaintext: bytes = field(repr=False)
    blob: bytes


def sealing_needs(ctx: Context, key_name: str, use: KeyUse) -> tuple[Also, ...]:
    """Return the permissions of a caller whose content `seal_content` seals; for `also=`."""
    return (need(ctx, _GENERATE, KEY, key_name, _conditions(use)),)


def opening_needs(ctx: Context, sealed: bytes, use: KeyUse) -> tuple[Also, ...]:
    """Return the permissions of a caller for `open_content`; for `also=`."""
    try:
        blob = tobase64(taken_apart(sealed)[0])
    except Undecipherable:
        blob = ""
    return (sealing.need_of_blob(ctx, _DECRYPT, blob, _conditions(use)),)


def needs_of_data_key(ctx: Context, blob: bytes, use: KeyUse) -> tuple[Also, ...]:
    """Return the permissions of a caller for `open_data_key`; for `also=`."""
    return (sealing.need_of_blob(ctx, _DECRYPT, tobase64(blob), _conditions(use)),)


def reading_needs(ctx: Context, key_name: str, use: KeyUse) -> tuple[Also, ...]:
    """Return the permissions of a caller for whatever a key has sealed; for `also=`."""
    return (need(ctx, _DECRYPT, KEY, key_name, _conditions(use)),)


def check_reading(ctx: Context, key_name: str, use: KeyUse) -> None:
    """Refuse as `open_data_key` does for what a key has sealed; the key is not used.

    For a service that holds a data key open, and asks before each use whether it still may.

    Raises AccessDenied (the key's policy denies the service, or does not allow one that acts
    alone); REFUSALS (the key is gone, or its state refuses).
    """
    _heed_policy(ctx, sealing.find_sealing_key(ctx, key_name), _DECRYPT, use)


def data_key(ctx: Context, key_name: str, use: KeyUse) -> ServiceDataKey:
    """Draw a data key and seal it by a customer's key.

    Args:
        ctx: The call of the product, or of a service by itself. Its operation names
            `sealing_needs` as `also=`.
        key_name: The key: its id, an alias of it, or the ARN of either.

    Raises AccessDenied (the key's policy denies the service, or does not allow one that acts
    alone); ServiceUnavailable (the process's cryptography is broken); REFUSALS (as
    GenerateDataKey).
    """
    ready()
    row = sealing.find_sealing_key(ctx, key_name)
    _heed_policy(ctx, row, _GENERATE, use)
    sealed = sealing.seal_bytes(ctx, row, partial(random_bytes, _DATA_KEY_BYTES), _context(use))
    _tell(ctx, row, "GenerateDataKey", use)
    plaintext = sealed.payload.content
    return ServiceDataKey(key_id=row.key_id, plaintext=plaintext, blob=sealed.data)


def open_data_key(ctx: Context, blob: bytes, use: KeyUse) -> bytes:
    """Open what `data_key` sealed.

    Raises InvalidParameter (it is no such blob, or had another context), and what data_key raises.
    """
    ready()
    found = sealing.find_blob(ctx, tobase64(blob))
    _heed_policy(ctx, found.row, _DECRYPT, use)
    payload = sealing.open_blob(ctx, found, _context(use))
    _tell(ctx, found.row, "Decrypt", use)
    return payload.content


def keys_of_data_key(tx: Transaction, blob: bytes) -> tuple[Ref, ...]:
    """Return the key that sealed a data key, as the inventory names the key; none for no blob."""
    try:
        version = tx.get(KeyVersionRow, peek(blob).version_id)
    except Undecipherable:
        return ()
    row = tx.get(KeyRow, version.key_id) if version else None
    return (KEY.ref(row),) if row else ()


def seal_content(ctx: Context, key_name: str, use: KeyUse, content: bytes) -> bytes:
    """Seal content under a data key of its own; arguments and refusals are those of `data_key`."""
    made = data_key(ctx, key_name, use)
    head = bytes([_FORMAT]) + len(made.blob).to_bytes(2, "big") + made.blob
    nonce = random_bytes(NONCE_BYTES)
    return head + nonce + AesGcm(made.plaintext).seal(nonce, content, _bound(head, use))


def open_content(ctx: Context, sealed: bytes, use: KeyUse) -> bytes:
    """Open what `seal_content` sealed; raises InvalidParameter, and what open_data_key raises."""
    try:
        blob, nonce, body = taken_apart(sealed)
        opened = open_data_key(ctx, blob, use)
        head = sealed[: _HEAD + len(blob)]
        return AesGcm(opened).open(nonce, body, _bound(head, use))
    except Undecipherable:
        raise InvalidParameter(name="CiphertextBlob") from None


def taken_apart(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    """Return blob, nonce and ciphertext; raises Undecipherable for anything else."""
    end = _HEAD + int.from_bytes(sealed[1:_HEAD], "big")
    if sealed[:1] != bytes([_FORMAT]) or len(sealed) < end + NONCE_BYTES:
        raise Undecipherable("the content does not open")
    return sealed[_HEAD:end], sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]


def _bound(head: bytes, use: KeyUse) -> bytes:
    return _PURPOSE + head + _context(use).canonical


def _context(use: KeyUse) -> EncryptionContext:
    try:
        return EncryptionContext.of(use.context)
    except BadInput:
        raise InvalidParameter(name="EncryptionContext") from None


def _conditions(use: KeyUse) -> Mapping[str, tuple[str, ...]]:
    return symmetric_conditions(_context(use).canonical.decode())


def _heed_policy(ctx: Context, row: KeyRow, action: str, use: KeyUse) -> None:
    """Refuse if the key's own policy denies the service."""
    alone = isinstance(ctx.caller, Service)
    target = policy_of(row)
    if target is None and not alone:
        return
    resource = KEY.arn_of(row)
    request = Request(
        action=action,
        resource=resource,
        principal=Principal(arn=use.service, account_id=row.account_id, kind=PrincipalKind.SERVICE),
        conditions=conditions_of({**_conditions(use), **KEY.tag_conditions(ctx, resource)}),
    )
    layers = Layers(identity=_NO_POLICIES, resource=compile_target(target) if target else None)
    decision = authorise(request, layers)
    ctx.journal.asked.append(Asked(request, layers, decision.outcome.value))
    refused = decision.outcome is Outcome.EXPLICIT_DENY or (alone and not decision.allowed)
    if refused:
        raise denied(KMS.dialect, request, decision, ctx.key(PURPOSE), layers=layers)


def _tell(ctx: Context, row: KeyRow, name: str, use: KeyUse) -> None:
    """Write the event of a use into the transaction that it happens in."""
    journal = Journal(extra={"encryptionContext": _context(use).canonical.decode()})
    if not isinstance(ctx.caller, Service):
        journal.extra["onBehalfOf"] = caller_arn(ctx.caller)
    journal.refer(KEY.kind, row.key_id)
    record_service_action(
        ctx.tx,
        ctx.platform,
        ServiceAction(
            service=Service(account_id=row.account_id, name=use.service),
            product=KMS,
            name=name,
            region=row.region,
            journal=journal,
            at=ctx.now,
        ),
    )
