"""Databases registered as RDS instances."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from juyong.api.command import (
    Answer,
    BadInput,
    CommandContext,
    OpenHome,
    OperatorError,
    Option,
    command,
)
from juyong.api.doc import Doc

if TYPE_CHECKING:
    from juyong.base.ids import AccountId
    from juyong.base.secret import Secret
    from juyong.services.rds.tables import InstanceRow
    from juyong.services.rds.targets import Target
    from juyong.store.transaction import Transaction

_ID = re.compile(r"[a-z][a-z0-9-]{2,63}")
_REGION = re.compile(r"[a-z]{2,8}-[a-z0-9-]{2,30}")
_PREFIXES = {"PostgreSQL": "pgm", "MySQL": "rm"}
_LAST_PORT = 65535

Account = Annotated[str, Doc("Account that owns the instance.")]


class Instance(Answer, frozen=True, kw_only=True):
    """One instance; `user` is the administrator that the platform logs in as."""

    instance_id: str
    account_id: str
    region: str
    engine: str
    engine_version: str
    host: str
    port: int
    user: str
    created_at: str

    def lines(self) -> list[str]:
        """Return one line."""
        what = f"{self.engine} {self.engine_version} at {self.host}:{self.port}"
        return [f"instance {self.instance_id}: {what} in {self.region}"]


class Instances(Answer, frozen=True, kw_only=True):
    """The instances of all accounts."""

    instances: tuple[Instance, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each instance."""
        for each in self.instances:
            yield (
                f"{each.instance_id}  {each.account_id}  {each.region}  {each.engine} "
                f"{each.engine_version}  {each.user}@{each.host}:{each.port}  {each.created_at}"
            )


class Forgotten(Answer, frozen=True, kw_only=True):
    """The instance that was unregistered."""

    instance_id: str

    def lines(self) -> list[str]:
        """Return one line."""
        return [f"instance {self.instance_id} is forgotten; its database is as it was"]


@command(
    "rds register",
    examples=("juyong rds register --engine MySQL --host 127.0.0.1 --port 3306 --user root",),
)
def register(
    ctx: CommandContext,
    *,
    engine: Annotated[str, Doc("PostgreSQL or MySQL (MariaDB too).")],
    host: Annotated[str, Doc("Host of the database.")],
    port: Annotated[int, Doc("Its port.")],
    user: Annotated[str, Doc("Its administrator.")],
    password_file: Annotated[
        Path | None, Doc("File whose first line is the administrator's password.")
    ] = None,
    password_stdin: Annotated[
        bool, Doc("Read the password from standard input, also on a terminal.")
    ] = False,
    require_tls: Annotated[bool, Doc("Refuse unencrypted connections.")] = False,
    account: Account = "default",
    region: Annotated[str | None, Doc("Region; the platform's own if none.")] = None,
    instance_id: Annotated[str | None, Option("--id"), Doc("Instance id; drawn if none.")] = None,
    description: Annotated[str, Doc("The purpose.")] = "",
) -> Instance:
    """Register a database, so that accounts and secrets are managed in it.

    The platform logs in first; a database that refuses the login is not registered.
    """
    from juyong.services.rds.targets import Target  # noqa: PLC0415

    kind, name = _named(engine, instance_id)
    if not 1 <= port <= _LAST_PORT or not host or not user:
        raise BadInput("a database has a host, a port from 1 to 65535 and an administrator")
    if region is not None and not _REGION.fullmatch(region):
        raise BadInput(f"`{region}` is no region")
    target = Target(
        engine=kind,
        host=host,
        port=port,
        user=user,
        password=_password(ctx, password_file, prompt=not password_stdin),
        tls="require" if require_tls else "prefer",
    )
    with ctx.open() as at:
        row = _stored(at, target, name, account=account, region=region, description=description)
    return _shown(row, target)


