"""The events of signing in and out, and the states they change.

Source: ActionTrail event reference, sign-in events (documented); that the event of a root sign-in
has no sessionContext (live, 2019-20); error codes (assumed).
"""

from typing import Literal

from juyong.api.context import Context
from juyong.base.clock import Instant, iso
from juyong.services.actiontrail.facade import AuditEvent, UserIdentity, record
from juyong.services.identity.signin.answers import Refusal
from juyong.services.identity.users.owners import Owner
from juyong.store.inventory import Cause, write

AUDIT = "audit"
CHALLENGE = "ConsoleSigninChallenge"
"""Name of the event of a right password that was not enough yet: no sign-in, and no failure."""


SigninKind = Literal["ConsoleSignin", "ConsoleSignout", "ConsoleOperation"]


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

    Args:
        ctx: The attempt; its account is the one to tell.
        owner: Who; None for a name that nobody has, which is not written down.
        user_agent: As the browser names itself.
        mfa: Whether a second factor was checked.
        refusal: Why it failed.
        started_at: When the session began.
        kind: Sign-in, sign-out or an act while signed in.
        name: What was done while signed in; otherwise the kind says it.
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
    event = AuditEvent(
        event_id=ctx.request_id,
        event_version=1,
        event_time=iso(ctx.now),
        event_type=kind,
        event_category="Management",
        event_rw="Write",
        event_name=CHALLENGE if asks else name or kind,
        event_source=ctx.host,
        service_name="AasCustomer" if is_root else "AasSub",
        acs_region=ctx.region,
        is_global=True,
        request_id=ctx.request_id,
        source_ip_address=ctx.source_ip,
        user_agent=user_agent[:256],
        recipient_account_id=ctx.account_id,
        user_identity=_identity(
            ctx, owner, mfa=mfa, started_at=None if enters_as_root else started_at
        ),
        error_code=failed.code if failed else "",
        error_message=failed.message if failed else "",
        additional_event_data=extra,
    )
    record(ctx.tx, event, at=ctx.now, key=ctx.key(AUDIT))
    write_snapshots(ctx)


def _identity(
    ctx: Context, owner: Owner | None, *, mfa: bool, started_at: Instant | None
) -> UserIdentity:
    session: dict[str, dict[str, str]] | None = None
    # Recorded events of root's sign-in (2019, live) have no session context.
    if started_at is not None and owner is not None and owner.user:
        attributes = {
            "mfaAuthenticated": "true" if mfa else "false",
            "creationDate": iso(started_at),
        }
        session = {"attributes": attributes}
    if owner is None:
        return UserIdentity(type="unknown", account_id=ctx.account_id)
    return UserIdentity(
        type="ram-user" if owner.user else "root-account",
        principal_id=owner.owner_id,
        account_id=ctx.account_id,
        user_name=owner.name,
        session_context=session,
    )


def write_snapshots(ctx: Context) -> None:
    """Write the changes of resources that a context's journal holds, for acts that are no call."""
    write(ctx.tx, ctx.journal.noted.values(), Cause(ctx.request_id, ctx.now))
