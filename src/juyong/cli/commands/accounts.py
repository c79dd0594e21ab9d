"""Accounts of this platform."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import msgspec

from juyong.api.command import Answer, BadInput, CommandContext, command
from juyong.api.doc import Doc

if TYPE_CHECKING:
    from juyong.app.account_root import Offer

AccountName = Annotated[str, Doc("The account.")]


class NewAccountShown(Answer, frozen=True, kw_only=True):
    """An account and its administrator; the secret is shown here alone, once."""

    account_id: str
    account: str
    user_name: str
    access_key_id: str
    access_key_secret: str

    def __repr__(self) -> str:
        return f"NewAccountShown({self.account_id})"

    def lines(self) -> Iterator[str]:
        """Yield the AccessKey and how to use it."""
        yield f"account {self.account_id} ({self.account})"
        yield f"RAM user {self.user_name}, AccessKey {self.access_key_id}"
        yield f"secret (shown once): {self.access_key_secret}"
        yield f"use it: juyong exec --account {self.account} -- CMD …"


class AccountShown(msgspec.Struct, frozen=True, kw_only=True):
    """One account; `created_at` is UTC."""

    account_id: str
    account: str
    created_at: str


class Accounts(Answer, frozen=True, kw_only=True):
    """The accounts by name."""

    accounts: tuple[AccountShown, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each account."""
        for each in self.accounts:
            yield f"{each.account_id}  {each.account}  {each.created_at}"


class RootCredentials(Answer, frozen=True, kw_only=True):
    """The credentials of root for sign-in and calls; times are UTC, null for never.

    `password` has `set_at` and `last_login_at`, `mfa` has `serial_number` and `bound_at`; either is
    null where there is none. Each of `access_keys`, oldest first, has `access_key_id`, `status`,
    `created_at`, `last_used_at` and `last_used_with`.
    """

    account_id: str
    account: str
    password: Mapping[str, str | None] | None
    mfa: Mapping[str, str | None] | None
    access_keys: Sequence[Mapping[str, str | None]]

    def lines(self) -> Iterator[str]:
        """Yield a line for each credential."""
        password, mfa = self.password, self.mfa
        yield f"root of account `{self.account}` ({self.account_id})"
        if password:
            last = password["last_login_at"] or "never"
            yield f"password   set {password['set_at']}, last sign-in {last}"
        else:
            yield "password   none: root cannot sign in"
        yield (
            f"MFA        {mfa['serial_number']}, bound {mfa['bound_at']}"
            if mfa
            else "MFA        none: bind one with juyong account root-mfa bind"
        )
        for key in self.access_keys:
            used_with = f" with {key['last_used_with']}" if key["last_used_with"] else ""
            yield (
                f"AccessKey  {key['access_key_id']} {key['status']}, created {key['created_at']}, "
                f"last used {key['last_used_at'] or 'never'}{used_with}"
            )
        if not self.access_keys:
            yield "AccessKey  none"


class RootPasswordSet(Answer, frozen=True, kw_only=True):
    """The account whose root can sign in."""

    account: str

    def lines(self) -> list[str]:
        """Return one line."""
        return [f"root of account `{self.account}` can sign in"]


class RootMfa(Answer, frozen=True, kw_only=True):
    """The MFA device of an account's root; `serial_number` is null when it was unbound."""

    account: str
    serial_number: str | None

    def lines(self) -> list[str]:
        """Return one line."""
        if self.serial_number is None:
            return [f"unbound: root of account `{self.account}` signs in with its password alone"]
        return [
            f"bound: root of account `{self.account}` signs in with password and code from now on"
        ]


@command("account create", examples=("juyong account create staging",))
def account_create(
    ctx: CommandContext, name: Annotated[str, Doc("The operator's name for the account.")]
) -> NewAccountShown:
    """Create an account with an administrator user; prints its AccessKey once."""
    import re  # noqa: PLC0415

    from juyong.app.operator import create_named_account  # noqa: PLC0415

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise BadInput("an account name has 1 to 64 letters, digits, dots, dashes")
    made = create_named_account(ctx.home, name)
    return NewAccountShown(
        account_id=made.account_id,
        account=name,
        user_name=made.user_name,
        access_key_id=made.access_key_id,
        access_key_secret=made.secret.reveal(),
    )


@command("account list")
def account_list(ctx: CommandContext) -> Accounts:
    """List the accounts."""
    from juyong.base.clock import iso  # noqa: PLC0415
    from juyong.services.identity.facade import AccountRow  # noqa: PLC0415

    with ctx.open() as at:
        rows = at.call(lambda tx: tx.find(AccountRow, order=("account_name",)))
    return Accounts(
        accounts=tuple(
            AccountShown(
                account_id=row.account_id,
                account=row.account_name,
                created_at=iso(row.created_at),
            )
            for row in rows
        )
    )


@command("account root", examples=("juyong account root staging",))
def account_root(ctx: CommandContext, name: AccountName = "default") -> RootCredentials:
    """Show root's password, MFA device and AccessKeys, each with its last use; no secrets."""
    from juyong.app.account_root import root_of  # noqa: PLC0415

    return RootCredentials(**root_of(ctx.home, name))


@command("account root-password", examples=("juyong account root-password staging",))
def account_root_password(ctx: CommandContext, name: AccountName = "default") -> RootPasswordSet:
    """Set the root user's sign-in password, read from standard input."""
    from juyong.app.account_root import set_root_password_of  # noqa: PLC0415

    password = ctx.person.secret("New root password", twice=True)
    set_root_password_of(ctx.home, name, password)
    return RootPasswordSet(account=name)


@command("account root-mfa bind")
def root_mfa_bind(ctx: CommandContext, name: AccountName = "default") -> RootMfa:
    """Show a fresh device as a QR code, and bind it to root once two of its codes are typed in.

    The codes are read from standard input, a line each. With --json the device is shown on
    standard error.
    """
    from juyong.app.account_root import bind_root_mfa  # noqa: PLC0415

    def show(offer: "Offer") -> None:
        # SECURITY: the one place that shows the seed; it is in no log, file or argument.
        uri = offer.uri.reveal()
        ctx.person.tell(
            f"device {offer.serial_number}, for an authenticator app (shown once):\n{uri}"
        )
        if sys.stdout.isatty():
            import segno  # noqa: PLC0415

            segno.make(uri, micro=False).terminal(out=sys.stderr, compact=True)

    def ask() -> tuple[str, str]:
        one = ctx.person.line("A code of the app")
        return one, ctx.person.line("The next code, half a minute later")

    return RootMfa(account=name, serial_number=bind_root_mfa(ctx.home, name, show, ask))


@command("account root-mfa unbind")
def root_mfa_unbind(
    ctx: CommandContext,
    name: AccountName = "default",
    *,
    yes: Annotated[bool, Doc("Do not ask.")] = False,
) -> RootMfa:
    """Delete root's MFA device, as when it was lost; root's sessions end."""
    from juyong.app.account_root import unbind_root_mfa  # noqa: PLC0415

    if not yes:
        ctx.person.confirm("Let root sign in with its password alone?")
    unbind_root_mfa(ctx.home, name)
    return RootMfa(account=name, serial_number=None)
