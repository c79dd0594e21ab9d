"""`juyong rds`: existing databases as RDS instances."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from juyong.app.home import default_home

rds_cli = typer.Typer(help="Databases registered as RDS instances.", no_args_is_help=True)

HomeOption = Annotated[
    Path, typer.Option("--home", help="State directory.", default_factory=default_home)
]
AccountOption = Annotated[str, typer.Option(help="Account that owns it.")]


@rds_cli.command("register")
def register(  # noqa: PLR0917  # options of a command
    home: HomeOption,
    engine: Annotated[str, typer.Option(help="PostgreSQL or MySQL (MariaDB too).")],
    host: Annotated[str, typer.Option(help="Host of the database.")],
    port: Annotated[int, typer.Option(help="Its port.")],
    user: Annotated[str, typer.Option(help="Its administrator.")],
    password_file: Annotated[
        Path | None, typer.Option(help="File whose first line is the administrator's password.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    require_tls: Annotated[
        bool, typer.Option("--require-tls", help="Never talk to it unencrypted.")
    ] = False,
    account: AccountOption = "default",
    region: Annotated[str | None, typer.Option(help="Region; the platform's own if none.")] = None,
    instance_id: Annotated[
        str | None, typer.Option("--id", help="Instance id; drawn if none.")
    ] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Register a database, so that accounts and secrets are managed in it."""
    from juyong.app.rds import Registration  # noqa: PLC0415
    from juyong.app.rds import register as run  # noqa: PLC0415
    from juyong.base.secret import Secret  # noqa: PLC0415

    asked = Registration(
        engine=engine,
        host=host,
        port=port,
        user=user,
        password=Secret(_password(password_file, from_input=password_stdin)),
        require_tls=require_tls,
        account=account,
        region=region,
        instance_id=instance_id,
        description=description,
    )
    typer.echo(run(home, asked))


@rds_cli.command("unregister")
def unregister(
    instance_id: Annotated[str, typer.Argument(help="The instance.")],
    home: HomeOption,
    account: AccountOption = "default",
) -> None:
    """Forget an instance; its database stays as it is."""
    from juyong.app.rds import unregister as run  # noqa: PLC0415

    typer.echo(run(home, account, instance_id))


@rds_cli.command("list")
def list_instances(home: HomeOption) -> None:
    """List the instances."""
    from juyong.app.rds import instance_lines  # noqa: PLC0415

    for line in instance_lines(home):
        typer.echo(line)


def _password(path: Path | None, *, from_input: bool) -> str:
    """Read the administrator's password from where the operator says, or ask for it."""
    if path is not None:
        try:
            return path.read_text().split("\n", 1)[0]
        except (OSError, UnicodeDecodeError) as failure:
            raise typer.BadParameter(str(failure), param_hint="--password-file") from None
    if from_input or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    entered: str = typer.prompt("Administrator's password", hide_input=True)
    return entered
