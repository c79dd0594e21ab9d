"""Turn a call into its audit event and resource snapshots, inside the call's transaction."""

from functools import lru_cache
from typing import Any

import msgspec

from juyong.api.caller import AccessPoint, Caller, RoleSession, Root, Service, User, principal_id
from juyong.api.context import Journal
from juyong.api.errors import ApiError
from juyong.api.operation import Operation
from juyong.api.shape import MASK, to_record
from juyong.base.clock import Instant, iso
from juyong.gateway.errors import SignatureMismatchV1, SignatureMismatchV3
from juyong.gateway.stages import Routed
from juyong.services.actiontrail.facade import AuditEvent, UserIdentity, record
from juyong.store.inventory import Cause, ResourceEventRow, write
from juyong.store.transaction import Transaction

PURPOSE = "audit"
_LONGEST = 2048
_MOST_RESPONSE = 8192
_LONGEST_AGENT = 256
_COMMON = frozenset(
    {
        *("Action", "Version", "Format", "AccessKeyId", "Signature", "SignatureMethod"),
        *("SignatureVersion", "SignatureNonce", "SignatureType", "Timestamp", "SecurityToken"),
    }
)


def write_event(
    tx: Transaction,
    routed: Routed,
    caller: Caller,
    *,
    key: bytes,
    journal: Journal,
    error: ApiError | None = None,
    result: object = None,
) -> None:
    """Write the event of one call, allowed or refused.

    The owner of what a caller of another account used gets the event too.
    """
    operation, raw, product = routed.operation, routed.raw, routed.product
    parameters = msgspec.json.encode(_parameters(routed))
    references: dict[str, list[str]] = {}
    for kind, name in journal.references:
        references.setdefault(kind, []).append(name)
    flat = [(kind, name) for kind, names in references.items() for name in names]
    extra = dict(journal.extra)
    if isinstance(caller, Root):
        extra["rootAccountUsed"] = "true"
    event = AuditEvent(
        event_id=routed.request_id,
        event_version=1,
        event_time=iso(routed.now),
        event_type="ApiCall",
        event_category="Management",
        event_rw=operation.effect,
        event_name=operation.name,
        event_source=raw.host,
        service_name=product.code,
        api_version=product.version,
        acs_region=caller.region if isinstance(caller, AccessPoint) else routed.region,
        is_global=product.is_global,
        request_id=routed.request_id,
        source_ip_address=raw.peer,
        user_agent=raw.headers.get("user-agent", "")[:_LONGEST_AGENT],
        recipient_account_id=caller.account_id,
        user_identity=_identity(caller),
        request_parameters=msgspec.Raw(parameters),
        request_parameter_json=parameters.decode(),
        response_elements=_response(routed, result, error),
        referenced_resources=references,
        resource_type=";".join(kind for kind, _ in flat),
        resource_name=";".join(name for _, name in flat),
        error_code=error.code if error else "",
        error_message=_message(error) if error else "",
        additional_event_data=extra,
    )
    record(tx, event, at=routed.now, key=key)
    for owner in sorted(journal.owners - {caller.account_id}):
        shared = msgspec.structs.replace(event, recipient_account_id=owner)
        record(tx, shared, at=routed.now, key=key)


def write_snapshots(tx: Transaction, routed: Routed, caller: Caller, journal: Journal) -> None:
    """Write the states resources took in this call."""
    write(tx, journal.noted.values(), Cause(routed.request_id, routed.now))
    for snapshot in journal.snapshots:
        tx.insert_later(
            ResourceEventRow(
                account_id=snapshot.owner or caller.account_id,
                region=routed.region,
                resource_type=snapshot.resource_type,
                resource_id=snapshot.resource_id,
                name=snapshot.name,
                change=snapshot.change,
                snapshot=to_record(snapshot.state).decode(),
                request_id=routed.request_id,
                at=routed.now,
                whole=False,
            )
        )


def _parameters(routed: Routed) -> dict[str, Any]:
    """Return the request's parameters, secrets masked by the type of their field."""
    plain = _plain_names(routed.operation)
    shown: dict[str, Any] = {}
    for name, value in routed.envelope.params.items():
        if name in _COMMON:
            continue
        # SECURITY: what no field describes might be a secret sent under a wrong name.
        if name.partition(".")[0] not in plain:
            shown[name] = value if name == "RegionId" else MASK
        else:
            shown[name] = _shortened(value)
    return {
        **shown,
        "AcsHost": routed.raw.host,
        "AcsProduct": routed.product.code,
        "RequestId": routed.request_id,
    }


@lru_cache(maxsize=4096)
def _plain_names(operation: Operation) -> frozenset[str]:
    """Return the parameters whose values events may show."""
    return frozenset(field.wire for field in operation.fields if not field.secret)


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        return value[:_LONGEST] + f"… ({len(value)} characters)"
    return value


def _response(routed: Routed, result: object, error: ApiError | None) -> msgspec.Raw | None:
    if error is not None or result is None or routed.operation.effect == "Read":
        return None
    encoded = to_record(result)
    return msgspec.Raw(encoded) if len(encoded) <= _MOST_RESPONSE else None


def _message(error: ApiError) -> str:
    """SECURITY: a string to sign repeats every parameter sent, secrets among them."""
    if isinstance(error, SignatureMismatchV1 | SignatureMismatchV3):
        return error.text
    return error.message[:_LONGEST]


def _identity(caller: Caller) -> UserIdentity:
    match caller:
        case Root():
            kind, name, key = "root-account", "root", caller.access_key_id or ""
        case User():
            kind, name, key = "ram-user", caller.user_name, caller.access_key_id or ""
        case RoleSession():
            kind, key = "assumed-role", caller.access_key_id
            name = f"{caller.role_name}:{caller.session_name}"
        case Service():
            kind, name, key = "system", caller.name, ""
        case AccessPoint():
            kind, name, key = "application-access-point", caller.name, caller.client_key_id
        case _:
            kind, name, key = "unknown", "", ""
    return UserIdentity(
        type=kind,
        principal_id=principal_id(caller),
        account_id=caller.account_id,
        access_key_id=key,
        user_name=name,
        session_context=_session(caller),
    )


def _session(caller: Caller) -> dict[str, dict[str, str]] | None:
    created: Instant | None = caller.issued_at if isinstance(caller, RoleSession) else None
    mfa = getattr(caller, "mfa", None)
    if created is None and mfa is None:
        return None
    attributes = {"mfaAuthenticated": "true" if mfa else "false"}
    if created is not None:
        attributes["creationDate"] = iso(created)
    return {"attributes": attributes}