@command("rds unregister", examples=("juyong rds unregister rm-bp1xxxxxxxxxxxxxx",))
def unregister(
    ctx: CommandContext,
    instance_id: Annotated[str, Doc("The instance.")],
    *,
    account: Account = "default",
) -> Forgotten:
    """Forget an instance; its database stays as it is."""
    from juyong.services.rds.contents import remove_instance  # noqa: PLC0415

    with ctx.open() as at:
        account_id = at.call(lambda tx: _account(tx, account))
        if not at.call(lambda tx: remove_instance(tx, account_id, instance_id)):
            raise OperatorError(f"there is no instance `{instance_id}`: juyong rds list")
    return Forgotten(instance_id=instance_id)


@command("rds list")
def list_instances(ctx: CommandContext) -> Instances:
    """List the instances."""
    from juyong.services.rds.tables import InstanceRow  # noqa: PLC0415
    from juyong.services.rds.targets import target_of  # noqa: PLC0415

    with ctx.open() as at:
        rows = at.call(
            lambda tx: tx.find(InstanceRow, order=("account_id", "region", "instance_id"))
        )
    return Instances(instances=tuple(_shown(row, target_of(row.target)) for row in rows))


def _named(engine: str, instance_id: str | None) -> tuple[str, str]:
    """Return the engine as it is written, and the id of the instance."""
    from juyong.base.ids import new_instance_id  # noqa: PLC0415
    from juyong.services.rds.targets import ENGINES  # noqa: PLC0415

    kind = next((e for e in ENGINES if e.lower() == engine.lower()), None)
    if kind is None:
        raise BadInput(f"an engine is one of {', '.join(ENGINES)} (MariaDB is MySQL)")
    name = instance_id or new_instance_id(_PREFIXES[kind])
    if not _ID.fullmatch(name):
        raise BadInput("an instance id has 3 to 64 lower-case letters, digits and dashes")
    return kind, name


def _stored(
    at: OpenHome, target: "Target", name: str, *, account: str, region: str | None, description: str
) -> "InstanceRow":
    """Log in to the database, then register it."""
    from juyong.base.clock import system_clock  # noqa: PLC0415
    from juyong.services.rds.errors import TargetFailure  # noqa: PLC0415
    from juyong.services.rds.resources import add_instance  # noqa: PLC0415
    from juyong.services.rds.targets import driver_of  # noqa: PLC0415
    from juyong.store.errors import Duplicate  # noqa: PLC0415

    account_id = at.call(lambda tx: _account(tx, account))
    try:
        version = driver_of(target.engine).probe(target)
        return at.call(
            lambda tx: add_instance(
                tx,
                account_id,
                name,
                region=region or at.region,
                target=target,
                engine_version=version,
                description=description,
                now=system_clock(),
            )
        )
    except TargetFailure as failure:
        raise OperatorError(str(failure)) from failure
    except Duplicate:
        raise OperatorError(f"there is an instance `{name}` already") from None


def _shown(row: "InstanceRow", target: "Target") -> Instance:
    from juyong.base.clock import iso  # noqa: PLC0415

    return Instance(
        instance_id=row.instance_id,
        account_id=row.account_id,
        region=row.region,
        engine=row.engine,
        engine_version=row.engine_version,
        host=target.host,
        port=target.port,
        user=target.user,
        created_at=iso(row.created_at),
    )


def _account(tx: "Transaction", name: str) -> "AccountId":
    from juyong.services.identity.facade import account_named  # noqa: PLC0415

    row = account_named(tx, name)
    if row is None:
        raise OperatorError(f"there is no account `{name}`: juyong account list")
    return row.account_id


def _password(ctx: CommandContext, path: Path | None, *, prompt: bool) -> "Secret":
    """Read the administrator's password from where the operator says, or ask for it."""
    from juyong.base.secret import Secret  # noqa: PLC0415

    if path is None:
        return ctx.person.secret("Administrator's password", prompt=prompt)
    try:
        return Secret(path.read_text().split("\n", 1)[0])
    except OSError as failure:
        raise BadInput(f"--password-file `{path}`: {failure.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"--password-file `{path}`: the file is no text") from None
