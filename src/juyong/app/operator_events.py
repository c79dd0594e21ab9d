"""What the operator did to the platform or to an account, in the audit record.

Source: the form is that of events which a service writes for itself (documented); that the
operator's acts are events of a service `Juyong` in the first account, and of `AasCustomer` in the
account whose root they change, is assumed.
"""

from collections.abc import Mapping

from juyong.app.bootstrap import FIRST_ACCOUNT
from juyong.base.clock import Instant, iso
from juyong.base.ids import RequestId, new_request_id
from juyong.services.actiontrail.facade import AuditEvent, UserIdentity, record
from juyong.services.identity.facade import AccountRow, account_named
from juyong.store.transaction import Transaction

SERVICE = "Juyong"
ACCOUNT_SERVICE = "AasCustomer"
"""The service whose events tell what befell an account and its root (documented)."""

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
    account: AccountRow | None = None,
    service: str = SERVICE,
) -> None:
    """Write an event of the operator's; without an account to tell, none is written.

    Args:
        tx: Commits it.
        name: What was done: `Seal`, `Unseal`, `Rekey`, `MFABind`.
        details: What to know of it, without secrets.
        key: The audit key.
        region: The platform's.
        now: When.
        event_id: Names the act, where it leaves snapshots under that id too.
        account: Whose event it is; the first account's without one.
        service: What the act is about; the platform as a whole without one.
    """
    account = account or account_named(tx, FIRST_ACCOUNT)
    if account is None:
        return
    event_id = event_id or new_request_id()
    event = AuditEvent(
        event_id=event_id,
        event_version=1,
        event_time=iso(now),
        event_type="AliyunServiceEvent",
        event_category="Management",
        event_rw="Write",
        event_name=name,
        event_source=_LOCAL,
        service_name=service,
        acs_region=region,
        is_global=True,
        request_id=event_id,
        source_ip_address=_LOCAL,
        recipient_account_id=account.account_id,
        user_identity=UserIdentity(
            type="system", account_id=account.account_id, user_name="operator"
        ),
        additional_event_data=dict(details),
    )
    record(tx, event, at=now, key=key)
