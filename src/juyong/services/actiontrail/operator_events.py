"""Events of the operator's acts on the platform or on an account, in the audit record.

Source: the form is that of events which a service writes for itself (documented); that the
operator's acts are events of a service `Juyong` in the first account, and of `AasCustomer` in the
account whose root they change, is assumed.
"""

from collections.abc import Mapping

from juyong.api.context import Journal
from juyong.audit.global_events import global_events_region
from juyong.audit.macs import prepared
from juyong.audit.recorder import Act, Origin, UserIdentity, record
from juyong.base.clock import Instant
from juyong.base.ids import RequestId, new_request_id
from juyong.services.identity.facade import FIRST_ACCOUNT, AccountRow, account_named
from juyong.store.transaction import Transaction

SERVICE = "Juyong"
ACCOUNT_SERVICE = "AasCustomer"
"""The service that names events about an account and its root (documented)."""

_LOCAL = "127.0.0.1"


def record_operation(
    tx: Transaction,
    name: str,
    details: Mapping[str, str],
    *,
    key: bytes,
    region: str,
    now: Instant,
    event_id: RequestId | None = None,
    journal: Journal | None = None,
    account: AccountRow | None = None,
    service: str = SERVICE,
) -> None:
    """Write an event of the operator's; without an account to tell, none is written.

    Args:
        tx: Commits it.
        name: The act: `Seal`, `Unseal`, `Rekey`, `MFABind`.
        details: What to know of it, without secrets.
        key: The audit key.
        region: The platform's.
        now: When.
        event_id: Names the act; a new one by default.
        journal: The states that resources took.
        account: The account that gets the event; by default the first account.
        service: What the act is about; the platform as a whole without one.
    """
    account = account or account_named(tx, FIRST_ACCOUNT)
    if account is None:
        return
    act = Act(
        origin=Origin(
            who=UserIdentity(type="system", account_id=account.account_id, user_name="operator"),
            name=name,
            event_type="AliyunServiceEvent",
            service=service,
            region=global_events_region(tx, account.account_id, region),
            is_global=True,
            source=_LOCAL,
            address=_LOCAL,
        ),
        request_id=event_id or new_request_id(),
        at=now,
        extra=details,
    )
    record(tx, act, journal.effects() if journal else Journal(), key=prepared(key))
