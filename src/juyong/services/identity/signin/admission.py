"""The last step of every way to sign in: the check of the owner, and the session."""

from juyong.api.context import Context
from juyong.base.secret import Secret
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.signin.answers import SignedIn
from juyong.services.identity.signin.failures import forget_failures
from juyong.services.identity.signin.sessions import PURPOSE, session_token, start_session
from juyong.services.identity.users.owners import Owner

_DAY = 86_400
_HOUR = 3600
_ROOT_SESSION_HOURS = 6


def is_idle(
    ctx: Context, preference: SecurityPreferenceRow, owner: Owner, profile: LoginProfileRow
) -> bool:
    """Tell whether a user is shut out after too many days without sign-in; root never is."""
    if owner.user is None:
        return False
    last = max(profile.updated_at, owner.user.last_login_at or 0)
    return ctx.now >= last + (preference.max_idle_days_users + 1) * _DAY


def admit(
    ctx: Context,
    preference: SecurityPreferenceRow,
    owner: Owner,
    profile: LoginProfileRow,
    *,
    mfa: bool,
    mfa_ticket: Secret | None = None,
) -> SignedIn:
    """Begin the session of an owner who has given every proof."""
    forget_failures(ctx.tx, owner.owner_id)
    ctx.tx.update(profile, last_login_at=ctx.now)
    if owner.user is not None:
        ctx.tx.update(owner.user, last_login_at=ctx.now)
    hours = preference.login_session_hours if owner.user else _ROOT_SESSION_HOURS
    session = start_session(
        ctx.tx, ctx.account_id, owner.owner_id, now=ctx.now, seconds=hours * _HOUR, mfa=mfa
    )
    token = session_token(session, ctx.key(PURPOSE))
    return SignedIn(owner=owner, session=session, token=token, mfa_ticket=mfa_ticket)
