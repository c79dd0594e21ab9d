"""A site speaks the versions and suites of its policy, as OpenSSL's own client finds."""

import asyncio
import re
import shutil
import ssl
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.waf.certificates import certificate
from tests.unit.waf.proxied import backend, proxy, run, status
from tests.unit.waf.test_supervisor import supervised
from tests.unit.waf.test_tls_of_a_site import ended

from juyong.waf.site import Site
from juyong.waf.tls import Contexts
from juyong.waf.tls_policies import POLICIES, STRONG, BadPolicy, suites_of

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

HELLO = b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"


async def agreed(port: int, *options: str) -> str:
    """Return version and suite that `openssl s_client` agrees on; empty where there is none."""
    told = await ended(
        *("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "a.example"),
        *("-ign_eof", *options),
        given=HELLO,
    )
    found = re.search(r"New, (\S+), Cipher is (\S+)", told)
    if found is None or found[2] in ("(NONE)", "0000"):
        return ""
    assert "200 OK" in told
    return f"{found[1]} {found[2]}"


def only(suite: str) -> tuple[str, ...]:
    return "-tls1_2", "-cipher", f"{suite}:@SECLEVEL=0"


def test_versions_of_a_site(tmp_path: Path) -> None:
    made = (certificate(tmp_path, "a.example"),)

    async def spoken(**settings: str) -> list[bool]:
        async with backend() as site, proxy(site.port, certificates=made, **settings) as front:
            return [
                bool(await agreed(front.port, option, "-cipher", "ALL:@SECLEVEL=0"))
                for option in ("-tls1", "-tls1_1", "-tls1_2", "-tls1_3")
            ]

    async def work() -> None:
        assert await spoken() == [False, False, True, True]
        assert await spoken(minimum_tls="1.3") == [False, False, False, True]
        assert await spoken(maximum_tls="1.2") == [False, False, True, False]

    run(work)


async def speaks(port: int, suite: str) -> bool:
    """Tell whether a client of this process that offers one suite of TLS 1.2 is answered."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    try:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname="a.example"
        )
    except (ssl.SSLError, ConnectionError):
        return False
    agreed_on = writer.get_extra_info("ssl_object").cipher()[0]
    writer.close()
    assert agreed_on == suite
    return True


def test_suites_of_the_policies(tmp_path: Path) -> None:
    ecdsa = certificate(tmp_path, "a.example")
    rsa = certificate(tmp_path, "a.example", "b.example", rsa_bits=2048)

    async def spoken(policy: str, suites: tuple[str, ...], **settings: Any) -> set[str]:
        async with (
            backend() as site,
            proxy(site.port, ciphers=policy, **settings) as front,
        ):
            found = {suite for suite in suites if await speaks(front.port, suite)}
            for suite in (suites[0], suites[-1]):
                expected = f"TLSv1.2 {suite}" if suite in found else ""
                # Old suites are named by the version that had them first.
                told = await agreed(front.port, *only(suite))
                assert told.partition(" ")[2] == expected.partition(" ")[2]
            return found

    async def work() -> None:
        every = POLICIES["all"]
        of_ecdsa = tuple(each for each in every if "ECDSA" in each)
        of_rsa = tuple(each for each in every if "ECDSA" not in each)
        for certificates, suites in (((ecdsa,), of_ecdsa), ((rsa,), of_rsa)):
            strong = set(suites) & set(STRONG)
            assert await spoken("strong", suites, certificates=certificates) == strong
            assert await spoken("all", suites, certificates=certificates) == set(suites)
        custom = "ECDHE-RSA-AES128-SHA:AES256-GCM-SHA384"
        assert await spoken(custom, of_rsa, certificates=(rsa,)) == set(custom.split(":"))

    run(work)


@pytest.mark.parametrize(
    "policy",
    ["", "medium", "DES-CBC3-SHA", "NULL-SHA256", "ADH-AES128-SHA", "ALL", "@SECLEVEL=0",
     "AES128-SHA:", "AES128-SHA:RC4-SHA", "TLS_AES_128_GCM_SHA256", "PSK-AES128-CBC-SHA"],
)  # fmt: skip
def test_a_suite_that_cannot_be_had_is_refused(policy: str, tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="is no cipher suite"):
        suites_of(policy)
    made = (certificate(tmp_path, "a.example"),)
    with pytest.raises(BadPolicy):
        Contexts(Site(backends=("http://x",), certificates=made, ciphers=policy))


def test_a_wildcard_stands_for_one_label_and_gives_way(tmp_path: Path) -> None:
    made = tuple(
        certificate(tmp_path, *names)
        for names in (("first.example",), ("w.example", "*.w.example"), ("x.w.example",))
    )
    contexts = Contexts(Site(backends=("http://x",), certificates=made))
    first = contexts.of("unknown.example")
    wildcard, exact = contexts.of("w.example"), contexts.of("x.w.example")
    assert len({first, wildcard, exact}) == 3
    for name, expected in (
        ("first.example", first),
        ("", first),
        ("Y.W.example.", wildcard),
        ("X.w.EXAMPLE", exact),
        ("a.x.w.example", first),
        ("example", first),
        ("*.w.example", wildcard),
    ):
        assert contexts.of(name) is expected


async def opened(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    """Open a connection; return its ends and the certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="a.example"
    )
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return reader, writer, shown


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    writer.write(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(5) == b"hello"
    return status(head)


def test_a_new_certificate_loses_no_connection(tmp_path: Path) -> None:
    old = certificate(tmp_path, "a.example")
    key = Path(old.key).read_bytes()

    def spoil() -> None:
        Path(old.key).write_bytes(key)

    async def work() -> None:
        async with backend() as site, supervised(site, certificates=(old,)) as (made, port):
            reader, writer, first = await opened(port)
            assert await answered(reader, writer) == 200
            certificate(tmp_path, "a.example")
            assert await made.apply(msgspec.structs.replace(made.site)) == ""
            # The connection of before goes on; new ones see the new certificate.
            assert await answered(reader, writer) == 200
            for _ in range(4):
                newer = await opened(port)
                assert newer[2] != first
                assert await answered(*newer[:2]) == 200
                newer[1].close()
            # A key that is not of the certificate changes nothing.
            spoil()
            assert "a.example.pem" in await made.apply(msgspec.structs.replace(made.site))
            again = await opened(port)
            assert again[2] == newer[2]
            assert await answered(*again[:2]) == 200
            assert await answered(reader, writer) == 200
            for each in (writer, again[1]):
                each.close()

    run(work)
