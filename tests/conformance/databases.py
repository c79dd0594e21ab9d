"""Real database servers of our own that ask for passwords, for instances to be registered."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.postgres import free_port, postgres_binaries
from tests.waiting import wait_until

from juyong.base.secret import Secret
from juyong.services.rds.targets import Target

ADMIN = "juyong_admin"
ADMIN_PASSWORD = "Admin-0f-the-database"
_START_SECONDS = 60


@dataclass
class Database:
    """A database server; `stop` and `start` keep its data."""

    engine: str
    port: int
    command: list[str]
    ready: Any
    folder: Path
    log: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def target(self, user: str = ADMIN, password: str = ADMIN_PASSWORD) -> Target:
        return Target(
            engine=self.engine,
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=Secret(password),
        )

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._answers, _START_SECONDS)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"{self.engine} did not start"
        with suppress(Exception):
            self.ready()
            return True
        return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def logged(self) -> bytes:
        """Return everything the server wrote about statements, and its data files."""
        return b"".join(p.read_bytes() for p in self.folder.rglob("*.log") if p.is_file())


def _folder(prefix: str, owner: str) -> tuple[Path, list[str]]:
    """Make a folder, and say how to run as its owner: servers refuse to run as root."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if Path("/proc/self").stat().st_uid != 0:
        return folder, []
    shutil.chown(folder, owner)
    return folder, ["setpriv", "--reuid", owner, "--clear-groups"]


@contextmanager
def postgres_with_passwords(*, encrypted: bool = False) -> Iterator[Database]:
    """Run a PostgreSQL server that takes SCRAM passwords and logs every statement."""
    import psycopg

    binaries = postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's server binaries are not installed")
    folder, as_user = _folder("juyong-rds-pg-", "nobody")
    secret = folder / "password"
    secret.write_text(ADMIN_PASSWORD)
    secret.chmod(0o644)
    data, port, log = folder / "data", free_port(), folder / "postgres.log"
    subprocess.run(
        [
            *(*as_user, binaries / "initdb", "-D", data, "-U", ADMIN, "-E", "UTF8"),
            *("--locale", "C", "-A", "scram-sha-256", "--pwfile", secret),
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    database = Database(
        engine="PostgreSQL",
        port=port,
        command=[
            *(*as_user, str(binaries / "postgres"), "-D", str(data), "-p", str(port)),
            *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"),
            *("-c", "fsync=off", "-c", "log_statement=all", "-c", "logging_collector=on"),
            *("-c", f"log_directory={folder}", "-c", "log_filename=postgres.log"),
            *(_postgres_tls(folder) if encrypted else ()),
        ],
        ready=lambda: psycopg.connect(
            f"host=127.0.0.1 port={port} user={ADMIN} password={ADMIN_PASSWORD} dbname=postgres"
        ).close(),
        folder=folder,
        log=log,
    )
    try:
        database.start()
        yield database
    finally:
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def mariadb_server(*, encrypted: bool = False) -> Iterator[Database]:
    """Run a MariaDB server that logs every statement."""
    import pymysql

    server, installer = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    server = server or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")
    if server is None or installer is None:
        pytest.skip("MariaDB's server binaries are not installed")
    folder, as_user = _folder("juyong-rds-my-", "nobody")
    data, port, log = folder / "data", free_port(), folder / "general.log"
    # The kernel's asynchronous requests are few, and shared by all servers of the machine.
    options = ["--no-defaults", f"--datadir={data}", "--innodb-use-native-aio=0"]
    _install([*as_user, installer, *options, f"--tmpdir={folder}"], folder, data)
    first = folder / "first.sql"
    first.write_text(
        f"CREATE USER IF NOT EXISTS {ADMIN}@'%' IDENTIFIED BY '{ADMIN_PASSWORD}';\n"
        f"GRANT ALL PRIVILEGES ON *.* TO {ADMIN}@'%' WITH GRANT OPTION;\n"
        "ALTER USER root@localhost IDENTIFIED BY 'nobody-knows';\n"
    )
    first.chmod(0o644)
    database = Database(
        engine="MySQL",
        port=port,
        command=[
            *(*as_user, server, *options, f"--port={port}", "--bind-address=127.0.0.1"),
            *(f"--socket={folder}/server.sock", f"--pid-file={folder}/server.pid"),
            *("--skip-name-resolve", "--general-log", f"--general-log-file={log}"),
            *(f"--init-file={first}", "--innodb-flush-log-at-trx-commit=0"),
            *(_mariadb_tls(folder) if encrypted else ()),
        ],
        ready=lambda: pymysql.connect(
            host="127.0.0.1", port=port, user=ADMIN, password=ADMIN_PASSWORD
        ).close(),
        folder=folder,
        log=log,
    )
    try:
        database.start()
        yield database
    finally:
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _install(command: list[str], folder: Path, data: Path) -> None:
    """Make a data directory; a busy machine may need another try."""
    command += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    for tries_left in (2, 1, 0):
        done = subprocess.run(command, check=False, capture_output=True, cwd=folder)
        if done.returncode == 0:
            return
        shutil.rmtree(data, ignore_errors=True)
        assert tries_left, done.stderr.decode(errors="replace")[-2000:]


def _postgres_tls(folder: Path) -> list[str]:
    certificate, key = _certificate(folder)
    return [
        *("-c", "ssl=on", "-c", f"ssl_cert_file={certificate}", "-c", f"ssl_key_file={key}"),
    ]


def _mariadb_tls(folder: Path) -> list[str]:
    certificate, key = _certificate(folder)
    return [f"--ssl-cert={certificate}", f"--ssl-key={key}"]


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of the server's own, as such servers do."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "database")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "server.crt", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    private.chmod(0o600)
    for path in (certificate, private):
        shutil.chown(path, folder.owner())
    return certificate, private


def logs_in(database: Database, user: str, password: str, name: str | None = None) -> bool:
    """Log in with the engine's own driver, as an application would."""
    import psycopg
    import pymysql

    try:
        if database.engine == "PostgreSQL":
            psycopg.connect(
                host="127.0.0.1",
                port=database.port,
                user=user,
                password=password,
                dbname=name or "postgres",
                connect_timeout=5,
            ).close()
        else:
            pymysql.connect(
                host="127.0.0.1", port=database.port, user=user, password=password, database=name
            ).close()
    except (psycopg.OperationalError, pymysql.OperationalError):
        return False
    return True


def run(
    database: Database, user: str, password: str, *statements: str, name: str = ""
) -> list[Any]:
    """Run statements as an account and return the rows of the last one."""
    import psycopg
    import pymysql

    rows: list[Any] = []
    if database.engine == "PostgreSQL":
        with psycopg.connect(
            host="127.0.0.1",
            port=database.port,
            user=user,
            password=password,
            dbname=name or "postgres",
            autocommit=True,
        ) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
        return rows
    mysql = pymysql.connect(
        host="127.0.0.1",
        port=database.port,
        user=user,
        password=password,
        database=name or None,
        autocommit=True,
    )
    with mysql, mysql.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            rows = list(cursor.fetchall())
    return rows
