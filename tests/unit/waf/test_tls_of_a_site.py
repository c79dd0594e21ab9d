"""Certificates are chosen by name, and a connection serves the name that it was opened for."""

import asyncio
import re
import shutil
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from tests.unit.waf.certificates import certificate
from tests.unit.waf.proxied import (
    QUICK,
    MarkerEngine,
    asked,
    backend,
    proxy,
    run,
    say,
    status,
)

from juyong.engines.inspect.verdict import Engine
from juyong.waf.counters import Figure
from juyong.waf.rule_source import RuleSource
from juyong.waf.rules import compiled
from juyong.waf.site import Certificate, Site
from juyong.waf.tls import BadCertificate, Contexts


async def asked_by(port: int, sni: str, host: str, version: ssl.TLSVersion) -> tuple[int, str]:
    """Return the status, and the first name of the certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = version
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname=sni
    )
    inside = writer.get_extra_info("ssl_object")
    names = x509.load_der_x509_certificate(inside.getpeercert(binary_form=True))
    told = names.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    got = await reader.read()
    writer.close()
    return status(got), str(told)


def test_names_choose_certificates(tmp_path: Path) -> None:
    async def work() -> None:
        both = (
            certificate(tmp_path, "a.example"),
            certificate(tmp_path, "b.example", "*.b.example"),
        )
        newest = ssl.TLSVersion.TLSv1_3
        log = tmp_path / "log"
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), certificates=both, log=log) as front,
        ):
            for sni, host, expected in (
                ("a.example", "a.example", (200, "a.example")),
                ("b.example", "B.example:443", (200, "b.example")),
                ("x.b.example", "x.b.example", (200, "b.example")),
                ("c.example", "c.example", (200, "a.example")),
                ("a.example", "b.example", (421, "a.example")),
                ("a.example", "a.example.evil", (421, "a.example")),
            ):
                assert await asked_by(front.port, sni, host, newest) == expected
            assert site.seen[0].header(b"x-forwarded-proto") == [b"https"]
            assert front.rows()[0]["ssl_protocol"] == "TLSv1.3"
            assert await asked_by(front.port, "a.example", "a.example", ssl.TLSVersion.TLSv1_2) == (
                200,
                "a.example",
            )
        strict = {"certificates": both, "minimum_tls": "1.3"}
        async with backend() as site, proxy(site.port, **strict) as front:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asked_by(front.port, "a.example", "a.example", ssl.TLSVersion.TLSv1_2)

    run(work)


def test_certificates_that_cannot_be_used(tmp_path: Path) -> None:
    one, other = certificate(tmp_path, "a.example"), certificate(tmp_path, "b.example")
    long = certificate(tmp_path, "c.example", rsa_bits=2_048)
    none, locked = str(tmp_path / "none"), tmp_path / "locked.key"
    key = load_pem_private_key(Path(one.key).read_bytes(), None)
    secret = BestAvailableEncryption(b"secret")
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for chain, key_file, told in (
        (one.chain, other.key, f"`{other.key}` is not the key of `{one.chain}`"),
        (one.chain, long.key, f"`{long.key}` is not the key of `{one.chain}`"),
        (one.key, one.key, f"`{one.key}` holds no certificate in PEM"),
        (one.chain, one.chain, f"`{one.chain}` holds no private key in PEM"),
        (none, one.key, f"`{none}`: No such file or directory"),
        (one.chain, none, f"`{none}`: No such file or directory"),
        (one.chain, str(locked), f"`{locked}` is under a password"),
        (str(broken), one.key, f"`{broken}` or its key cannot be read"),
    ):
        bad = Certificate(chain=chain, key=key_file)
        with pytest.raises(BadCertificate, match=re.escape(told)):
            Contexts(Site(backends=("http://x",), certificates=(bad,)))


def test_a_certificate_whose_time_is_over_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for days in (1, -1):
        one = certificate(tmp_path, "a.example", days=days)
        Contexts(Site(backends=("http://x",), certificates=(one,)))
        assert ("certificate has ended" in capsys.readouterr().err) == (days < 0)


def rules(folder: Path, text: str) -> Engine:
    (folder / "a.conf").write_text(text)
    source = RuleSource(name="mine", folders={"": str(folder)}, entries=("*.conf",))
    return compiled(source).engine


async def ended(*command: str, given: bytes = b"") -> str:
    """Run a client to its end, and return what the client printed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    told, _ = await process.communicate(given)
    return told.decode(errors="replace")


