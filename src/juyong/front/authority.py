"""The local CA: made at the first start, loaded at every later start.

One file holds key and certificate, so that two processes which start at once cannot mix their keys:
the first process to link its file into place wins, and the other loads that file.
"""

import ipaddress
import os
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from juyong.base.clock import Clock, system_clock
from juyong.front.leaves import LeafMint
from juyong.front.roots import public_roots
from juyong.front.vouching import PERMITTED_ADDRESSES, PERMITTED_DOMAINS, AuthorityUnusable

AUTHORITY_FILE = "authority.pem"
CERTIFICATE_FILE = "ca.pem"

_LIFETIME = timedelta(days=3650)
_BACKDATE = timedelta(days=1)
_PRIVATE = stat.S_IRUSR | stat.S_IWUSR


class LocalAuthority:
    """A CA that can vouch for Alibaba Cloud's hosts and this machine's own names, nothing else."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, *, clock: Clock
    ) -> None:
        self._certificate = certificate
        self._leaves = LeafMint(key, certificate, clock=clock)

    @classmethod
    def open(cls, directory: Path, *, clock: Clock = system_clock) -> "LocalAuthority":
        """Load the CA of a directory, and make both if there are none yet.

        Safe when several processes do it at once: all get the same CA.

        Args:
            directory: Becomes mode 0700. Its `authority.pem` (0600) holds key and certificate,
                its `ca.pem` the certificate alone.
            clock: Dates the certificates.

        Raises:
            AuthorityUnusable: the file is malformed, expired, or readable by others.
            OSError: the directory cannot be written.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        path = directory / AUTHORITY_FILE
        if not path.exists():
            _publish(path, _create(clock))
        key, certificate = _load(path, clock)
        public = directory / CERTIFICATE_FILE
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        if not public.exists() or public.read_bytes() != pem:
            replace_file(public, pem, mode=0o644)
        return cls(key, certificate, clock=clock)

    @property
    def certificate_pem(self) -> bytes:
        """The CA's certificate."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def leaf(self, host: str) -> ssl.SSLContext:
        """Return a server context for the host; see `LeafMint.context`.

        Raises:
            OutsideAuthority: the CA may not vouch for the host.
        """
        return self._leaves.context(host)

    def bundle(self, path: Path) -> None:
        """Write the public roots and this CA as one PEM file, replacing it in one step.

        Clients that are told of a bundle forget their own roots, so both must be in it.
        """
        replace_file(path, self.certificate_pem + public_roots(), mode=0o644)


def replace_file(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file whole: readers see the old content or the new, never a part."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(content)
            file.flush()
            temporary.chmod(mode)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def _publish(path: Path, content: bytes) -> None:
    """Put a new file in place unless another process was first; it is on disk when this returns."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        try:
            path.hardlink_to(file.name)
        except FileExistsError:
            return
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _create(clock: Clock) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.fromtimestamp(clock(), UTC)
    # The fingerprint in the name keeps two homes' CAs apart in one trust store.
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "juyong"),
            x509.NameAttribute(
                NameOID.COMMON_NAME, f"juyong local CA {identifier.digest.hex()[:12]}"
            ),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_constraints(), critical=True)
        .add_extension(_signs_certificates(), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _constraints() -> x509.NameConstraints:
    """Name all that the CA may vouch for.

    SECURITY: critical, so a verifier that cannot enforce it must refuse the CA altogether; a thief
    of the key cannot impersonate any other site to people who trust this CA.
    """
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in PERMITTED_DOMAINS]
    permitted += [x509.IPAddress(ipaddress.ip_network(each)) for each in PERMITTED_ADDRESSES]
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None)


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _load(path: Path, clock: Clock) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    if stat.S_IMODE(path.stat().st_mode) & ~_PRIVATE:
        raise AuthorityUnusable(f"`{path}` holds a private key and is open to others: chmod 600 it")
    content = path.read_bytes()
    try:
        key = serialization.load_pem_private_key(content, password=None)
        certificate = x509.load_pem_x509_certificate(content)
    except ValueError as cause:
        raise AuthorityUnusable(f"`{path}` does not hold a key and a certificate") from cause
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise AuthorityUnusable(f"`{path}` holds no elliptic-curve key")
    if key.public_key() != certificate.public_key():
        raise AuthorityUnusable(f"the key and the certificate in `{path}` do not belong together")
    if datetime.fromtimestamp(clock(), UTC) >= certificate.not_valid_after_utc:
        raise AuthorityUnusable(f"the certificate in `{path}` has expired: remove it and restart")
    return key, certificate
