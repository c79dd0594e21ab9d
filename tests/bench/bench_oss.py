"""Objects: a second of small ones beside moto's S3 server, and a large one beside the disk.

    python tests/bench/bench_oss.py

Our calls are signed, authorised, audited where an operator asks, sealed and durable; moto checks and
keeps nothing. Both are driven by one load client and take turns; the median of the rounds counts. A
large object goes through nginx's WebDAV as well, where nginx is installed; nginx leaves its file to
the kernel, so that the fsyncs of file and folder are done, and counted, behind its answer.
"""

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.bench_calls import _load
from tests.bench.rates import ROUNDS, Rate, Rates, versions
from tests.bench.report import Row
from tests.bench.servers import Started, ask, juyong, moto
from tests.bench.signed import credentials_of
from tests.crash.calls import Credentials
from tests.oss_client import OssClient, signed_headers
from tests.postgres import free_port

CALLS, MOTO_CALLS = 3000, 400
BOUNDS = {"GET 4 kB": (5.0, 8.0), "PUT 4 kB": (2.0, 4.0)}
"""Floor and goal, in times moto's rate."""
BUCKET = "bench-bucket"
SMALL = os.urandom(4096)
LARGE_BYTES = 64 * 1024 * 1024
_LARGE_ROUNDS = 3
_WARM = 50
_NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log /dev/null;
events {{}}
http {{
  access_log off; client_max_body_size 0; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}; root {folder}/files;
    location / {{ dav_methods PUT; create_full_put_path on; }}
  }}
}}
"""


def measure() -> list[Row]:
    """Drive the servers in turn and compare them."""
    rates = Rates()
    large: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
            home = Path(folder) / "home"
            with juyong(home) as server:
                key = credentials_of(home)
                rates.note(_round(server, key), "juyong")
                if number < _LARGE_ROUNDS:
                    _note(large, "juyong", _large(server.port, key, durable=None))
        with moto() as server:
            rates.note(_moto_round(server), "moto")
        if number < _LARGE_ROUNDS:
            with nginx() as found:
                if found is not None:
                    port, files = found
                    _note(large, "nginx", _large(port, None, durable=files / BUCKET / "large"))
    rows = [versions()]
    for name, (floor, goal) in BOUNDS.items():
        rows += rates.rows(name, f"juyong {name}", f"moto {name}", floor=floor, goal=goal)
    return [*rows, *_large_rows(large)]


def _round(server: Started, key: Credentials) -> dict[str, Rate]:
    with closing(OssClient(server.port, key)) as client:
        client.done("PUT", BUCKET)
        client.done("PUT", BUCKET, "read", body=SMALL)

    def sign(method: str, name: str) -> dict[str, str]:
        return signed_headers(key, method, f"/{BUCKET}/{name}")

    return _rates(server, sign, CALLS)


def _moto_round(server: Started) -> dict[str, Rate]:
    for name, body in (("", b""), ("/read", SMALL)):
        headers = _moto_headers("PUT", name)
        assert ask(server.port, f"/{BUCKET}{name}", method="PUT", body=body, headers=headers) == 200
    return _rates(server, _moto_headers, MOTO_CALLS)


def _moto_headers(_method: str, _name: str) -> dict[str, str]:
    """moto checks no signature, so this one is only shaped like it."""
    scope = "AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request"
    return {
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00",
        "x-amz-date": "20260101T000000Z",
    }


Sign = Callable[[str, str], Mapping[str, str]]


def _rates(server: Started, sign: Sign, count: int) -> dict[str, Rate]:
    def gets(number: int) -> list[bytes]:
        return [_request("GET", "read", sign("GET", "read")) for _ in range(number)]

    def puts(number: int, kind: str) -> list[bytes]:
        names = [f"{kind}-{each}" for each in range(number)]
        return [_request("PUT", name, sign("PUT", name), SMALL) for name in names]

    _load(server, [*gets(_WARM), *puts(_WARM, "w")])
    return {"GET 4 kB": _load(server, gets(count)), "PUT 4 kB": _load(server, puts(count, "p"))}


def _request(method: str, name: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    head = f"{method} /{BUCKET}/{name} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\n{lines}"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def _large(port: int, key: Credentials | None, *, durable: Path | None) -> tuple[float, float]:
    """Return the seconds that a put and a get of a large object take.

    durable: The file that is to be made durable with the put, if the server does not do that.
    """
    body = os.urandom(LARGE_BYTES)
    path = f"/{BUCKET}/large"
    with closing(http.client.HTTPConnection("127.0.0.1", port, 60)) as connection:
        taken = []
        for method, content in (("PUT", body), ("GET", None)):
            headers = signed_headers(key, method, path) if key else {}
            start = time.perf_counter()
            connection.request(method, path, content, headers)
            with connection.getresponse() as answer:
                found = answer.read()
                assert answer.status < 300, found
            if durable is not None and method == "PUT":
                for path_of in (durable, durable.parent):
                    _fsync(path_of)
            taken.append(time.perf_counter() - start)
        assert found == body
    return taken[0], taken[1]


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _note(large: dict[str, list[float]], server: str, taken: tuple[float, float]) -> None:
    for kind, seconds in zip(("PUT", "GET"), taken, strict=True):
        large.setdefault(f"{server} {kind}", []).append(seconds)


def _large_rows(large: Mapping[str, list[float]]) -> list[Row]:
    rows = []
    for kind in ("PUT", "GET"):
        ours = LARGE_BYTES / median(large[f"juyong {kind}"]) / 1e6
        if f"nginx {kind}" in large:
            others = LARGE_BYTES / median(large[f"nginx {kind}"]) / 1e6
            beside, times = f"nginx {others:,.0f} MB/s", ours / others
        else:
            beside, times = "nginx is not installed", 1.0
        rows.append(Row(f"{kind} 64 MB", f"{ours:,.0f} MB/s", beside, times))
    return rows


@contextmanager
def nginx() -> Iterator[tuple[int, Path] | None]:
    """Run nginx with WebDAV; yield its port and its folder, None where it is not installed."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        port = free_port()
        (Path(folder) / "files").mkdir()
        settings = Path(folder) / "nginx.conf"
        settings.write_text(f"user root;{_NGINX.format(folder=folder, port=port)}")
        process = subprocess.Popen(
            [program, "-p", folder, "-c", str(settings)], stderr=subprocess.DEVNULL
        )
        try:
            while ask(port, "/") == 0:
                assert process.poll() is None, "nginx ended"
                time.sleep(0.05)
            yield port, Path(folder) / "files"
        finally:
            process.terminate()
            process.wait(10)


def main() -> int:
    """Measure; 0 when the floors hold."""
    rows = measure()
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
