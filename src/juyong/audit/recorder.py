"""The one recorder, which writes the event and the snapshots of every act.

Only this module knows the published schema of an event, and where each member comes from.

Source: ActionTrail event reference (documented; eventVersion as integer: observed in samples).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import msgspec

from juyong.api.caller import AccessPoint, Caller, RoleSession, Root, Service, User, principal_id
from juyong.api.context import Journal
from juyong.audit.evidence import evidence_of
from juyong.audit.macs import event_mac
from juyong.audit.sensitive import SENSITIVE
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId, RequestId
from juyong.base.mac_key import MacKey
from juyong.store.inventory import Cause, write
from juyong.store.transaction import Transaction

INSIGHT: Final = "ActionTrailInsight"
"""The type of events that tell of other events."""
EventType = Literal[
    "ApiCall",
    "ConsoleOperation",
    "ConsoleSignin",
    "ConsoleSignout",
    "AliyunServiceEvent",
    "ActionTrailInsight",
]
_LONGEST_MESSAGE = 2048
LONGEST_END = 256
"""Longer hosts and agents are cut. SECURITY: origins are remembered, and must stay small."""


class SessionAttributes(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """How and when a session began. mfa_authenticated: `true` or `false`."""

    mfa_authenticated: str
    creation_date: str = ""


class SessionContext(msgspec.Struct, frozen=True):
    """The session in which an act was done."""

    attributes: SessionAttributes


class UserIdentity(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, cache_hash=True
):
    """The principal of an act."""

    type: str
    principal_id: str = ""
    account_id: str = ""
    access_key_id: str = ""
    user_name: str = ""
    session_context: SessionContext | None = None


class _Told(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False
):
    """The members that tell one act from others of its origin."""

    event_id: str = ""
    event_time: str = ""
    request_id: str = ""
    request_parameters: Any = {}
    """A mapping; a msgspec.Raw of one when it is written, since its text stands below as well."""
    request_parameter_json: str = ""
    response_elements: Any = None
    """A msgspec.Raw when it is written: the answer was encoded already, its secrets masked."""
    referenced_resources: dict[str, list[str]] = {}
    resource_type: str = ""
    resource_name: str = ""
    error_code: str = ""
    error_message: str = ""
    additional_event_data: dict[str, str] = {}
    shared_event_id: str = ""
    insight_details: Any = None
    """A msgspec.Raw when it is written; of insights alone, as the id before."""


class AuditEvent(_Told, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One event in wire form; empty members are left out, as in delivered records.

    The members of its own are those that a caller's events share.
    """

    event_version: int = msgspec.field(name="eventVersion")
    event_type: str
    event_category: str = msgspec.field(name="eventCategory")
    event_rw: str = msgspec.field(name="eventRW")
    event_name: str
    event_source: str
    service_name: str
    api_version: str = ""
    acs_region: str
    is_global: bool = msgspec.field(name="isGlobal")
    source_ip_address: str
    user_agent: str = ""
    recipient_account_id: str
    user_identity: UserIdentity


