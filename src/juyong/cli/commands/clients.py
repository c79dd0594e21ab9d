"""Running clients against a platform."""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.command import Answer, CommandContext, Option, command, inner_command
from juyong.api.doc import Doc

AsUser = Annotated[
    str | None, Option("--as"), Doc("RAM user to act as; the administrator if none.")
]
AccountOfUser = Annotated[str, Doc("Account of that user.")]


class Environment(Answer, frozen=True):
    """The variables of a client; the members of the JSON document are their names."""

    variables: Mapping[str, str]

    def members(self) -> Mapping[str, str]:
        """Return the variables."""
        return self.variables

    def lines(self) -> list[str]:
        """Return shell exports."""
        from juyong.cli.clientenv.environment import as_exports  # noqa: PLC0415

        return as_exports(self.variables).splitlines()


@command("env", examples=('eval "$(juyong env --as alice)"',))
def env(
    ctx: CommandContext, *, as_user: AsUser = None, account: AccountOfUser = "default"
) -> Environment:
    """Print the environment an unmodified client needs, as shell exports."""
    from juyong.cli.client import client_of  # noqa: PLC0415

    client = client_of(ctx.home, as_user=as_user, account=account)
    return Environment(client.environment(proxied=True))


@command(
    "exec",
    json=False,
    statuses={
        0: "or any other: the status of the command",
        1: "the command was not run: no server runs, or the user does not exist",
        3: "bad input, or isolation is not possible; the command was not run",
        126: "the command is not executable",
        127: "the command is not found",
    },
    examples=(
        "juyong exec -- aliyun ram ListUsers",
        "juyong exec --as alice -- python app.py",
        "juyong exec -- terraform apply",
    ),
)
def execute(
    ctx: CommandContext,
    command: Annotated[list[str], Doc("The command and its arguments, after --.")],
    *,
    as_user: AsUser = None,
    account: AccountOfUser = "default",
    allow_host: Annotated[
        list[str] | None, Doc("Foreign host the command may reach meanwhile; repeatable.")
    ] = None,
    isolate: Annotated[
        bool | None,
        Doc(
            "Run it in a network that leads only to the platform; terraform, tofu, `aliyun oss` "
            "and ossutil get one."
        ),
    ] = None,
    forward: Annotated[
        list[str] | None,
        Option(takes="PORT"),
        Doc(
            "Loopback port of this machine that an isolated command keeps, "
            "or INSIDE:OUTSIDE; repeatable."
        ),
    ] = None,
) -> int:
    """Run a command whose Alibaba Cloud calls land on this platform: juyong exec -- CMD …"""
    from juyong.app.allowed import allowing  # noqa: PLC0415
    from juyong.cli.client import client_of  # noqa: PLC0415
    from juyong.cli.execute import execute as execute_command  # noqa: PLC0415

    words = inner_command(command, "juyong exec -- CMD …")
    client = client_of(ctx.home, as_user=as_user, account=account)
    with allowing(ctx.home, allow_host or ()):
        return execute_command(client, words, isolated=isolate, forward=forward or ())
