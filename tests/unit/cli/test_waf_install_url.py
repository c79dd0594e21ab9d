"""Sets of rules from URLs: fetched by the guarded way out, and unpacked only by their digest."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.commands import Done, juyong
from tests.tls_front import Authority, authority_in, tls_front

from juyong.cli.waf import installing

RULE = b'SecRule ARGS "@contains evil" "id:9,phase:2,deny"\n'


def archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo("set/rules/a.conf")
        info.size = len(RULE)
        tar.addfile(info, io.BytesIO(RULE))
    return out.getvalue()


ARCHIVE = archive()
DIGEST = hashlib.sha256(ARCHIVE).hexdigest()
PLACES = {
    "/moved": "/set.tgz",
    "/out": "http://127.0.0.1/set.tgz",
    "/inside": "https://169.254.169.254/set.tgz",
    "/other": "https://10.0.0.1/set.tgz",
    "/user": "https://me@127.0.0.1/set.tgz",
    "/round": "/round",
}
ASKED: list[str] = []


class Mirror(BaseHTTPRequestHandler):
    """A server with one archive, and many ways to another one."""

    def do_GET(self) -> None:
        ASKED.append(self.path)
        if place := PLACES.get(self.path):
            self.send_response(302)
            self.send_header("Location", place)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/cut.tgz":
            self.send_response(200)
            self.send_header("Content-Length", str(len(ARCHIVE) + 1))
            self.end_headers()
            self.wfile.write(ARCHIVE)
            return
        self.send_response(200 if self.path == "/set.tgz" else 404)
        self.send_header("Content-Length", str(len(ARCHIVE)))
        self.end_headers()
        self.wfile.write(ARCHIVE)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Site:
    """The mirror under TLS."""

    def __init__(self, port: int, ca: Authority) -> None:
        self.url, self.ca = f"https://127.0.0.1:{port}", ca.file


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("mirror")
    ca = authority_in(folder, "authority")
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        with tls_front(server.server_address[1], ca.leaf(folder, "127.0.0.1")) as port:
            yield Site(port, ca)
        server.shutdown()
        thread.join()


def install(home: Path, url: str, *words: str | Path) -> Done:
    return juyong("waf", "rules", "install", url, *words, "--name", "far", "--home", home)


def sets(home: Path) -> list[str]:
    folder = home / "waf" / "rules"
    return [each.name for each in folder.iterdir()] if folder.is_dir() else []


@pytest.mark.parametrize("path", ["/set.tgz", "/moved"])
def test_a_set_is_fetched_and_used(tmp_path: Path, site: Site, path: str) -> None:
    reach = ("--sha256", DIGEST.upper(), "--allow", "127.0.0.0/8", "--ca", site.ca)
    done = install(tmp_path, site.url + path, *reach)
    assert done.status == 0, done.err
    shown = juyong("waf", "rules", "show", "far", "--home", tmp_path)
    assert "9  phase 2" in shown.out


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/none.tgz", 1, "404"),
        ("/cut.tgz", 1, "ended early"),
        ("/round", 1, "on and on"),
        ("/out", 3, "only https"),
        ("/inside", 3, "network that is not asked"),
        ("/other", 3, "network that is not asked"),
        ("/user", 3, "only https"),
    ],
)
def test_what_a_server_may_not_do(
    tmp_path: Path, site: Site, path: str, status: int, said: str
) -> None:
    reach = ("--sha256", DIGEST, "--allow", "127.0.0.0/8", "--ca", site.ca)
    done = install(tmp_path, site.url + path, *reach)
    assert (done.status, said in done.err) == (status, True), done.err
    assert sets(tmp_path) == []


def test_nothing_is_asked_without_need(tmp_path: Path, site: Site) -> None:
    ASKED.clear()
    url, reach = site.url + "/set.tgz", ("--allow", "127.0.0.1", "--ca", site.ca)
    for words in (
        (),
        reach,
        (*reach, "--sha256", "0" * 63),
        ("--sha256", DIGEST, "--ca", site.ca),
        ("--sha256", DIGEST, "--allow", "127.0.0.1/8"),
    ):
        assert install(tmp_path, url, *words).status == 3
    for other in ("http://127.0.0.1/set.tgz", "ftp://127.0.0.1/set.tgz", "https://", "https://[x/"):
        assert install(tmp_path, other, "--sha256", DIGEST, *reach).status == 3
    # A certificate that no one vouches for, and a metadata service behind a wide network.
    assert install(tmp_path, url, "--sha256", DIGEST, "--allow", "127.0.0.1").status == 1
    wide = ("--sha256", DIGEST, "--allow", "0.0.0.0/0")
    assert install(tmp_path, "https://100.100.100.200/", *wide).status == 3
    assert ASKED == []
    assert sets(tmp_path) == []


def test_another_archive_is_not_unpacked(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, reach = site.url + "/set.tgz", ("--allow", "127.0.0.1", "--ca", site.ca)
    with monkeypatch.context() as patch:
        patch.setattr(installing, "_unpacked", lambda _data: pytest.fail("unpacked"))
        assert install(tmp_path, url, *reach, "--sha256", "0" * 64).status == 3
    monkeypatch.setattr(installing, "_MOST_ARCHIVE", len(ARCHIVE) - 1)
    done = install(tmp_path, url, *reach, "--sha256", DIGEST)
    assert (done.status, "too large" in done.err) == (1, True)
    monkeypatch.setattr(installing, "_MOST_ARCHIVE", len(ARCHIVE))
    assert install(tmp_path, url, *reach, "--sha256", DIGEST).status == 0