class Origin(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """The circumstances that many acts share: who does what, and from where.

    name: As an operation is called. event_type: See EventType. effect: `Read` or `Write`.
    category: `Management`; `Insight` for what was found in events; or `Data` for a call on data,
        which is delivered and not stored.
    service, version: Of the product; a version only where an API was called.
    source, address, agent: The host called, and where the call came from; not longer than
        LONGEST_END.
    """

    who: UserIdentity
    name: str
    event_type: EventType
    effect: str = "Write"
    category: Literal["Management", "Data", "Insight"] = "Management"
    service: str
    version: str = ""
    region: str
    is_global: bool
    source: str
    address: str
    agent: str = ""


class Act(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """An act, done or refused, in the account of who did it.

    parameters: A JSON object without secrets; empty where nothing was asked for in parameters.
    response: The answer as JSON without secrets, None where it is not kept.
    extra: The members of `additionalEventData`, added to those of the journal.
    insight: Of an insight, the event by which it was found, and its details as a JSON object.
    """

    origin: Origin
    request_id: RequestId
    at: Instant
    parameters: bytes = b""
    response: bytes | None = None
    error_code: str = ""
    error_message: str = ""
    extra: Mapping[str, str] = {}
    insight: tuple[str, bytes] | None = None


_encoder = msgspec.json.Encoder()


def record(tx: Transaction, act: Act, journal: Journal, *, key: MacKey) -> None:
    """Write the event of an act, and the states that resources took, into its transaction.

    The owner of what a caller of another account used gets the event too.

    Args:
        tx: Does what the event tells, and commits both.
            act: The act to record.
        journal: The resources of the act, without snapshots of undone changes.
        key: The key for PURPOSE.
    """
    own = act.origin.who.account_id
    told = _told(act, journal)
    has_evidence = act.origin.event_type == "ApiCall" or journal.asked
    evidence = evidence_of(journal.asked) if has_evidence else ""
    tx.insert_later(_row(own, act, told, evidence, key))
    for owner in sorted(journal.owners - {own}) if journal.owners else ():
        # SECURITY: which policies a caller has is none of the owner's business.
        tx.insert_later(_row(owner, act, told, "", key))
    if journal.noted:
        write(tx, journal.noted.values(), Cause(act.request_id, act.at))


def body_of(recipient: str, act: Act, journal: Journal) -> str:
    """Return the event of an act as an account gets it; nothing is stored.

    Args:
        recipient: The account.
        act: The act.
        journal: The resources of the act.
    """
    return _body(_shared(recipient, act.origin), _told(act, journal))


def _body(shared: "_Shared", told: _Told) -> str:
    return f"{shared.text},{_encoder.encode(told)[1:].decode()}"


def _row(recipient: str, act: Act, told: _Told, evidence: str, key: MacKey) -> EventRow:
    shared = _shared(recipient, act.origin)
    body = _body(shared, told)
    return msgspec.structs.replace(
        shared.row,
        event_id=act.request_id,
        at=act.at,
        resource_types=_listed(told.resource_type),
        resource_names=_listed(told.resource_name),
        error_code=act.error_code,
        body=body,
        evidence=evidence,
        mac=event_mac(key, recipient, act.request_id, body, evidence),
    )


class _Shared(NamedTuple):
    """The part that events of one origin share: of their text, and of their rows."""

    text: str
    row: EventRow


@lru_cache(maxsize=1024)
def _shared(recipient: str, origin: Origin) -> _Shared:
    """PERF: half of an event is the same from call to call, and so is encoded once."""
    event = AuditEvent(
        event_version=1,
        event_type=origin.event_type,
        event_category=origin.category,
        event_rw=origin.effect,
        event_name=origin.name,
        event_source=origin.source,
        service_name=origin.service,
        api_version=origin.version,
        acs_region=origin.region,
        is_global=origin.is_global,
        source_ip_address=origin.address,
        user_agent=origin.agent,
        recipient_account_id=recipient,
        user_identity=origin.who,
    )
    row = row_of(event, "", "", at=Instant(0), mac="")
    return _Shared(_encoder.encode(event).decode().removesuffix("}"), row)


def row_of(event: AuditEvent, body: str, evidence: str, *, at: Instant, mac: str) -> EventRow:
    """Derive the columns that searches use from an event, whose encoding is `body`."""
    who = event.user_identity
    return EventRow(
        account_id=AccountId(event.recipient_account_id),
        event_id=event.event_id,
        at=at,
        event_name=event.event_name,
        service_name=event.service_name,
        event_rw=event.event_rw,
        event_type=event.event_type,
        user_name=who.user_name,
        principal_id=who.principal_id,
        role_name=who.user_name.partition(":")[0] if who.type == "assumed-role" else "",
        access_key_id=who.access_key_id,
        region="" if event.is_global else event.acs_region,
        source_ip=event.source_ip_address,
        resource_types=_listed(event.resource_type),
        resource_names=_listed(event.resource_name),
        error_code=event.error_code,
        sensitive=event.event_name in SENSITIVE,
        body=body,
        evidence=evidence,
        mac=mac,
    )


def _listed(names: str) -> str:
    return f";{names};" if names else ""


def _told(act: Act, journal: Journal) -> _Told:
    references, types, names = _referenced(journal.references)
    parameters, response = act.parameters, act.response
    shared, details = act.insight or ("", b"")
    return _Told(
        event_id=act.request_id,
        event_time=iso(act.at),
        request_id=act.request_id,
        request_parameters=msgspec.Raw(parameters) if parameters else {},
        request_parameter_json=parameters.decode(),
        response_elements=None if response is None else msgspec.Raw(response),
        referenced_resources=references,
        resource_type=types,
        resource_name=names,
        error_code=act.error_code,
        error_message=act.error_message[:_LONGEST_MESSAGE],
        additional_event_data={**journal.extra, **act.extra},
        shared_event_id=shared,
        insight_details=msgspec.Raw(details) if details else None,
    )


def _referenced(pairs: list[tuple[str, str]]) -> tuple[dict[str, list[str]], str, str]:
    """Return the resources of an act by their types, and types and names as texts."""
    if len(pairs) == 1:  # PERF: most acts are about one.
        ((kind, name),) = pairs
        return {kind: [name]}, kind, name
    found: dict[str, list[str]] = {}
    for kind, name in pairs:
        found.setdefault(kind, []).append(name)
    types = ";".join([kind for kind, names in found.items() for _ in names])
    return found, types, ";".join([name for names in found.values() for name in names])


def identity_of(caller: Caller) -> UserIdentity:
    """Describe a caller as events do."""
    return _long_term(caller) if isinstance(caller, User | Root) else _described(caller)


@lru_cache(maxsize=1024)
def _long_term(caller: User | Root) -> UserIdentity:
    return _described(caller)


def _described(caller: Caller) -> UserIdentity:
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
    issued_at = caller.issued_at if isinstance(caller, RoleSession) else None
    return UserIdentity(
        type=kind,
        principal_id=principal_id(caller),
        account_id=caller.account_id,
        access_key_id=key,
        user_name=name,
        session_context=session_context(issued_at, mfa=getattr(caller, "mfa", None)),
    )


def session_context(issued_at: Instant | None, *, mfa: bool | None) -> SessionContext | None:
    """Describe a session by when it began and whether a second factor was checked.

    Plain AccessKey calls have no session, so neither is known of them.
    """
    if issued_at is None and mfa is None:
        return None
    return SessionContext(
        SessionAttributes(
            mfa_authenticated="true" if mfa else "false",
            creation_date="" if issued_at is None else iso(issued_at),
        )
    )
