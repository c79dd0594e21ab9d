"""Register existing databases as RDS instances, and forget them."""

import re
from dataclasses import dataclass
from pathlib import Path

from juyong.app.operator import opened
from juyong.app.refusals import OperatorError
from juyong.base.clock import iso, system_clock
from juyong.base.ids import AccountId, new_instance_id
from juyong.base.secret import Secret
from juyong.services.ram.facade import AccountRow, account_named
from juyong.services.rds.facade import (
    ENGINES,
    InstanceRow,
    Target,
    TargetFailure,
    Tls,
    add_instance,
    remove_instance,
    server_version,
    target_of,
)
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction

_ID = re.compile(r"[a-z][a-z0-9-]{2,63}")
_PREFIXES = {"PostgreSQL": "pgm", "MySQL": "rm"}
_REGION = re.compile(r"[a-z]{2,8}-[a-z0-9-]{2,30}")
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the operator says of a database server."""

    engine: str
    host: str
    port: int
    user: str
    password: Secret
    require_tls: bool = False
    account: str = "default"
    region: str | None = None
    instance_id: str | None = None
    description: str = ""


def register(path: Path, asked: Registration) -> str:
    """Log in to the database, then register it; return what to tell the operator.

    Raises:
        OperatorError: the database lets the administrator not in, or a value is refused.
    """
    engine = next((e for e in ENGINES if e.lower() == asked.engine.lower()), None)
    if engine is None:
        raise OperatorError(f"an engine is one of {', '.join(ENGINES)} (MariaDB is MySQL)")
    if not 1 <= asked.port <= _LAST_PORT or not asked.host or not asked.user:
        raise OperatorError("a database has a host, a port from 1 to 65535 and an administrator")
    instance_id = asked.instance_id or new_instance_id(_PREFIXES[engine])
    if not _ID.fullmatch(instance_id):
        raise OperatorError("an instance id has 3 to 64 lower-case letters, digits and dashes")
    tls: Tls = "require" if asked.require_tls else "prefer"
    target = Target(
        engine=engine,
        host=asked.host,
        port=asked.port,
        user=asked.user,
        password=asked.password,
        tls=tls,
    )
    with opened(path) as at:
        region = asked.region or at.settings.region
        if not _REGION.fullmatch(region):
            raise OperatorError(f"`{region}` is no region")
        account_id = at.store.call(lambda tx: _account(tx, asked.account))
        try:
            version = server_version(target)
        except TargetFailure as failure:
            raise OperatorError(str(failure)) from failure
        try:
            at.store.call(
                lambda tx: add_instance(
                    tx,
                    account_id,
                    instance_id,
                    region=region,
                    target=target,
                    engine_version=version,
                    description=asked.description,
                    now=system_clock(),
                )
            )
        except Duplicate:
            raise OperatorError(f"there is an instance `{instance_id}` already") from None
    return f"instance {instance_id}: {engine} {version} at {asked.host}:{asked.port} in {region}"


def unregister(path: Path, account: str, instance_id: str) -> str:
    """Forget an instance; its database stays as it is.

    Raises:
        OperatorError: there is none.
    """
    with opened(path) as at:
        account_id = at.store.call(lambda tx: _account(tx, account))
        if not at.store.call(lambda tx: remove_instance(tx, account_id, instance_id)):
            raise OperatorError(f"there is no instance `{instance_id}`: juyong rds list")
    return f"instance {instance_id} is forgotten; its database is as it was"


def instance_lines(path: Path) -> list[str]:
    """Return one line an instance of any account."""
    with opened(path) as at:
        rows = at.store.call(
            lambda tx: tx.find(InstanceRow, order=("account_id", "region", "instance_id"))
        )
    return [_line(row) for row in rows]


def _line(row: InstanceRow) -> str:
    target = target_of(row.target)
    return (
        f"{row.instance_id}  {row.account_id}  {row.region}  {row.engine} {row.engine_version}  "
        f"{target.user}@{target.host}:{target.port}  {iso(row.created_at)}"
    )


def _account(tx: Transaction, name: str) -> AccountId:
    row: AccountRow | None = account_named(tx, name)
    if row is None:
        raise OperatorError(f"there is no account `{name}`: juyong account list")
    return row.account_id
