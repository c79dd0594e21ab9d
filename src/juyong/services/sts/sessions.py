"""Issue temporary credentials for a role, however the caller proved itself."""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.base.ids import new_sts_key_id, new_sts_secret
from juyong.base.names import ram_arn
from juyong.base.secret import Secret
from juyong.engines.policy import Kind, Malformed, TooLong, parse
from juyong.services.identity.facade import RoleRow
from juyong.services.sts.tokens import PURPOSE, Session, make_token

SHORTEST = 900
USUAL = 3600
_HOUR = 3600


class BadDuration(ApiError):
    """Shorter than 15 minutes, or longer than the role allows."""

    code, status = "InvalidParameter.DurationSeconds", 400
    text = "The Min/Max value of DurationSeconds is 15min/{most}."


class BadSessionPolicy(ApiError):
    """The session policy is no policy."""

    code, status = "InvalidParameter.PolicyGrammar", 400
    text = "The parameter Policy has not passed grammar check."


class LongSessionPolicy(ApiError):
    """The session policy has more than 2048 characters."""

    code, status = "InvalidParameter.PolicySize", 400
    text = "The size of Policy must be smaller than 2048 bytes."


BAD_WISH = (BadDuration, BadSessionPolicy, LongSessionPolicy)
"""The errors of a call that asks for a session."""
DurationSeconds = Annotated[int, Doc("900 up to the role's MaxSessionDuration; 3600 if absent.")]
SessionPolicy = Annotated[
    str,
    Doc("Narrows the session to what the policy and the role both allow; 1 to 2048 characters."),
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
    access_key_secret: Secret
    security_token: Secret
    expiration: str


class SessionAnswer(Shape, frozen=True, kw_only=True):
    """The answer of every way to assume a role; SourceIdentity only if it is set."""

    assumed_role_user: AssumedRoleUser
    credentials: Credentials
    source_identity: str | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The session wanted.

    seconds: How long it lasts. policy: Narrows the role. mfa: Whether the caller of
        AssumeRole had passed MFA (None: MFA does not apply). federated: The provider whose proof
        was used.
    """

    role: RoleRow
    session_name: str
    seconds: int
    policy: str | None
    source_identity: str | None = None
    mfa: bool | None = None
    federated: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """The part of a session that the caller sees."""

    user: AssumedRoleUser
    credentials: Credentials


def checked_seconds(role: RoleRow, wanted: int | None) -> int:
    """Return the duration of a session in seconds; 3600 unless another time is wanted.

    Raises:
        BadDuration: less than 900, or more than the role's MaxSessionDuration.
    """
    seconds = USUAL if wanted is None else wanted
    if not SHORTEST <= seconds <= role.max_session_seconds:
        most = role.max_session_seconds
        raise BadDuration(most=f"{most // 60}min" if most % _HOUR else f"{most // _HOUR}hr")
    return seconds


def new_session(now: Instant, wish: Wish) -> Session:
    """Make a session that begins now; it cannot be used before it is issued.

    Raises:
        LongSessionPolicy: its policy has more than 2048 characters.
        BadSessionPolicy: the grammar of its policy is wrong.
    """
    role = wish.role
    return Session(
        access_key_id=new_sts_key_id(),
        secret=new_sts_secret(),
        account_id=role.account_id,
        role_id=role.role_id,
        role_name=role.role_name,
        session_name=wish.session_name,
        issued_at=now,
        expires_at=now + wish.seconds,
        session_policy=_checked(wish.policy),
        source_identity=wish.source_identity,
        mfa=wish.mfa,
        federated=wish.federated,
    )


def _checked(policy: str | None) -> str | None:
    """Return a session policy that can be enforced."""
    if policy is not None:
        try:
            parse(policy, Kind.SESSION)
        except TooLong as bad:
            raise LongSessionPolicy from bad
        except Malformed as bad:
            raise BadSessionPolicy from bad
    return policy


def issue(ctx: Context, role: RoleRow, session: Session) -> Issued:
    """Issue a session, and name the role and the temporary AccessKey in the event."""
    ctx.journal.refer("ACS::RAM::Role", role.role_name, role.account_id)
    ctx.journal.refer("ACS::RAM::AccessKey", session.access_key_id)
    return Issued(
        user=AssumedRoleUser(
            arn=ram_arn(role.account_id, f"role/{role.role_key}/{session.session_name}"),
            assumed_role_id=f"{role.role_id}:{session.session_name}",
        ),
        credentials=Credentials(
            access_key_id=session.access_key_id,
            access_key_secret=Secret(session.secret),
            security_token=make_token(session, ctx.key(PURPOSE)),
            expiration=iso(Instant(session.expires_at)),
        ),
    )
