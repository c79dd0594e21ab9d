"""What the operator did to the platform as a whole, in the audit record.

Source: the form is that of events which a service writes for itself (documented); that the
operator's acts are events of a service `Juyong`, in the first account, is assumed.
"""

from collections.abc import Mapping

from juyong.app.bootstrap import FIRST_ACCOUNT
from juyong.base.clock import Instant, iso
from juyong.base.ids import new_request_id
from juyong.services.actiontrail.facade import AuditEvent, UserIdentity, record
from juyong.services.ram.facade import account_named
from juyong.store.transaction import Transaction

SERVICE = "Juyong"
_LOCAL = "127.0.0.1"


def record_operation(
    tx: Transaction,
    name: str,
    details: Mapping[str, str],
    *,
    key: bytes,
    region: str,
    now: Instant,
) -> None:
    """Write an event of the operator's; without the first account there is nobody to see it.

    Args:
        tx: Commits it.
        name: What was done: `Seal`, `Unseal`, `Rekey`.
        details: What to know of it, without secrets.
        key: The audit key.
        region: The platform's.
        now: When.
    """
    account = account_named(tx, FIRST_ACCOUNT)
    if account is None:
        return
    event_id = new_request_id()
    event = AuditEvent(
        event_id=event_id,
        event_version=1,
        event_time=iso(now),
        event_type="AliyunServiceEvent",
        event_category="Management",
        event_rw="Write",
        event_name=name,
        event_source=_LOCAL,
        service_name=SERVICE,
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
