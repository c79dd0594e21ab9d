"""The local CA and its leaves."""

import asyncio
import multiprocessing
import ssl
import stat
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from juyong.front.authority import LocalAuthority
from juyong.front.late_authority import LateAuthority
from juyong.front.leaves import LeafMint
from juyong.front.vouching import AuthorityUnusable, OutsideAuthority

DAY = 86400


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _certificate(authority: LocalAuthority) -> x509.Certificate:
    return x509.load_pem_x509_certificate(authority.certificate_pem)


def _handshake(
    server: ssl.SSLContext, client: ssl.SSLContext, host: str | None
) -> x509.Certificate:
    """Shake hands in memory; return the leaf that the client accepted."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = server.wrap_bio(to_server, to_client, server_side=True)
    here = client.wrap_bio(to_client, to_server, server_hostname=host)
    for _ in range(4):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    leaf = here.getpeercert(binary_form=True)
    assert leaf
    return x509.load_der_x509_certificate(leaf)


def _trusting(authority: LocalAuthority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.certificate_pem.decode())


def test_files_are_private(home):
    LocalAuthority.open(home)
    assert _mode(home) == 0o700
    assert _mode(home / "authority.pem") == 0o600
    assert b"PRIVATE" not in (home / "ca.pem").read_bytes()


def test_an_open_directory_is_closed(home):
    home.mkdir(mode=0o755)
    LocalAuthority.open(home)
    assert _mode(home) == 0o700


def test_the_second_start_loads_the_same_authority(home):
    first = LocalAuthority.open(home)
    assert LocalAuthority.open(home).certificate_pem == first.certificate_pem


def test_key_and_constraints(home):
    certificate = _certificate(LocalAuthority.open(home))
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert {name.value for name in constraints.value.permitted_subtrees} == {
        "aliyuncs.com",
        "alibabacloud.com",
        "localhost",
        ip_network("127.0.0.1/32"),
        ip_network("::1/128"),
    }
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def _open_and_tell(directory, barrier, results):
    barrier.wait()
    results.put(LocalAuthority.open(directory).certificate_pem)


def test_processes_that_start_at_once_share_one_authority(home):
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(3), context.Queue()
    racers = [
        context.Process(target=_open_and_tell, args=(home, barrier, results)) for _ in range(3)
    ]
    for racer in racers:
        racer.start()
    found = {results.get(timeout=60) for _ in racers}
    for racer in racers:
        racer.join()
    assert found == {LocalAuthority.open(home).certificate_pem}
    assert sorted(path.name for path in home.iterdir()) == ["authority.pem", "ca.pem"]


GOOD_HOSTS = [
    "ram.aliyuncs.com",
    "RAM.aliyuncs.com",
    "aliyuncs.com",
    "bucket.oss-cn-hangzhou.aliyuncs.com",
    "p.cn-hangzhou.log.aliyuncs.com",
    "a" * 63 + ".b" * 60 + ".aliyuncs.com",
    "signin.alibabacloud.com",
    "localhost",
    "127.0.0.1",
    "::1",
]


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_leaf_verifies_for_its_host(authority, host):
    leaf = _handshake(authority.leaf(host), _trusting(authority), host)
    assert leaf.issuer == _certificate(authority).subject


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "aliyuncs.com.example.com",
        "notaliyuncs.com",
        "127.0.0.2",
        "10.0.0.1",
        "",
        "*.aliyuncs.com",
        "a..aliyuncs.com",
        "-a.aliyuncs.com",
        "a b.aliyuncs.com",
        "a" * 64 + ".aliyuncs.com",
        "a." * 125 + "aliyuncs.com",
    ],
)
def test_hosts_beyond_the_authority_are_refused(authority, host):
    with pytest.raises(OutsideAuthority):
        authority.leaf(host)


def test_a_leaf_for_another_site_does_not_verify_even_when_signed(authority, monkeypatch):
    monkeypatch.setattr("juyong.front.leaves.PERMITTED_DOMAINS", ("example.com",), raising=True)
    context = authority.leaf("www.example.com")
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        _handshake(context, _trusting(authority), "www.example.com")


def test_context_follows_sni(authority):
    leaf = _handshake(authority.leaf("127.0.0.1"), _trusting(authority), "kms.aliyuncs.com")
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["kms.aliyuncs.com"]


def test_foreign_sni_keeps_the_context_and_fails_verification(authority):
    with pytest.raises(ssl.SSLCertVerificationError, match="ostname mismatch"):
        _handshake(authority.leaf("localhost"), _trusting(authority), "example.com")


class Time:
    def __init__(self) -> None:
        self.now = int(datetime.now(UTC).timestamp())

    def __call__(self):
        return self.now


@pytest.fixture
def timed(home):
    clock = Time()
    return clock, LocalAuthority.open(home, clock=clock)


def test_leaf_is_kept_then_renewed_before_it_expires(timed):
    clock, authority = timed
    first = authority.leaf("ram.aliyuncs.com")
    start = clock.now
    clock.now = start + 5 * DAY - 1
    assert authority.leaf("ram.aliyuncs.com") is first
    clock.now = start + 5 * DAY
    assert authority.leaf("ram.aliyuncs.com") is not first


def test_leaves_share_a_key_and_are_short_lived(timed):
    clock, authority = timed
    client = _trusting(authority)
    one, two = (
        _handshake(authority.leaf(host), client, host)
        for host in ("ram.aliyuncs.com", "kms.aliyuncs.com")
    )
    assert one.public_key() == two.public_key()
    assert one.serial_number != two.serial_number
    assert one.not_valid_after_utc.timestamp() == clock.now + 7 * DAY


def test_the_least_recently_used_leaf_is_forgotten(authority):
    mint = LeafMint(
        ec.generate_private_key(ec.SECP256R1()),
        _certificate(authority),
        clock=Time(),
        size=2,
    )
    first = mint.context("a.aliyuncs.com")
    second = mint.context("b.aliyuncs.com")
    assert mint.context("a.aliyuncs.com") is first
    mint.context("c.aliyuncs.com")
    assert len(mint) == 2
    assert mint.context("a.aliyuncs.com") is first
    assert mint.context("b.aliyuncs.com") is not second


def test_key_open_to_others_is_refused(home):
    LocalAuthority.open(home)
    (home / "authority.pem").chmod(0o640)
    with pytest.raises(AuthorityUnusable, match="chmod 600"):
        LocalAuthority.open(home)


def test_malformed_file_is_refused(home):
    LocalAuthority.open(home)
    (home / "authority.pem").write_text("nothing")
    with pytest.raises(AuthorityUnusable, match="does not hold"):
        LocalAuthority.open(home)


def test_foreign_certificate_is_refused(home, tmp_path):
    LocalAuthority.open(home)
    LocalAuthority.open(tmp_path / "other")
    ours, theirs = home / "authority.pem", tmp_path / "other" / "authority.pem"
    key = ours.read_text().partition("-----BEGIN CERTIFICATE")[0]
    certificate = theirs.read_text().partition("-----BEGIN CERTIFICATE")
    ours.write_text(key + certificate[1] + certificate[2])
    with pytest.raises(AuthorityUnusable, match="belong together"):
        LocalAuthority.open(home)


def test_expired_authority_is_refused(timed, home):
    clock, _ = timed
    clock.now += 3650 * DAY
    with pytest.raises(AuthorityUnusable, match="expired"):
        LocalAuthority.open(home, clock=clock)


def test_bundle_holds_public_roots_and_ours(authority, tmp_path):
    path = tmp_path / "bundle.pem"
    authority.bundle(path)
    context = ssl.create_default_context(cafile=str(path))
    assert path.read_bytes().startswith(authority.certificate_pem)
    assert len(context.get_ca_certs()) > 50
    _handshake(authority.leaf("ram.aliyuncs.com"), context, "ram.aliyuncs.com")


def test_late_authority_is_opened_once_and_is_the_same(home):
    late = LateAuthority(home)
    assert not home.exists()
    asyncio.run(late.ready())
    pem = (home / "ca.pem").read_bytes()
    client = ssl.create_default_context(cadata=pem.decode())
    assert _handshake(late.leaf("ram.aliyuncs.com"), client, "ram.aliyuncs.com")
    (home / "authority.pem").unlink()
    with pytest.raises(OutsideAuthority):
        late.leaf("example.com")
    assert not (home / "authority.pem").exists()


def test_late_authority_tells_what_is_wrong(home):
    LocalAuthority.open(home)
    (home / "authority.pem").chmod(0o644)
    with pytest.raises(AuthorityUnusable, match="chmod 600"):
        asyncio.run(LateAuthority(home).ready())
