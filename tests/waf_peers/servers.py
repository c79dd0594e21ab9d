"""Servers in processes of their own: the requests that each reads from the bytes of a connection.

Node answers with what it read; nginx passes what it read on to a recorder, which reads by h11.
"""

import base64
import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waf_peers.reading import Read, by_h11
from tests.waiting import wait_until

_HERE = Path(__file__).parent
_QUIET_SECONDS = 2.0
_CONFIG = """daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log nginx.err;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;
uwsgi_temp_path u; scgi_temp_path s; underscores_in_headers on; ignore_invalid_headers off;
large_client_header_buffers 4 32k;
server {{ listen 127.0.0.1:{port}{version}; location / {{
proxy_pass http://127.0.0.1:{recorder}; proxy_http_version 1.1; proxy_set_header Host $http_host;
proxy_set_header Connection ""; proxy_ignore_client_abort on; }} }} }}
"""
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


def told(port: int, sent: bytes) -> bytes:
    """Send bytes and say that no more come; return what is answered until the other end closes."""
    got = b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(_QUIET_SECONDS)
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        try:
            while data := connection.recv(65_536):
                got += data
        except (TimeoutError, ConnectionResetError):
            pass
    return got


class Node:
    """A server of Node."""

    def __init__(self, port: int) -> None:
        self._port = port

    def read(self, sent: bytes) -> list[Read]:
        """Return the requests that were read whole."""
        lines = [line for line in told(self._port, sent).split(b"\n") if b'{"method"' in line]
        return [read_of(line[line.index(b"{") : line.rindex(b"}") + 1]) for line in lines]


def read_of(line: bytes) -> Read:
    """Read the answer of a server of Node."""
    one = json.loads(line)
    names = [base64.b64decode(each) for each in one["headers"]]
    pairs = [(name.lower(), value) for name, value in zip(names[::2], names[1::2], strict=True)]
    method, target, body = (base64.b64decode(one[each]) for each in ("method", "target", "body"))
    return Read(method, target, pairs, body)


@contextmanager
def node() -> Iterator[Node | None]:
    """Run a server of Node; None where Node is not installed."""
    with node_running("node_server.mjs") as port:
        yield None if port is None else Node(port)


@contextmanager
def node_running(script: str) -> Iterator[int | None]:
    """Run a script of this folder, and give its port; None where Node is not installed."""
    binary = shutil.which("node")
    if binary is None:
        yield None
        return
    with subprocess.Popen([binary, _HERE / script], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            yield int(child.stdout.readline())
        finally:
            child.terminate()


class Recorder:
    """A back end that keeps the bytes of each request, and answers 200."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(_QUIET_SECONDS)
                self.got.append(_one_request(connection))
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                )

    def close(self) -> None:
        """End; the thread sees that its socket is closed."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(_QUIET_SECONDS)


def _one_request(connection: socket.socket) -> bytes:
    got = b""
    try:
        while data := connection.recv(65_536):
            got += data
            head, end, body = got.partition(b"\r\n\r\n")
            length = _LENGTH.search(head + b"\r\n")
            if end and len(body) >= (int(length[1]) if length else 0):
                break
    except (TimeoutError, ConnectionResetError):
        pass
    return got


class Nginx:
    """nginx before a recorder."""

    def __init__(self, port: int, recorder: Recorder) -> None:
        self.port, self._recorder = port, recorder

    def read(self, sent: bytes) -> list[Read]:
        """Return the requests that nginx passed on."""
        return self.passed_on(lambda: told(self.port, sent))

    def passed_on(self, ask: Callable[[], object]) -> list[Read]:
        """Return the requests that nginx passed on while it was asked."""
        self._recorder.got.clear()
        ask()
        return [read for got in self._recorder.got for read in by_h11(got)]


@contextmanager
def nginx(folder: Path, version: str = "") -> Iterator[Nginx | None]:
    """Run nginx; None where it is not installed.

    version: ` http2` for connections that begin with HTTP/2.
    """
    binary = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin") or shutil.which("nginx")
    if binary is None:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    recorder = Recorder()
    (folder / "nginx.conf").write_text(
        _CONFIG.format(port=port, recorder=recorder.port, version=version)
    )
    command = [binary, "-p", folder, "-c", folder / "nginx.conf"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as child:
        try:
            wait_until(lambda: child.poll() is not None or _listens(port))
            assert child.poll() is None, (folder / "nginx.err").read_text()
            yield Nginx(port, recorder)
        finally:
            child.terminate()
            recorder.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
