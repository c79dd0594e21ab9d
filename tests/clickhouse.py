"""ClickHouse's HTTP interface over chDB, the same engine within a process, on loopback.

    python -m tests.clickhouse PORT_FILE

The server reads what ClickHouse documents of its HTTP interface: the statement in the body, settings
and parameters in the URL, the user and the password in headers; an error is a text that begins with
`Code: N.`, and its number is in a header too. It judges no file: chDB reads what its user may read.
"""

import hmac
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.waiting import wait_until

from juyong.app.logsearch.choosing import CHILD
from juyong.base.secret import Secret
from juyong.engines.logsearch import Limits
from juyong.engines.logsearch.click_engine import ClickHouse, ClickHouseEngine

USER, PASSWORD = "juyong", "sesame \\ 1"
_FORBIDDEN = "Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)"
_OF_HTTP = {"default_format", "wait_end_of_query", "database", "query"}
_OF_HTTP |= {"cancel_http_readonly_queries_on_client_close"}


class Handler(BaseHTTPRequestHandler):
    """Answers one statement a request."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        right = self.headers.get("X-ClickHouse-User") == USER and hmac.compare_digest(
            self.headers.get("X-ClickHouse-Key", ""), PASSWORD
        )
        status, answer = _answered(body, given) if right else (403, _FORBIDDEN.encode())
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def _answered(sql: str, given: dict[str, str]) -> tuple[int, bytes]:
    settings = ", ".join(
        f"{name} = '{value}'"
        for name, value in given.items()
        if name not in _OF_HTTP and not name.startswith("param_")
    )
    parameters = {
        name.removeprefix("param_"): value
        for name, value in given.items()
        if name.startswith("param_")
    }
    try:
        found = _DATABASE.query(
            f"{sql} SETTINGS {settings}", given["default_format"], params=parameters
        )
        return 200, bytes(found.bytes())
    except RuntimeError as refused:
        # What a failed query had begun to answer would begin the next answer of chDB.
        _DATABASE.query("SELECT 1", "Null")
        return 500, str(refused).encode()


def main() -> None:
    """Serve until the parent is gone."""
    import chdb

    global _DATABASE  # noqa: PLW0603  # one of the process
    _DATABASE = chdb.connect(":memory:")
    server = HTTPServer(("127.0.0.1", 0), Handler)
    parent = os.getppid()
    new = Path(sys.argv[1] + ".new")
    new.write_text(str(server.server_port))
    new.rename(sys.argv[1])
    # One thread: chDB mixes the answers of several.
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    server.serve_forever()


def _leave_with(parent: int) -> None:
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(1)
    os._exit(0)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve while the block runs; gives the URL.

    Skips where chDB is absent. Only the server's process imports chDB, which blocks SIGPIPE for all
    that a process starts later.
    """
    if find_spec("chdb") is None:
        pytest.skip("chDB, the engine of ClickHouse in a process, is not installed")
    port = folder / "port"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.clickhouse", str(port)], cwd=Path(__file__).parents[1]
    )
    try:
        wait_until(lambda: port.exists() or process.poll() is not None, seconds=60)
        yield f"http://127.0.0.1:{port.read_text()}"
    finally:
        process.kill()
        process.wait()


def click_engine(url: str, limits: Limits | None = None) -> ClickHouseEngine:
    """Make the engine that asks a server of these."""
    server = ClickHouse(url=url, user=USER, password=Secret(PASSWORD))
    return ClickHouseEngine(limits or Limits(), server, CHILD)


if __name__ == "__main__":
    main()
