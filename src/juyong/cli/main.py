"""The `juyong` command.

Only argument handling lives here; each command imports what it needs when it runs, so that help
and completion import no service. The command begins in start.py.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from juyong.app.home import default_home
from juyong.cli.accounts import account_cli
from juyong.cli.rds import rds_cli

cli = typer.Typer(
    name="juyong",
    help="The Alibaba Cloud security stack, run by yourself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli.add_typer(account_cli, name="account")
cli.add_typer(rds_cli, name="rds")

HomeOption = Annotated[
    Path, typer.Option("--home", help="State directory.", default_factory=default_home)
]
PassphraseFile = Annotated[
    str | None, typer.Option(help="File of mode 0600 that holds the home's passphrase.")
]


@cli.command()
def serve(
    home: HomeOption,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="HTTP and forward proxy; 0: any.")] = None,
    tls_port: Annotated[int | None, typer.Option(help="HTTPS; 0: any, -1: none.")] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Foreign host the proxy may reach; repeatable.")
    ] = None,
    *,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Run the platform in the foreground until interrupted."""
    from juyong.app.server import ServeOptions, serve_home  # noqa: PLC0415

    serve_home(
        home,
        ServeOptions(
            host=host,
            port=port,
            tls_port=tls_port,
            allow_hosts=tuple(allow_host or ()),
            passphrase_file=passphrase_file,
        ),
    )


@cli.command()
def env(
    home: HomeOption,
    as_user: Annotated[str | None, typer.Option("--as", help="RAM user to act as.")] = None,
    account: Annotated[str, typer.Option(help="Account of that user.")] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print the environment an unmodified client needs, as shell exports."""
    import json  # noqa: PLC0415

    from juyong.cli.client import client_of  # noqa: PLC0415
    from juyong.cli.clientenv.environment import as_exports  # noqa: PLC0415

    variables = client_of(home, as_user=as_user, account=account).environment(proxied=True)
    typer.echo(json.dumps(variables, indent=1) if as_json else as_exports(variables))


@cli.command("exec", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def execute(
    home: HomeOption,
    command: Annotated[list[str], typer.Argument(help="The command and its arguments.")],
    as_user: Annotated[str | None, typer.Option("--as", help="RAM user to act as.")] = None,
    account: Annotated[str, typer.Option(help="Account of that user.")] = "default",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Foreign host the command may reach meanwhile; repeatable."),
    ] = None,
    *,
    isolate: Annotated[
        bool | None,
        typer.Option(
            "--isolate/--no-isolate",
            help="Give it a network that leads to the platform alone; terraform and tofu get one.",
            show_default=False,
        ),
    ] = None,
    forward: Annotated[
        list[str] | None,
        typer.Option(
            help="Loopback port of this machine that an isolated command keeps, "
            "or INSIDE:OUTSIDE; repeatable."
        ),
    ] = None,
) -> None:
    """Run a command whose Alibaba Cloud calls land on this platform: juyong exec -- CMD …"""
    from juyong.app.allowed import allowing  # noqa: PLC0415
    from juyong.cli.client import client_of  # noqa: PLC0415
    from juyong.cli.execute import execute as execute_command  # noqa: PLC0415

    client = client_of(home, as_user=as_user, account=account)
    with allowing(home, allow_host or ()):
        status = execute_command(client, command, isolated=isolate, forward=forward or ())
    raise typer.Exit(status)


@cli.command()
def reset(
    home: HomeOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Bring the platform back to its state after the first start."""
    from juyong.app.operator import reset_home  # noqa: PLC0415

    if not yes:
        typer.confirm("Delete everything but the first account and its administrator?", abort=True)
    typer.echo(reset_home(home))


@cli.command()
def snapshot(
    name: Annotated[str, typer.Argument(help="Letters, digits, dot, dash.")], home: HomeOption
) -> None:
    """Keep the present state under a name."""
    from juyong.app.operator import snapshot_home  # noqa: PLC0415

    typer.echo(snapshot_home(home, name))


@cli.command()
def restore(
    source: Annotated[str, typer.Argument(help="Snapshot name or backup file.")], home: HomeOption
) -> None:
    """Bring back a snapshot or a backup; everything since is replaced."""
    from juyong.app.operator import restore_home  # noqa: PLC0415

    typer.echo(restore_home(home, source))


@cli.command()
def backup(
    target: Annotated[Path, typer.Argument(help="File to write.")], home: HomeOption
) -> None:
    """Write the whole state to a file; secrets in it stay sealed under the home's keys."""
    from juyong.app.operator import backup_home  # noqa: PLC0415

    typer.echo(backup_home(home, target))


@cli.command()
def check(
    home: HomeOption,
    retry: Annotated[
        bool, typer.Option("--retry", help="Have work that was given up tried again.")
    ] = False,
) -> None:
    """Prove the store and the audit log sound; status 1 when they are damaged."""
    from juyong.app.operator import check_home, retry_work  # noqa: PLC0415

    lines, summary, sound = check_home(home)
    for line in lines:
        typer.echo(line)
    typer.echo(summary)
    if retry:
        typer.echo(f"{retry_work(home)} items of work are due again")
    if not sound:
        raise typer.Exit(1)


@cli.command()
def seal(home: HomeOption) -> None:
    """Have the running server forget its keys and refuse every call until it is unsealed."""
    from juyong.app.sealing import seal_home  # noqa: PLC0415

    typer.echo(seal_home(home))


@cli.command()
def unseal(home: HomeOption, passphrase_file: PassphraseFile = None) -> None:
    """Have the sealed server open its home; a passphrase is asked for, or read from stdin."""
    from juyong.app.sealing import unseal_home  # noqa: PLC0415

    typer.echo(unseal_home(home, passphrase_file))


@cli.command()
def rekey(
    home: HomeOption,
    method: Annotated[
        Literal["file", "passphrase", "pkcs11"] | None,
        typer.Option(help="How the new root key is had; without it, as the present one."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    new_passphrase_file: Annotated[
        str | None, typer.Option(help="File of mode 0600 that holds the new passphrase.")
    ] = None,
) -> None:
    """Make a new root key; nothing that is stored is encrypted anew, and servers run on."""
    from juyong.app.sealing import rekey_home  # noqa: PLC0415

    typer.echo(
        rekey_home(
            home,
            method,
            passphrase_file=passphrase_file,
            new_passphrase_file=new_passphrase_file,
        )
    )


def main() -> None:
    """Run the command line."""
    from juyong.cli.start import main as begin  # noqa: PLC0415  # which imports this module

    begin()


if __name__ == "__main__":
    main()
