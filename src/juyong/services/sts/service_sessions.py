"""Temporary credentials for a cloud service that acts with a role of an account."""

from dataclasses import dataclass

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn
from juyong.base.secret import Secret
from juyong.engines.policy import Principal, PrincipalKind
from juyong.services.identity.facade import RoleRow, find_role
from juyong.services.sts.sessions import SHORTEST, Wish, new_session
from juyong.services.sts.tokens import make_token
from juyong.services.sts.trust import judged
from juyong.store.transaction import Transaction


class RoleTrustsNot(Exception):
    """The account has no such role, or the role does not trust the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSession:
    """Credentials of a session, and the role they are of."""

    role: RoleRow
    access_key_id: str
    access_key_secret: Secret
    security_token: Secret
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWish:
    """The wish of a service: the role, the name and the duration of a session."""

    service: str
    account_id: AccountId
    role_name: str
    session_name: str
    seconds: int


def session_for_service(
    tx: Transaction, wish: ServiceWish, *, key: bytes, now: Instant
) -> ServiceSession:
    """Assume a role as a cloud service; the role's trust policy alone decides.

    Args:
        tx: Read only.
        wish: The session wanted; its seconds are kept between 900 and the role's maximum.
        key: The platform's key for PURPOSE.
        now: When the session begins.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
    """
    role = find_role(tx, wish.account_id, wish.role_name)
    if role is None or not _trusts(role, wish, now):
        raise RoleTrustsNot(ram_arn(wish.account_id, f"role/{wish.role_name}"))
    session = new_session(
        now,
        Wish(
            role=role,
            session_name=wish.session_name,
            seconds=max(SHORTEST, min(wish.seconds, role.max_session_seconds)),
            policy=None,
        ),
    )
    return ServiceSession(
        role=role,
        access_key_id=session.access_key_id,
        access_key_secret=Secret(session.secret),
        security_token=make_token(session, key),
        expires_at=Instant(session.expires_at),
    )


def _trusts(role: RoleRow, wish: ServiceWish, now: Instant) -> bool:
    who = Principal(arn=wish.service, account_id=wish.account_id, kind=PrincipalKind.SERVICE)
    return judged(role, who, now, {})[1].allowed
