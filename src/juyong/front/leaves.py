"""Leaf certificates, minted when a host is first asked for and kept while they are fresh."""

import ipaddress
import re
import ssl
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from juyong.base.clock import Clock, Instant
from juyong.front.vouching import (
    PERMITTED_ADDRESSES,
    PERMITTED_DOMAINS,
    OutsideAuthority,
)

_LIFETIME = timedelta(days=7)
_RENEW_BEFORE = timedelta(days=2)
_BACKDATE = timedelta(hours=1)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST_NAME = 253


def _moment(at: Instant) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _subject_name(host: str) -> x509.GeneralName:
    """Turn a host into the name its leaf carries.

    Raises:
        OutsideAuthority: malformed, or beyond the CA's name constraint.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        if str(address) not in PERMITTED_ADDRESSES:
            raise OutsideAuthority(f"`{host}` is not an address of the local CA")
        return x509.IPAddress(address)
    permitted = any(host == name or host.endswith(f".{name}") for name in PERMITTED_DOMAINS)
    labels = all(_LABEL.fullmatch(label) for label in host.split("."))
    if not permitted or not labels or len(host) > _LONGEST_NAME:
        raise OutsideAuthority(f"`{host}` is not a name of the local CA")
    return x509.DNSName(host)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    context: ssl.SSLContext
    renew_at: Instant


class LeafMint:
    """Mints leaves under one CA, all with one key that lives as long as the process.

    Thread-safe. At most `size` contexts are kept, the least recently used one goes first.
    """

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey,
        certificate: x509.Certificate,
        *,
        clock: Clock,
        size: int = 256,
    ) -> None:
        self._key = key
        self._certificate = certificate
        self._clock = clock
        self._size = size
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._leaves: OrderedDict[str, _Leaf] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._leaves)

    def context(self, host: str) -> ssl.SSLContext:
        """Return a server context whose leaf is valid for the host.

        The context also follows the client's SNI: a handshake that names another permitted host
        gets that host's leaf; one that names a host beyond the CA gets this context's own.

        Args:
            host: A DNS name in any case, or an IP address.

        Raises:
            OutsideAuthority: the CA may not vouch for the host.

        Cost: a lookup; the first time, one signature and one short-lived file.
        """
        host = host.lower().rstrip(".")
        with self._lock:
            now = self._clock()
            leaf = self._leaves.get(host)
            if leaf is None or now >= leaf.renew_at:
                leaf = self._leaves[host] = self._mint(host, now)
                if len(self._leaves) > self._size:
                    self._leaves.popitem(last=False)
            self._leaves.move_to_end(host)
            return leaf.context

    def _mint(self, host: str, now: Instant) -> _Leaf:
        expires = min(_moment(now) + _LIFETIME, self._certificate.not_valid_after_utc)
        certificate = (
            x509.CertificateBuilder()
            # No host stands here: a common name that looks like one is checked against the
            # constraint as well, and names over 64 characters do not fit.
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "juyong leaf")]))
            .issuer_name(self._certificate.subject)
            .public_key(self._leaf_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_moment(now) - _BACKDATE)
            .not_valid_after(expires)
            .add_extension(x509.SubjectAlternativeName([_subject_name(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_digital_signature_only(), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._leaf_key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        renew_at = Instant(int((expires - _RENEW_BEFORE).timestamp()))
        return _Leaf(context=self._server_context(certificate), renew_at=renew_at)

    def _server_context(self, certificate: x509.Certificate) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        key = self._leaf_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        # The ssl module loads keys from files only; this one is 0600 and gone at once.
        with tempfile.NamedTemporaryFile(prefix="juyong-leaf-") as file:
            file.write(key + certificate.public_bytes(serialization.Encoding.PEM))
            file.flush()
            context.load_cert_chain(file.name)
        context.sni_callback = self._follow_sni
        return context

    def _follow_sni(
        self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext
    ) -> None:
        if name is None:
            return
        try:
            connection.context = self.context(name)
        except OutsideAuthority:
            # The handshake goes on with the context's own leaf: a client that checks the name
            # says so itself, in clearer words than an alert would.
            return


def _digital_signature_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
