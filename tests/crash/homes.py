"""Where servers keep their state: a home, with its database inside or on a PostgreSQL server."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.housekeeper import Housekeeper
from tests.crash.server import ServerProcess
from tests.postgres import free_port, new_database, postgres_binaries, postgres_server
from tests.waiting import wait_until

from juyong.app.blobs import disk_of
from juyong.app.home import open_home
from juyong.app.settings import Settings
from juyong.blobs.disk import Disk

WRITERS = 6
_LEAVE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Home:
    """A home that servers share.

    url: Of its PostgreSQL database; empty when the database is a SQLite file of the home.
    environment: What its servers are given besides. blobs: The settings that name another store for
    its blobs; empty where the blobs are in the home.
    """

    path: Path
    url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)

    def server(self) -> ServerProcess:
        """Return a server of this home that was not started yet."""
        port = free_port()
        environment = self._given
        if self.url:
            environment["JUYONG_DATABASE"] = f"{self.url}?application_name={_name(port)}"
        return ServerProcess(self.path, environment, port=port)

    def housekeeper(self) -> Housekeeper:
        """Return a process that does the worker's rounds over this home; it was not started yet."""
        return Housekeeper(self.path, self.for_commands)

    @property
    def for_commands(self) -> dict[str, str]:
        """The environment of a command on this home."""
        return {**self._given, **({"JUYONG_DATABASE": self.url} if self.url else {})}

    @property
    def _given(self) -> dict[str, str]:
        named = {f"JUYONG_{name.upper()}": value for name, value in self.blobs.items()}
        return {**self.environment, **named}

    def disk(self) -> Disk:
        """Return the place of its blobs."""
        return disk_of(open_home(self.path), Settings(**self.blobs))  # type: ignore[arg-type]

    def wait_until_gone(self, killed: ServerProcess) -> None:
        """Wait until PostgreSQL has ended the sessions of a killed server.

        A session goes on with the statement it was given, so that until then the last commit of the
        killed server may still come. SQLite has no process but the server's own.
        """
        if not self.url:
            return
        import psycopg

        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        with psycopg.connect(self.url, autocommit=True) as raw:
            name = (_name(killed.port),)
            wait_until(lambda: raw.execute(query, name).fetchone() == (0,), _LEAVE_SECONDS)


def _name(port: int) -> str:
    return f"juyong-{port}"


class Postgres:
    """A PostgreSQL server that gives each home a database of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made = 0

    def home(self, path: Path) -> Home:
        """Return a home whose database is new and empty."""
        self._made += 1
        return Home(path, new_database(self._url, f"home_{self._made}"))


@contextmanager
def postgres_where_installed() -> Iterator[Postgres | None]:
    """Run a PostgreSQL server, which stays up while servers of the platform are killed.

    None where there is none to run.
    """
    if postgres_binaries() is None:
        yield None
        return
    with postgres_server() as url:
        yield Postgres(url)
