"""Issue temporary credentials for a role, however the caller proved itself."""

from typing import Annotated, Any, TypeVar

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Raises
from juyong.api.shape import Of, Shape
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId, new_sts_key_id, new_sts_secret
from juyong.base.names import ram_arn
from juyong.base.secret import Secret
from juyong.engines.policy import Kind, Malformed, Principal, PrincipalKind, TooLong, parse
from juyong.services.identity.facade import RoleRow, find_role
from juyong.services.sts.tokens import PURPOSE, Session, make_token
from juyong.services.sts.trust import judged
from juyong.store.transaction import Transaction

_SHORTEST = 900
_USUAL = 3600
_HOUR = 3600
BadDuration = fact(
    "InvalidParameter.DurationSeconds",
    400,
    "The Min/Max value of DurationSeconds is 15min/{most}.",
    why="Shorter than 15 minutes, or longer than the role allows.",
)
BadSessionPolicy = fact(
    "InvalidParameter.PolicyGrammar",
    400,
    "The parameter Policy has not passed grammar check.",
    why="The session policy is no policy.",
)
LongSessionPolicy = fact(
    "InvalidParameter.PolicySize",
    400,
    "The size of Policy must be smaller than 2048 bytes.",
    why="The session policy has more than 2048 characters.",
)
DurationSeconds = Annotated[
    int,
    Doc("900 up to the role's MaxSessionDuration; 3600 if absent."),
    Raises((BadDuration,)),
]
SessionPolicy = Annotated[
    str,
    Doc("Narrows the session to what the policy and the role both allow; 1 to 2048 characters."),
    Raises((BadSessionPolicy, LongSessionPolicy)),
]


class AssumedRoleUser(Shape, frozen=True, kw_only=True):
    """The session as a principal.

    Arn is `acs:ram::<account>:role/<role>/<session>`, the form the API reference gives, with the
    role's name in lower case, as every role name in an Arn is (observed). GetCallerIdentity names
    the same session `assumed-role/…`; no client is known to compare the two.
    """

    arn: str
    assumed_role_id: str


class Credentials(Shape, frozen=True, kw_only=True):
    """A temporary AccessKey; all three parts are needed to sign."""

    access_key_id: str
    access_key_secret: Annotated[Secret, Of("secret", Secret)]
    security_token: Secret
    expiration: Annotated[str, Of("expires_at", iso)]


class SessionAnswer(Shape, frozen=True, kw_only=True):
    """The answer of every way to assume a role; SourceIdentity only if it is set."""

    assumed_role_user: AssumedRoleUser
    credentials: Credentials
    source_identity: str | msgspec.UnsetType = msgspec.UNSET


A = TypeVar("A", bound=SessionAnswer)


class RoleTrustsNot(Exception):
    """The account has no such role, or the role does not trust the service."""


def checked_seconds(role: RoleRow, wanted: int | None) -> int:
    """Return the duration of a session in seconds; 3600 unless another time is wanted.

    Raises:
        BadDuration: less than 900, or more than the role's MaxSessionDuration.
    """
    seconds = _USUAL if wanted is None else wanted
    if not _SHORTEST <= seconds <= role.max_session_seconds:
        most = role.max_session_seconds
        raise BadDuration(most=f"{most // 60}min" if most % _HOUR else f"{most // _HOUR}hr")
    return seconds


def new_session(
    role: RoleRow,
    now: Instant,
    *,
    session_name: str,
    seconds: int,
    policy: str | None = None,
    source_identity: str | None = None,
    mfa: bool | None = None,
    federated: str | None = None,
) -> Session:
    """Make a session that begins now; it cannot be used before it is issued.

    policy: Narrows the role. mfa: Whether the caller of AssumeRole had passed MFA (None: MFA does
    not apply). federated: The provider whose proof was used.

    Raises:
        LongSessionPolicy: its policy has more than 2048 characters.
        BadSessionPolicy: the grammar of its policy is wrong.
    """
    if policy is not None:
        try:
            parse(policy, Kind.SESSION)
        except TooLong as bad:
            raise LongSessionPolicy from bad
        except Malformed as bad:
            raise BadSessionPolicy from bad
    return Session(
        access_key_id=new_sts_key_id(),
        secret=new_sts_secret(),
        account_id=role.account_id,
        role_id=role.role_id,
        role_name=role.role_name,
        session_name=session_name,
        issued_at=now,
        expires_at=now + seconds,
        session_policy=policy,
        source_identity=source_identity,
        mfa=mfa,
        federated=federated,
    )


def issue(ctx: Context, role: RoleRow, session: Session, answer: type[A], **further: Any) -> A:
    """Issue a session, and name the role and the temporary AccessKey in the event.

    further: The members of the answer that other ways to assume a role do not have.
    """
    ctx.journal.refer("ACS::RAM::Role", role.role_name, role.account_id)
    ctx.journal.refer("ACS::RAM::AccessKey", session.access_key_id)
    name = session.session_name
    return answer(
        assumed_role_user=AssumedRoleUser(
            arn=ram_arn(role.account_id, f"role/{role.role_key}/{name}"),
            assumed_role_id=f"{role.role_id}:{name}",
        ),
        credentials=Credentials.of(session, security_token=make_token(session, ctx.key(PURPOSE))),
        source_identity=session.source_identity or msgspec.UNSET,
        **further,
    )


def trusting_role(
    tx: Transaction, service: str, role: tuple[AccountId, str], now: Instant
) -> RoleRow:
    """Return a role that a cloud service may assume; role: Its account and name.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
    """
    account_id, name = role
    row = find_role(tx, account_id, name)
    who = Principal(arn=service, account_id=account_id, kind=PrincipalKind.SERVICE)
    if row is None or not judged(row, who, now, {})[1].allowed:
        raise RoleTrustsNot(ram_arn(account_id, f"role/{name}"))
    return row


def session_for_service(
    tx: Transaction,
    service: str,
    role: tuple[AccountId, str],
    *,
    session_name: str,
    seconds: int,
    key: bytes,
    now: Instant,
) -> tuple[RoleRow, Credentials]:
    """Assume a role as a cloud service; the role's trust policy alone decides.

    role: Its account and name. seconds: The duration wanted; kept between 900 and the role's
    maximum. key: The platform's key for PURPOSE.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
    """
    row = trusting_role(tx, service, role, now)
    seconds = max(_SHORTEST, min(seconds, row.max_session_seconds))
    session = new_session(row, now, session_name=session_name, seconds=seconds)
    return row, Credentials.of(session, security_token=make_token(session, key))
