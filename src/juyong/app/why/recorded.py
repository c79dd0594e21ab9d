"""Find an event, prove that it was not changed, and read it."""

from typing import Any, NamedTuple

import msgspec

from juyong.api.caller import (
    NOBODY,
    AccessPoint,
    Anonymous,
    Caller,
    RoleSession,
    Root,
    Service,
    User,
)
from juyong.api.command import BadInput, OperatorError
from juyong.audit.evidence import Evidence, read_evidence
from juyong.audit.macs import event_mac, macs_match, prepared
from juyong.audit.recorder import AuditEvent
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId, AccountId, RoleId, UserId
from juyong.base.mac_key import MacKey
from juyong.services.identity.facade import AccountRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

_decoder = msgspec.json.Decoder(AuditEvent)


class _Stored(NamedTuple):
    """The columns of an event that are read. at: In seconds since 1970 UTC."""

    seq: int
    account_id: str
    event_id: str
    at: int
    body: str
    evidence: str
    mac: str


class Recorded(NamedTuple):
    """An event whose record is unchanged.

    evidence: None where the event was recorded without evidence.
    """

    account_id: AccountId
    at: Instant
    event: AuditEvent
    evidence: Evidence | None
    caller: Caller


def recorded(tx: Transaction, event_id: str, audit_key: bytes) -> Recorded:
    """Return an event of the account that made the call.

    Cost: a look-up in one index for each account.

    Raises:
        BadInput: there is no such event.
        OperatorError: the event was changed since it was recorded.
    """
    rows = _rows(tx, event_id)
    if not rows:
        raise BadInput(f"there is no event `{event_id}`")
    # SECURITY: nothing of an event is read before its MAC holds.
    key = prepared(audit_key)
    for row in rows:
        if not _holds(row, key):
            raise OperatorError(
                f"the event of account {row.account_id} was changed since it was recorded, so its "
                "evidence proves nothing: juyong check"
            )
    read = [(row, _decoder.decode(row.body)) for row in rows]
    own = [(row, event) for row, event in read if event.user_identity.account_id == row.account_id]
    if not own:
        raise OperatorError("only the copy of the event that a resource's owner got is there")
    row, event = own[0]
    return Recorded(
        account_id=AccountId(row.account_id),
        at=Instant(row.at),
        event=event,
        evidence=read_evidence(row.evidence) if row.evidence else None,
        caller=_caller(event, Instant(row.at)),
    )


def _holds(row: _Stored, key: MacKey) -> bool:
    try:
        made = event_mac(key, row.account_id, row.event_id, row.body, row.evidence)
        return macs_match(made, row.mac)
    except (TypeError, AttributeError, UnicodeEncodeError):
        return False  # somebody stored what is no text


def _rows(tx: Transaction, event_id: str) -> list[_Stored]:
    return list(map(_Stored._make, tx.query(_named, event_id=event_id, nobody=NOBODY)))


def _named() -> "sa.Select[Any]":
    """PERF: events are found by account and id; a search by id alone reads all of them.

    SQLite also reads all events while events wait in the intake log, unless the query
    selects the column of its order.
    """
    event, account = table_of(EventRow), table_of(AccountRow)
    accounts = sa.select(account.c.account_id).union_all(sa.select(sa.bindparam("nobody")))
    return (
        sa.select(*(event.c[name] for name in _Stored._fields))
        .where(
            event.c.event_id == sa.bindparam("event_id"),
            event.c.account_id.in_(accounts),
        )
        .order_by(event.c.seq)
    )


def _caller(event: AuditEvent, at: Instant) -> Caller:
    who = event.user_identity
    account_id, key = AccountId(who.account_id), AccessKeyId(who.access_key_id)
    match who.type:
        case "root-account":
            return Root(account_id=account_id, access_key_id=key)
        case "ram-user":
            return User(
                account_id=account_id,
                user_id=UserId(who.principal_id),
                user_name=who.user_name,
                access_key_id=key,
            )
        case "assumed-role":
            role_name, _, session_name = who.user_name.partition(":")
            return RoleSession(
                account_id=account_id,
                role_id=RoleId(who.principal_id.partition(":")[0]),
                role_name=role_name,
                session_name=session_name,
                access_key_id=key,
                issued_at=at,
                expires_at=at,
            )
        case "system":
            return Service(account_id=account_id, name=who.user_name)
        case "application-access-point":
            return AccessPoint(
                account_id=account_id,
                region=event.acs_region,
                name=who.user_name,
                client_key_id=who.access_key_id,
            )
        case _:
            return Anonymous(account_id=account_id)
