"""`juyong account`: the accounts of a platform, and the root user of each."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from juyong.app.home import default_home

if TYPE_CHECKING:
    from juyong.app.account_root import Offer

account_cli = typer.Typer(help="Accounts of this platform.", no_args_is_help=True)
root_mfa_cli = typer.Typer(help="The MFA device of an account's root.", no_args_is_help=True)
account_cli.add_typer(root_mfa_cli, name="root-mfa")

HomeOption = Annotated[
    Path, typer.Option("--home", help="State directory.", default_factory=default_home)
]
AccountName = Annotated[str, typer.Argument(help="The account.")]


@account_cli.command("create")
def account_create(
    name: Annotated[str, typer.Argument(help="The operator's name for it.")], home: HomeOption
) -> None:
    """Create an account with an administrator user; prints its AccessKey once."""
    from juyong.app.operator import create_named_account  # noqa: PLC0415

    typer.echo(create_named_account(home, name))


@account_cli.command("list")
def account_list(home: HomeOption) -> None:
    """List the accounts."""
    from juyong.app.operator import account_lines  # noqa: PLC0415

    for line in account_lines(home):
        typer.echo(line)


@account_cli.command("root")
def account_root(
    home: HomeOption,
    name: AccountName = "default",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show root's password, MFA device and AccessKeys, each with its last use; no secrets."""
    import json  # noqa: PLC0415

    from juyong.app.account_root import root_lines, root_of  # noqa: PLC0415

    members = root_of(home, name)
    typer.echo(json.dumps(members, indent=1) if as_json else "\n".join(root_lines(members)))


@account_cli.command("root-password")
def account_root_password(home: HomeOption, name: AccountName = "default") -> None:
    """Set the root user's sign-in password, read from standard input."""
    from juyong.app.account_root import set_root_password_of  # noqa: PLC0415

    hide = sys.stdin.isatty()
    password = (
        typer.prompt("New root password", hide_input=True, confirmation_prompt=True)
        if hide
        else sys.stdin.readline().rstrip("\n")
    )
    typer.echo(set_root_password_of(home, name, password))


@root_mfa_cli.command("bind")
def root_mfa_bind(home: HomeOption, name: AccountName = "default") -> None:
    """Show a fresh device as a QR code, and bind it to root once two of its codes are typed in.

    The codes are read from standard input, a line each.
    """
    from juyong.app.account_root import bind_root_mfa  # noqa: PLC0415

    typer.echo(bind_root_mfa(home, name, _show, _ask))


@root_mfa_cli.command("unbind")
def root_mfa_unbind(
    home: HomeOption,
    name: AccountName = "default",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete root's MFA device, as when it was lost; root's sessions end."""
    from juyong.app.account_root import unbind_root_mfa  # noqa: PLC0415

    if not yes:
        typer.confirm("Let root sign in with its password alone?", abort=True)
    typer.echo(unbind_root_mfa(home, name))


def _show(offer: "Offer") -> None:
    """SECURITY: the one place that shows the seed; it is in no log, file or argument."""
    uri = offer.uri.reveal()
    typer.echo(f"device {offer.serial_number}, for an authenticator app (shown once):")
    typer.echo(uri)
    if sys.stdout.isatty():
        import segno  # noqa: PLC0415

        segno.make(uri, micro=False).terminal(compact=True)


def _ask() -> tuple[str, str]:
    one, two = _line("A code of the app"), _line("The next code, half a minute later")
    return one, two


def _line(question: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(question)).strip()
    line = sys.stdin.readline()
    if not line:
        from juyong.app.refusals import OperatorError  # noqa: PLC0415

        raise OperatorError("two codes are read from standard input, a line each")
    return line.strip()
