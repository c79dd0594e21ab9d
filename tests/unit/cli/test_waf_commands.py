"""The commands of the WAF that need no running site."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.commands import Done, juyong

from juyong.cli.waf.following import line_of, printable

RULE = 'SecRule ARGS "@contains evil" "id:9,phase:2,deny,status:403,msg:\'Evil\'"\n'


def waf(home: Path, *words: str | Path) -> Done:
    return juyong("waf", *words, "--home", home)


def request(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "request.http"
    path.write_text(text)
    return path


def test_a_request_is_judged_and_explained(tmp_path: Path) -> None:
    good = request(tmp_path, "GET /?q=a+cup+of+tea HTTP/1.1\nHost: shop.example\nAccept: */*\n\n")
    done = waf(tmp_path, "test", good)
    assert (done.status, done.out) == (0, "pass\n") or done.out.startswith("pass\n")
    bad = request(
        tmp_path,
        "POST /login HTTP/1.1\nHost: x\nContent-Type: application/x-www-form-urlencoded\n"
        "Content-Length: 36\n\nuser=admin%27+OR+%271%27%3D%271&p=abc",
    )
    done = waf(tmp_path, "test", bad, "--json")
    told = json.loads(done.out)
    assert (done.status, told["verdict"], told["answer"]) == (1, "block", 403)
    assert any(each["variable"].startswith("ARGS:user") for each in told["hits"])
    assert not any(each["variable"].startswith("MATCHED_VARS") for each in told["hits"])
    assert told["scores"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "GET / HTTP/1.1\n\n",
        "POST / HTTP/1.1\nHost: x\nContent-Length: 1\nTransfer-Encoding: chunked\n\na",
    ],
)
def test_what_the_proxy_refuses_is_bad_input(tmp_path: Path, text: str) -> None:
    done = waf(tmp_path, "test", request(tmp_path, text))
    assert done.status == 3
    assert "400" in done.err
    assert waf(tmp_path, "test", tmp_path / "none.http").status == 3
    good = request(tmp_path, "GET / HTTP/1.1\nHost: x\n\n")
    assert waf(tmp_path, "test", good, "--rules", "none").status == 3
    assert waf(tmp_path, "test", good, "--rules", "nothing").status == 3


def test_rules_are_installed_and_used(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.conf").write_text(RULE)
    done = waf(tmp_path, "rules", "install", folder, "--name", "mine")
    assert done.status == 0, done.err
    done = waf(tmp_path, "rules", "use", "mine", "--json")
    assert json.loads(done.out)["told"] == []
    listed = json.loads(waf(tmp_path, "rules", "list", "--json").out)["sets"]
    assert [each["name"] for each in listed if each["used"]] == ["mine"]
    shown = json.loads(waf(tmp_path, "rules", "show", "mine", "--json").out)
    assert [(each["id"], each["place"]) for each in shown["rules"]] == [(9, "a.conf:1")]
    bad = request(tmp_path, "GET /?q=evil HTTP/1.1\nHost: x\n\n")
    assert waf(tmp_path, "test", bad).status == 1
    assert waf(tmp_path, "test", bad, "--rules", "own").status == 0
    (folder / "a.conf").write_text("SecRule ARGS @unknown id:1\n")
    done = waf(tmp_path, "rules", "install", folder, "--name", "mine")
    assert done.status == 3
    assert "a.conf:1" in done.err
    # The set that was there stays.
    assert waf(tmp_path, "test", bad).status == 1
    assert sorted(path.name for path in (tmp_path / "waf/rules").iterdir()) == ["mine"]


def test_a_folder_with_a_link_to_elsewhere_is_no_set(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.conf").write_text(RULE)
    (folder / "words.data").symlink_to("a.conf")
    assert waf(tmp_path, "rules", "install", folder, "--name", "mine").status == 0
    (folder / "b.conf").symlink_to("/etc/hostname")
    done = waf(tmp_path, "rules", "install", folder, "--name", "other")
    assert done.status == 3
    assert "`b.conf` is a link out of the folder" in done.err
    assert not (tmp_path / "waf/rules/other").exists()


def archive(add: Callable[[tarfile.TarFile], None]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        add(tar)
    return out.getvalue()


def entry(
    name: str, content: bytes = RULE.encode(), kind: bytes = tarfile.REGTYPE
) -> Callable[[tarfile.TarFile], None]:
    def add(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        info.size = len(content) if kind == tarfile.REGTYPE else 0
        tar.addfile(info, io.BytesIO(content))

    return add


@pytest.mark.parametrize(
    ("add", "status"),
    [
        (entry("set-1/rules/a.conf"), 0),
        (entry("a.conf"), 0),
        (entry("../a.conf"), 3),
        (entry("/etc/a.conf"), 3),
        (entry("x/../../a.conf"), 3),
        (entry("a.conf", kind=tarfile.SYMTYPE), 3),
        (entry("a.conf", kind=tarfile.LNKTYPE), 3),
        (entry("a.conf", kind=tarfile.CHRTYPE), 3),
        (entry("bomb.data", b"0" * (65 * 1024 * 1024)), 3),
        (entry("readme.md"), 3),
        (entry("a.conf", b"SecRule broken"), 3),
    ],
)
def test_archives(tmp_path: Path, add: Callable[[tarfile.TarFile], None], status: int) -> None:
    data = archive(add)
    path = tmp_path / "set.tgz"
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    install = ("rules", "install", path, "--name", "crs")
    assert waf(tmp_path, *install).status == 3
    assert waf(tmp_path, *install, "--sha256", "0" * 64).status == 3
    done = waf(tmp_path, *install, "--sha256", digest)
    assert done.status == status, done.err
    left = [each.name for each in (tmp_path / "waf" / "rules").iterdir()]
    assert left == (["crs"] if status == 0 else [])
    assert not (tmp_path / "a.conf").exists()


@pytest.mark.parametrize("name", ["own", "debian", "none", "../x", "", "A", "a b"])
def test_names_that_no_set_can_have(tmp_path: Path, name: str) -> None:
    assert waf(tmp_path, "rules", "install", tmp_path, "--name", name).status == 3
    assert waf(tmp_path, "rules", "install", "https://x/y.tgz", "--name", "b").status == 3


def test_the_log_steers_no_terminal(tmp_path: Path) -> None:
    rows = [
        {"time": "t", "status": "403", "final_action": "block", "request_uri": "/\x1b]0;x\x07"},
        {"time": "t", "status": "200", "request_uri": "/fine"},
    ]
    log = tmp_path / "access.log"
    log.write_text("".join(json.dumps(each) + "\n" for each in rows) + "half a line")
    done = waf(tmp_path, "tail", "--file", log)
    assert "\x1b" not in done.out
    assert "\\x1b]0;x\\x07" in done.out
    assert "/fine" not in done.out
    assert "/fine" in waf(tmp_path, "tail", "--file", log, "--everything").out
    assert len(json.loads(waf(tmp_path, "tail", "--file", log, "--json").out)["rows"]) == 1
    assert waf(tmp_path, "tail").status == 1
    assert waf(tmp_path, "tail", "--file", tmp_path / "none").status == 3
    assert waf(tmp_path, "tail", "--count", "-1").status == 3
    assert printable("a\u202eb") == "a\\u202eb"
    assert "\n" not in line_of({"request_uri": "a\nb"})


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("not a url",), 3),
        (("http://user@host",), 3),
        (("http://127.0.0.1:3000/path",), 3),
        (("ftp://127.0.0.1",), 3),
        (("http://127.0.0.1:3000", "--port", "99999"), 3),
        (("http://127.0.0.1:3000", "--cert", "x"), 3),
        (("http://127.0.0.1:3000", "--trust", "10.0.0.1/8"), 3),
        (("http://127.0.0.1:3000", "--rules", "nothing"), 3),
        (("http://127.0.0.1:3000", "--exclusions", "nothing.conf"), 3),
        (("http://127.0.0.1:3000", "--rules", "none", "--exclusions", "nothing.conf"), 3),
        (("http://127.0.0.1:3000", "--domain", "a b"), 3),
        (("http://127.0.0.1:3000", "--domain", "a..b"), 3),
        (("http://127.0.0.1:3000", "--health", "x"), 3),
        (("http://127.0.0.1:3000", "--workers", "-1"), 3),
        (("http://127.0.0.1:3000", "--body-limit", "131071"), 3),
        (("http://127.0.0.1:3000", "--body-limit", "4194305"), 3),
        (("http://127.0.0.1:3000", "--json-values", "999"), 3),
        (("http://127.0.0.1:3000", "--json-values", "100001"), 3),
        (("http://127.0.0.1:3000", "--ciphers", "medium"), 3),
        (("http://127.0.0.1:3000", "--tls", "1.3", "--tls-max", "1.2"), 3),
        (("http://127.0.0.1:3000", "--tls", "1.1"), 3),
    ],
)
def test_sites_that_are_described_wrongly(
    tmp_path: Path, words: tuple[str, ...], status: int
) -> None:
    port = () if "--port" in words else ("--port", "0")
    assert waf(tmp_path / "home", "protect", *words, *port).status == status
    assert json.loads(waf(tmp_path, "sites", "--json").out) == {"sites": []}


def test_recorded_requests_are_judged_by_the_rules_of_today(tmp_path: Path) -> None:
    def entry(url: str, text: str = "") -> dict[str, object]:
        headers = [
            {"name": ":authority", "value": "x"},
            {"name": "Content-Type", "value": "application/x-www-form-urlencoded"},
        ]
        asked = {"method": "POST" if text else "GET", "url": url, "headers": headers}
        return {"request": {**asked, "postData": {"text": text}} if text else asked}

    har = tmp_path / "site.har"
    good, bad = entry("https://x/?q=tea"), entry("https://x/login", "u=admin%27+OR+%271%27%3D%271")
    har.write_text(json.dumps({"log": {"entries": [good, bad, entry("https://x/a b")]}}))
    done = waf(tmp_path, "replay", har, "--json")
    told = json.loads(done.out)
    assert (done.status, told["requests"], told["blocked"], told["malformed"]) == (1, 3, 1, 1)
    assert told["changed"][0]["request"] == "POST /login"
    har.write_text(json.dumps({"log": {"entries": [good]}}))
    assert waf(tmp_path, "replay", har).status == 0

    log = tmp_path / "access.log"
    rows = [
        {"request_uri": "/?q=tea", "request_method": "GET", "host": "x", "status": "200"},
        {"request_uri": "/?q=tea", "host": "x", "final_action": "block"},
        {"request_uri": "/?id=1'+OR+'1'='1", "host": "x", "final_action": "block"},
    ]
    log.write_text("".join(json.dumps(each) + "\n" for each in rows) + "half")
    told = json.loads(waf(tmp_path, "replay", log, "--json").out)
    assert [each["was_blocked"] for each in told["changed"]] == [True]
    for text in ("", "hello", '{"log": {"entries": [{}]}}', "[]"):
        log.write_text(text)
        assert waf(tmp_path, "replay", log).status == 3
    assert waf(tmp_path, "replay", tmp_path / "none").status == 3


EXCLUDED = (
    'SecRule REQUEST_FILENAME "@streq /search" "id:10001,phase:1,pass,nolog,t:none,'
    'ctl:ruleRemoveTargetById=9;ARGS:q"\n'
)


def test_exclusions_are_read_before_the_rules(tmp_path: Path) -> None:
    folder, excluded = tmp_path / "mine", tmp_path / "exclusions.conf"
    folder.mkdir()
    (folder / "a.conf").write_text(RULE)
    assert waf(tmp_path, "rules", "install", folder, "--name", "mine").status == 0
    excluded.write_text(EXCLUDED)
    on = ("--rules", "mine", "--exclusions", excluded)
    text = "GET /{} HTTP/1.1\nHost: x\n\n"
    assert waf(tmp_path, "test", request(tmp_path, text.format("search?q=evil")), *on).status == 0
    for other in ("search?p=evil", "other?q=evil", "search/?q=evil"):
        assert waf(tmp_path, "test", request(tmp_path, text.format(other)), *on).status == 1
    log = tmp_path / "access.log"
    row = {"request_uri": "/search?q=evil", "host": "x", "final_action": "block"}
    log.write_text(json.dumps(row) + "\n")
    assert waf(tmp_path, "replay", log, *on).status == 1
    excluded.write_text("SecRule broken\n")
    done = waf(tmp_path, "test", request(tmp_path, text.format("")), *on)
    assert (done.status, "exclusions.conf:1" in done.err) == (2, True)
    excluded.write_text("#" * 1_048_577)
    assert "1 MiB" in waf(tmp_path, "test", request(tmp_path, text.format("")), *on).err
    excluded.unlink()
    assert waf(tmp_path, "test", request(tmp_path, text.format("")), *on).status == 3
