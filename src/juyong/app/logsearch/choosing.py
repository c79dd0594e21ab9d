"""The log engine that the settings choose: DuckDB on this machine, or a ClickHouse server."""

from functools import partial
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from juyong.api.context import LogServer
from juyong.app.named_server import NamedServer
from juyong.app.settings import BadSetting, Settings
from juyong.base.private_file import TooOpen, read_private
from juyong.base.secret import Secret
from juyong.engines.logsearch.click_engine import ClickHouse, ClickHouseEngine
from juyong.engines.logsearch.process_engine import Limits

CHILD = "juyong.app.logsearch.child"
"""The module of the processes that ask the server."""


def log_server_of(settings: Settings) -> LogServer | None:
    """Return the server that answers questions about logs; None: processes of this machine do.

    Raises:
        BadSetting: a setting of the server is missing or wrong, or is set without the engine.
    """
    if settings.log_engine == "duckdb":
        if settings.log_clickhouse_url or settings.log_clickhouse_folder:
            raise BadSetting('`log_clickhouse_…` needs `log_engine = "clickhouse"`')
        return None
    _check_url(settings.log_clickhouse_url)
    folder = Path(settings.log_clickhouse_folder)
    if not settings.log_clickhouse_folder or not folder.is_absolute() or not folder.is_dir():
        raise BadSetting(
            "`log_clickhouse_folder` must be the absolute path of a folder that the server "
            "reads by the same path"
        )
    if settings.log_clickhouse_ca_file and not Path(settings.log_clickhouse_ca_file).is_file():
        raise BadSetting("`log_clickhouse_ca_file` names no file")
    server = ClickHouse(
        url=settings.log_clickhouse_url,
        user=settings.log_clickhouse_user,
        password=_password(settings.log_clickhouse_password_file),
        ca_file=settings.log_clickhouse_ca_file,
        allowed=tuple(settings.outbound_allow),
    )
    return LogServer(engine=partial(_engine, server), folder=folder)


def _engine(server: ClickHouse, limits: Limits) -> ClickHouseEngine:
    return ClickHouseEngine(limits, server, CHILD)


def _check_url(url: str) -> None:
    """Refuse a URL that is none, or to which the password would go unencrypted."""
    NamedServer(url, "log_clickhouse_url")
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_local(parts.hostname or ""):
        raise BadSetting(
            "`log_clickhouse_url` must begin with `https://`; `http://` is for loopback"
        )


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _password(file: str) -> Secret:
    if not file:
        return Secret("")
    try:
        return Secret(read_private(Path(file).expanduser()).strip())
    except TooOpen as bad:
        raise BadSetting(f"`log_clickhouse_password_file`: {bad}") from bad
    except (OSError, UnicodeDecodeError) as bad:
        raise BadSetting("`log_clickhouse_password_file` names no file that can be read") from bad
