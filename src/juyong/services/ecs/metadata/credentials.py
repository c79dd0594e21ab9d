"""The credentials of an instance's role, from STS, by which programs in it call the platform.

ECS assumes the role as its service, and the role's trust policy decides at every request. A session
is handed out again until half of its time is over, so clients that ask often make few of them.

Source: ECS, "Instance RAM roles" (documented: six hours, the members, and the path); that the
session is named by the instance, and lasts no longer than the role allows, is assumed.
"""

from collections.abc import Callable

import msgspec

from juyong.api.caller import Service
from juyong.api.context import Journal, Platform
from juyong.api.shape import to_wire
from juyong.base.clock import Instant, iso, parse_iso
from juyong.services.actiontrail.facade import ServiceAction, record_service_action
from juyong.services.ecs.machines.passing import SERVICE
from juyong.services.ecs.metadata.tree import Tree
from juyong.services.network.tables import InstanceRow
from juyong.services.sts.facade import (
    PURPOSE,
    STS,
    Credentials,
    RoleTrustsNot,
    session_for_service,
    trusting_role,
)
from juyong.store.transaction import Transaction

_SECONDS = 6 * 60 * 60
_MEMORY = "ecs.role-sessions"
_MOST_KEPT = 1000


class _Handed(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was handed out; renew_at: From then on a new one is made."""

    role_id: str
    credentials: Credentials
    made_at: Instant
    renew_at: Instant


def roles_of(tx: Transaction, platform: Platform, row: InstanceRow, now: Instant) -> Tree:
    """Return the tree below `ram/`: the role's name, and its credentials, which are made when read.

    Empty for an instance without a role.
    """
    name = row.role_name
    if not name:
        return {}
    made: Callable[[], str | None] = lambda: _credentials(tx, platform, row, now)  # noqa: E731
    return {"security-credentials": {name: made}}


def _credentials(tx: Transaction, platform: Platform, row: InstanceRow, now: Instant) -> str | None:
    """Return the credentials as JSON; None where the role is gone or does not trust ECS."""
    named = (row.account_id, row.role_name)
    try:
        role = trusting_role(tx, SERVICE, named, now)
    except RoleTrustsNot:
        return None
    kept: dict[str, _Handed] = platform.memory.setdefault(_MEMORY, {})
    handed = kept.get(row.instance_id)
    if handed is None or handed.role_id != role.role_id or now >= handed.renew_at:
        handed = _new(tx, platform, row, now)
        if len(kept) >= _MOST_KEPT:
            kept.pop(next(iter(kept)), None)
        kept[row.instance_id] = handed
    return _shown(handed)


def _new(tx: Transaction, platform: Platform, row: InstanceRow, now: Instant) -> _Handed:
    role, session = session_for_service(
        tx,
        SERVICE,
        (row.account_id, row.role_name),
        session_name=row.instance_id,
        seconds=_SECONDS,
        key=platform.keys[PURPOSE],
        now=now,
    )
    _tell(tx, platform, row, session, now)
    half = (parse_iso(session.expiration) - now) // 2
    return _Handed(
        role_id=role.role_id,
        credentials=session,
        made_at=now,
        renew_at=Instant(now + half),
    )


def _tell(
    tx: Transaction, platform: Platform, row: InstanceRow, session: Credentials, now: Instant
) -> None:
    """Write the event of a new session into the account's trail."""
    journal = Journal()
    journal.refer("ACS::RAM::Role", row.role_name, row.account_id)
    journal.refer("ACS::RAM::AccessKey", session.access_key_id)
    journal.refer("ACS::ECS::Instance", row.instance_id)
    record_service_action(
        tx,
        platform,
        ServiceAction(
            service=Service(account_id=row.account_id, name=SERVICE),
            product=STS,
            name="AssumeRole",
            region=row.region,
            journal=journal,
            at=now,
        ),
    )


def _shown(handed: _Handed) -> str:
    session = handed.credentials
    return to_wire(
        {
            "AccessKeyId": session.access_key_id,
            "AccessKeySecret": session.access_key_secret,
            "Expiration": session.expiration,
            "SecurityToken": session.security_token,
            "LastUpdated": iso(handed.made_at),
            "Code": "Success",
        }
    ).decode()
