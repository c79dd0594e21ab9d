"""Tell the recorder of one call, its secrets masked."""

from functools import lru_cache
from typing import Any, Literal

import msgspec

from juyong.api.caller import AccessPoint, Caller, Root
from juyong.api.context import Journal, Platform
from juyong.api.errors import ApiError
from juyong.api.operation_spec import Operation
from juyong.api.shape import MASK, to_record
from juyong.audit.global_events import global_events_region
from juyong.audit.macs import event_key
from juyong.audit.recorder import LONGEST_END, Act, Origin, body_of, identity_of, record
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.gateway.errors import SignatureMismatchV1, SignatureMismatchV3
from juyong.gateway.stages import Routed
from juyong.services.actiontrail.facade import (
    SERVICES,
    DataCall,
    DataEventRow,
    data_events_of,
)
from juyong.store.transaction import Transaction

_LONGEST = 2048
_MOST_RESPONSE = 8192
_BY_ROOT = {"rootAccountUsed": "true"}
_COMMON = frozenset(
    {
        *("Action", "Version", "Format", "AccessKeyId", "Signature", "SignatureMethod"),
        *("SignatureVersion", "SignatureNonce", "SignatureType", "Timestamp", "SecurityToken"),
    }
)


def record_call(
    tx: Transaction,
    routed: Routed,
    caller: Caller,
    *,
    platform: Platform,
    journal: Journal,
    error: ApiError | None = None,
    result: object = None,
) -> None:
    """Write the event and the snapshots of one call, allowed or refused."""
    region = caller.region if isinstance(caller, AccessPoint) else routed.region
    if routed.operation.product.is_global:
        own, memory = platform.region, platform.memory
        region = global_events_region(tx, caller.account_id, own, memory)
    act = _act(routed, caller, region, error, response=_response(routed, result, error))
    record(tx, act, journal, key=event_key(platform))


def _act(
    routed: Routed,
    caller: Caller,
    region: str,
    error: ApiError | None,
    *,
    response: bytes | None = None,
    category: Literal["Management", "Data"] = "Management",
) -> Act:
    raw = routed.raw
    return Act(
        origin=_origin(
            routed.operation,
            caller,
            region,
            (raw.host[:LONGEST_END], raw.peer, raw.headers.get("user-agent", "")[:LONGEST_END]),
            category,
        ),
        request_id=routed.request_id,
        at=routed.now,
        parameters=msgspec.json.encode(_parameters(routed)),
        response=response,
        error_code=error.code if error else "",
        error_message=_message(error) if error else "",
        extra=_BY_ROOT if isinstance(caller, Root) else {},
    )


def data_events(
    tx: Transaction,
    routed: Routed,
    caller: Caller,
    *,
    memory: dict[str, Any],
    journal: Journal,
    error: ApiError | None = None,
) -> list[DataEventRow]:
    """Return what a call on data leaves for the trails that select the call, allowed or refused.

    The owner of what a caller of another account used gets the event too. Answers are not kept.
    """
    operation = routed.operation
    if operation.audit != "data" or operation.product.code not in SERVICES:
        return []
    call = DataCall(
        service=operation.product.code,
        name=operation.name,
        effect=operation.effect,
        region=routed.region,
        resources=tuple([each.meant or each.request.resource for each in journal.asked]),
    )
    accounts = sorted(filter(None, {caller.account_id, *journal.owners}))

    def written(account_id: AccountId) -> tuple[Instant, str]:
        act = _act(routed, caller, routed.region, error, category="Data")
        return routed.now, body_of(account_id, act, journal)

    return data_events_of(tx, memory, accounts, call, written)


@lru_cache(maxsize=1024)
def _origin(
    operation: Operation,
    caller: Caller,
    region: str,
    ends: tuple[str, str, str],
    category: Literal["Management", "Data"],
) -> Origin:
    """PERF: made once for a caller's calls of an operation. ends: Host, peer and agent."""
    product = operation.product
    source, address, agent = ends
    return Origin(
        who=identity_of(caller),
        name=operation.name,
        event_type="ApiCall",
        effect=operation.effect,
        category=category,
        service=product.code,
        version=product.version,
        region=region,
        is_global=product.is_global,
        source=source,
        address=address,
        agent=agent,
    )


def _parameters(routed: Routed) -> dict[str, Any]:
    """Return the request's parameters, secrets masked by the type of their field."""
    plain, params = _plain_names(routed.operation), routed.envelope.params
    shown: dict[str, Any] = {}
    for name in sorted(params.keys() - _COMMON):
        value = params[name]
        # SECURITY: a parameter that no field describes might be a secret under a wrong name.
        if name.partition(".")[0] not in plain:
            shown[name] = value if name == "RegionId" else MASK
        else:
            shown[name] = _shortened(value)
    return {
        **shown,
        "AcsHost": routed.raw.host,
        "AcsProduct": routed.operation.product.code,
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


def _response(routed: Routed, result: object, error: ApiError | None) -> bytes | None:
    nothing = result is None or result is msgspec.UNSET
    if error is not None or nothing or routed.operation.effect == "Read":
        return None
    encoded = to_record(result)
    return encoded if len(encoded) <= _MOST_RESPONSE else None


def _message(error: ApiError) -> str:
    """SECURITY: a string to sign repeats every parameter sent, secrets among them."""
    if isinstance(error, SignatureMismatchV1 | SignatureMismatchV3):
        return error.text
    return error.message
