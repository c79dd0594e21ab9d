"""The events of signing in and out, and the states they change.

Source: ActionTrail event reference, sign-in events (documented); that the event of a root sign-in
has no sessionContext (live, 2019-20); error codes (assumed).
"""

from typing import Literal

from juyong.api.context import Context
from juyong.audit.global_events import global_events_region
from juyong.audit.macs import event_key
from juyong.audit.recorder import LONGEST_END, Act, Origin, UserIdentity, record, session_context
from juyong.base.clock import Instant
from juyong.services.identity.signin.answers import Refusal, SignedIn
from juyong.services.identity.users.owners import Owner

CHALLENGE = "ConsoleSigninChallenge"
"""Name of the event of a right password that was not enough yet: no sign-in, and no failure."""


SigninKind = Literal["ConsoleSignin", "ConsoleSignout", "ConsoleOperation"]


def note_attempt(
    ctx: Context, owner: Owner | None, outcome: SignedIn | Refusal, user_agent: str
) -> None:
    """Write the event of a decided attempt to sign in; see note_signin."""
    session = outcome.session if isinstance(outcome, SignedIn) else None
    note_signin(
        ctx,
        owner,
        user_agent=user_agent,
        mfa=session is not None and session.mfa,
        refusal=outcome if isinstance(outcome, Refusal) else None,
        started_at=ctx.now if session else None,
    )


def note_signin(
    ctx: Context,
    owner: Owner | None,
    *,
    user_agent: str,
    mfa: bool,
    refusal: Refusal | None = None,
    started_at: Instant | None = None,
    kind: SigninKind = "ConsoleSignin",
    name: str = "",
) -> None:
    """Write the event of one attempt, of signing out or of an act while signed in, with its states.

    owner: None for a name that no identity has, which the event leaves out. mfa: A second factor
    was checked. started_at: When the session began. name: Of an act while signed in; for other
    kinds the kind gives the name.
    """
    asks = refusal is not None and refusal.asks
    failed = refusal if refusal and not refusal.asks else None
    is_root = owner is not None and owner.user is None
    enters_as_root = is_root and kind == "ConsoleSignin"
    checked = "true" if mfa else "false"
    extra = {"callbackUrl": "", "mfaChecked": checked}
    if is_root:
        extra = {"loginAccount": ctx.account_id, "isMFAChecked": checked}
    if asks and refusal:
        extra["challenge"] = refusal.code
    act = Act(
        origin=Origin(
            who=_identity(ctx, owner, mfa=mfa, started_at=None if enters_as_root else started_at),
            name=CHALLENGE if asks else name or kind,
            event_type=kind,
            service="AasCustomer" if is_root else "AasSub",
            region=global_events_region(ctx.tx, ctx.account_id, ctx.region, ctx.platform.memory),
            is_global=True,
            source=ctx.host[:LONGEST_END],
            address=ctx.source_ip,
            agent=user_agent[:LONGEST_END],
        ),
        request_id=ctx.request_id,
        at=ctx.now,
        error_code=failed.code if failed else "",
        error_message=failed.message if failed else "",
        extra=extra,
    )
    record(ctx.tx, act, ctx.journal.effects(), key=event_key(ctx.platform))


def _identity(
    ctx: Context, owner: Owner | None, *, mfa: bool, started_at: Instant | None
) -> UserIdentity:
    if owner is None:
        return UserIdentity(type="unknown", account_id=ctx.account_id)
    # Recorded events of root's sign-in (2019, live) have no session context.
    has_session = started_at is not None and owner.user is not None
    return UserIdentity(
        type="ram-user" if owner.user else "root-account",
        principal_id=owner.owner_id,
        account_id=ctx.account_id,
        user_name=owner.name,
        session_context=session_context(started_at, mfa=mfa) if has_session else None,
    )
