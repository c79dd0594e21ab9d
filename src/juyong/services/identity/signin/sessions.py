"""Console sessions: a sealed token that the browser keeps, and a row that can be deleted."""

import msgspec

from juyong.api.caller import Root, User
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, UserId, new_token
from juyong.base.secret import Secret
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.signin.notes import open_note, seal_note
from juyong.services.identity.signin.tables import SigninSessionRow
from juyong.services.identity.users.tables import UserRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

PURPOSE = "signin"
MOST_SESSIONS = 50
"""How many sessions a user may have open; the oldest ends when one more begins."""


_PLACE = b"signin/session"


def _end_all() -> "sa.Delete":
    row = table_of(SigninSessionRow)
    return sa.delete(row).where(row.c.owner_id == sa.bindparam("owner_id"))


def _end_old() -> "sa.Delete":
    row = table_of(SigninSessionRow)
    return sa.delete(row).where(
        row.c.owner_id == sa.bindparam("owner_id"), row.c.expires_at <= sa.bindparam("now")
    )


class BadSession(ValueError):
    """The token was not issued here, has expired, or its session was ended."""


class SigninSession(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The content of a token; the field order is its format and only ever grows at the end."""

    session_id: str
    account_id: str
    owner_id: str
    """The user id, or the account id for root."""
    issued_at: int
    expires_at: int
    mfa: bool

    def __repr__(self) -> str:
        return f"SigninSession({self.owner_id})"


def start_session(
    tx: Transaction, account_id: AccountId, owner_id: str, *, now: Instant, seconds: int, mfa: bool
) -> SigninSession:
    """Open a session of a user or of root; expired ones are cleared away."""
    tx.change(_end_old, owner_id=owner_id, now=now)
    open_ones = tx.find(SigninSessionRow, order=("created_at", "session_id"), owner_id=owner_id)
    for row in open_ones[: max(0, len(open_ones) + 1 - MOST_SESSIONS)]:
        tx.delete(row)
    session = SigninSession(
        session_id=new_token(16),
        account_id=account_id,
        owner_id=owner_id,
        issued_at=now,
        expires_at=now + seconds,
        mfa=mfa,
    )
    tx.insert(
        SigninSessionRow(
            session_id=session.session_id,
            account_id=account_id,
            owner_id=owner_id,
            created_at=now,
            expires_at=Instant(session.expires_at),
        )
    )
    return session


def session_token(session: SigninSession, key: bytes) -> Secret:
    """Seal a session into the text that the browser keeps."""
    return seal_note(key, session, _PLACE)


def open_session(tx: Transaction, token: str, key: bytes, now: Instant) -> SigninSession:
    """Open a token whose session is still alive.

    Raises:
        BadSession: see there; the error does not tell which of its reasons applies.
    """
    session = open_note(key, Secret(token), _PLACE, SigninSession)
    if session is None or now >= session.expires_at:
        raise BadSession("no session of this platform")
    if tx.get(SigninSessionRow, session.session_id) is None:
        raise BadSession("no session of this platform")
    return session


def signed_in(tx: Transaction, session: SigninSession) -> Root | User:
    """Return the owner of an open session, as a caller of operations.

    Raises:
        BadSession: the owner's sign-in was switched off, or the user was deleted.
    """
    profile = tx.get(LoginProfileRow, session.owner_id)
    if profile is None or not profile.active:
        raise BadSession("no session of this platform")
    account_id = AccountId(session.account_id)
    if session.owner_id == session.account_id:
        return Root(account_id=account_id, mfa=session.mfa)
    user = tx.get(UserRow, UserId(session.owner_id))
    if user is None:
        raise BadSession("no session of this platform")
    return User(
        account_id=account_id, user_id=user.user_id, user_name=user.user_name, mfa=session.mfa
    )


def end_session(tx: Transaction, session: SigninSession) -> None:
    """Sign out of one session."""
    row = tx.get(SigninSessionRow, session.session_id)
    if row is not None:
        tx.delete(row)


def end_sessions(tx: Transaction, owner_id: str) -> None:
    """Sign a user, or root, out of every session."""
    tx.change(_end_all, owner_id=owner_id)