BY_NAME = """
SecRule TLS:sni "@streq evil.example" "id:1,phase:1,deny,status:403,t:lowercase"
SecRule &TLS:ja4 "@eq 0" "id:2,phase:1,deny,status:405"
SecRule TLS:ja4 "!@rx ^t1[23][di][0-9]{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$" "id:3,phase:1,deny"
SecRule TLS:alpn "@streq h2,http/1.1" "id:4,phase:1,deny,status:406"
SecRule TLS:version "@streq TLSv1.2" "id:5,phase:1,deny,status:426"
"""


@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("openssl")),
    reason="curl or openssl is not installed",
)
def test_rules_and_the_log_know_the_client(tmp_path: Path) -> None:
    async def work() -> None:
        made = (certificate(tmp_path, "a.example", "*.example"),)
        engine, log = rules(tmp_path, BY_NAME), tmp_path / "log"
        async with (
            backend() as site,
            proxy(site.port, engine=engine, certificates=made, log=log) as front,
        ):
            new, old = ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2
            assert (await asked_by(front.port, "a.example", "a.example", new))[0] == 200
            assert (await asked_by(front.port, "a.example", "a.example", old))[0] == 426
            assert (await asked_by(front.port, "evil.example", "evil.example", new))[0] == 403
            curl = ("curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*")
            url = f"https://127.0.0.1:{front.port}/"
            assert await ended(*curl, "--http1.1", url) == "200"
            assert await ended(*curl, url) == "406"
            told = await ended(
                "openssl", "s_client", "-connect", f"127.0.0.1:{front.port}", "-ign_eof", "-quiet",
                given=b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
            )  # fmt: skip
            assert "200 OK" in told
            fingerprints = [row["ja4"] for row in front.rows()]
            for number, begins in enumerate(("t13d", "t12d", "t13d", "t13i", "t13i", "t13i")):
                assert fingerprints[number].startswith(begins)
            # The same client has one fingerprint, whatever name it asks for.
            assert fingerprints[0] == fingerprints[2]
            assert fingerprints[3][8:10] == "h1"
            assert fingerprints[4][8:10] == "h2"
            assert fingerprints[5][8:10] == "00"
        async with backend() as site, proxy(site.port, engine=engine) as front:
            assert status(await say(front.port, asked())) == 405

    run(work)


def test_a_hello_may_come_in_pieces(tmp_path: Path) -> None:
    async def work() -> None:
        made = (certificate(tmp_path, "a.example"),)
        async with backend() as site, proxy(site.port, certificates=made) as front:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            inside = context.wrap_bio(incoming, outgoing, server_hostname="a.example")
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            done, first = False, True
            while not done:
                with suppress(ssl.SSLWantReadError):
                    inside.do_handshake()
                    done = True
                data = outgoing.read()
                pieces = [data[at : at + 50] for at in range(0, len(data), 50)] if first else [data]
                for piece in pieces:
                    writer.write(piece)
                    await asyncio.sleep(0)
                first = False
                if not done:
                    incoming.write(await reader.read(65536))
            inside.write(asked(b"GET /pieces HTTP/1.1").replace(b"Host: x", b"Host: a.example"))
            writer.write(outgoing.read())
            while not site.seen:
                assert await reader.read(65536)
            assert site.seen[0].target == b"/pieces"
            writer.close()

    run(work)


def test_what_is_no_hello_is_closed_and_counted(tmp_path: Path) -> None:
    async def work() -> None:
        made = (certificate(tmp_path, "a.example"),)
        settings = {"certificates": made, "times": QUICK}
        async with backend() as site, proxy(site.port, **settings) as front:
            told = await say(front.port, asked())
            assert status(told) == 400
            assert told.endswith(b"This port speaks TLS: use https.\n")
            assert site.seen == []
            for data in (b"\x80\x2e\x01\x03\x01", b"\x16\x03\x01\x00\x00", b"\0" * 20_000):
                assert await say(front.port, data) == b""
            assert front.figure(Figure.BAD_HELLOS) == 4
            # A client that stops in the middle is closed at the deadline of a head.
            assert await say(front.port, b"\x16\x03\x01\x02\x00\x01") == b""
            assert await say(front.port, b"\x16\x03\x01\x02\x00\x01", half_close=True) == b""
            assert front.figure(Figure.BAD_HELLOS) == 4
            assert front.plane.of_peer == {}
            assert site.seen == []

    run(work)
