"""The pack that comes with juyong, behind the proxy: what passes whole, in part, or not at all."""

from functools import cache
from pathlib import Path

import pytest
from tests.unit.waf.proxied import Seen, asked, backend, proxy, run, say, status

from juyong.content import waf
from juyong.engines.inspect.verdict import Engine
from juyong.waf import rules
from juyong.waf.rule_source import RuleSource
from juyong.waf.rules import compiled

LARGE = 300_000
BEYOND = 1_200_000


@cache
def own(*, native: bool = True) -> Engine:
    """Compile the pack; native: By the core where the core is installed."""
    with pytest.MonkeyPatch.context() as patch:
        if not native:
            patch.setattr(rules, "native_ready", lambda: False)
        return _own()


def _own() -> Engine:
    folders = {"": str(Path(waf.__file__).parent)}
    return compiled(RuleSource(name="own", folders=folders, entries=waf.ENTRIES)).engine


def posted(kind: bytes, size: int) -> bytes:
    length = b"Content-Length: %d" % size
    return asked(b"POST /upload HTTP/1.1", b"Content-Type: " + kind, length, b"Accept: */*")


@pytest.mark.parametrize("kind", [b"application/octet-stream", b"image/png", b"video/mp4"])
def test_a_body_that_no_rule_reads_passes_as_it_comes(kind: bytes, tmp_path: Path) -> None:
    async def work() -> None:
        log = tmp_path / "access.log"
        async with backend() as site, proxy(site.port, engine=own(), log=log) as front:
            assert status(await say(front.port, posted(kind, LARGE), b"z" * LARGE)) == 200
            assert len(site.seen[0].body) == LARGE
            (row,) = front.rows()
            assert row["partial"] == "the request body, of a type that no rule reads"

    run(work)


_ATTACKS = [
    b'{"q": "<script>alert(1)</script>"}',
    b' [ {"q": "1\\u0027 or \\u00271\\u0027=\\u00271"}]',
    b"q=1'+or+'1'='1",
    b'<?xml version="1.0"?><x y="1&#39; or &#39;1&#39;=&#39;1"/>',
    b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
    '{"q": "<script>alert(1)</script>"}'.encode("utf-16"),
    '{"q": "<script>alert(1)</script>"}'.encode("utf-16-be"),
]


@pytest.mark.parametrize("kind", [b"application/octet-stream", b"image/png", b"application/grpc"])
@pytest.mark.parametrize("body", _ATTACKS)
def test_no_type_hides_a_document_from_the_rules(body: bytes, kind: bytes) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % octet for octet in body) + b"0\r\n\r\n"
    chunked = asked(
        b"POST / HTTP/1.1", b"Content-Type: " + kind, b"Transfer-Encoding: chunked", b"Accept: */*"
    )

    async def work() -> None:
        async with backend() as site, proxy(site.port, engine=own()) as front:
            assert status(await say(front.port, posted(kind, len(body)), body)) == 403
            assert status(await say(front.port, chunked, chunks)) == 403
            assert site.seen == []

    run(work)


@pytest.mark.parametrize(
    "body",
    [
        b'{"q": "tea"}',
        b"{",
        b"<!DOCTYPE html><p>tea",
        b"\x89PNG\r\n",
        b"0032want 1a\n",
        b"",
        b"q",
        b" " * 600,
    ],
)
def test_a_document_without_an_attack_passes_under_any_type(body: bytes) -> None:
    kind = b"application/octet-stream"
    waits = asked(
        b"POST / HTTP/1.1",
        b"Content-Type: " + kind,
        b"Transfer-Encoding: chunked",
        b"Expect: 100-continue",
        b"Accept: */*",
    )
    chunks = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"

    async def work() -> None:
        async with backend() as site, proxy(site.port, engine=own()) as front:
            assert status(await say(front.port, posted(kind, len(body)), body)) == 200
            got = await say(front.port, waits, chunks)
            assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")
            assert [seen.body for seen in site.seen] == [body, body]

    run(work)


def test_a_document_under_another_type_has_the_limit_of_documents() -> None:
    kind, body = b"image/png", b'{"q": "' + b"z" * BEYOND + b'"}'

    async def work() -> None:
        async with backend() as site, proxy(site.port, engine=own()) as front:
            assert status(await say(front.port, posted(kind, len(body)), body)) == 413
            assert site.seen == []

    run(work)


def test_a_long_form_is_refused_or_judged_in_part_as_the_site_says(tmp_path: Path) -> None:
    kind, body = b"application/x-www-form-urlencoded", b"a=" + b"z" * BEYOND
    attack = b"a=<script>alert(1)</script>&b=" + b"z" * BEYOND

    async def work() -> None:
        log = tmp_path / "access.log"
        async with backend() as site, proxy(site.port, engine=own()) as front:
            assert status(await say(front.port, posted(kind, len(body)), body)) == 413
            assert site.seen == []
        async with (
            backend() as site,
            proxy(site.port, engine=own(), oversize="pass", log=log) as front,
        ):
            assert status(await say(front.port, posted(kind, len(attack)), attack)) == 403
            assert site.seen == []
            assert status(await say(front.port, posted(kind, len(body)), body)) == 200
            assert site.seen[0].body == body
            assert front.rows()[-1]["partial"] == "the request body, beyond the limit"

    run(work)


def test_a_long_page_is_judged_in_part(tmp_path: Path) -> None:
    page = b"<p>tea</p>" * 100_000

    def answer(_seen: Seen) -> bytes:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
        return head % len(page) + page

    async def work() -> None:
        log = tmp_path / "access.log"
        async with backend(answer) as site, proxy(site.port, engine=own(), log=log) as front:
            got = await say(front.port, asked(b"GET / HTTP/1.1", b"Accept: */*"))
            assert got.endswith(page)
            (row,) = front.rows()
            assert row["partial"] == "the response body, beyond the limit"

    run(work)


def test_the_log_names_the_kind_of_an_attack(tmp_path: Path) -> None:
    async def work() -> None:
        log = tmp_path / "access.log"
        async with backend() as site, proxy(site.port, engine=own(), log=log) as front:
            line = b"GET /?q=%3Cscript%3Ealert(1)%3C/script%3E HTTP/1.1"
            assert status(await say(front.port, asked(line, b"Accept: */*"))) == 403
            (row,) = front.rows()
            assert row["web_attack_type"] == row["final_rule_type"] == "markup"
            assert any(each["tags"] == ["attack/markup"] for each in row["matched_rules_detail"])

    run(work)
