"""The trust files for clients, kept next to the CA that they make clients trust."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from juyong.front.roots import root_files

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

AUTHORITY_DIRECTORY = "authority"
JAVA_STORE_PASSWORD = "changeit"  # noqa: S105  # guards no secret: the store holds public roots
_CERTIFICATE = "ca.pem"
_BUNDLE = "bundle.pem"
_JAVA_STORE = "truststore.p12"
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFiles:
    """Paths of the trust files.

    certificate: The local CA alone. bundle: The CA and the public roots, PEM.
    java_store: The same as PKCS#12, in the form that Java takes for a trust store.
    """

    certificate: Path
    bundle: Path
    java_store: Path


def ensure_trust(home: Path) -> TrustFiles:
    """Return a home's trust files, made anew when they are older than their sources.

    The CA itself is `<home>/authority`; it is created when the home has none.

    Raises:
        AuthorityUnusable: see LocalAuthority.open.
        OSError: a file cannot be read or written.

    Cost: a few stat calls; about 0.1 s when a file must be made, which loads the cryptography.
    """
    directory = home / AUTHORITY_DIRECTORY
    files = TrustFiles(
        certificate=directory / _CERTIFICATE,
        bundle=directory / _BUNDLE,
        java_store=directory / _JAVA_STORE,
    )
    if not _is_current(files):
        _make(directory, files)
    return files


def _is_current(files: TrustFiles) -> bool:
    made = (files.bundle, files.java_store)
    if not all(path.exists() for path in (files.certificate, *made)):
        return False
    sources = (files.certificate, *(path for path in root_files() if path != files.bundle))
    newest_source = max(path.stat().st_mtime_ns for path in sources)
    return all(path.stat().st_mtime_ns >= newest_source for path in made)


def _make(directory: Path, files: TrustFiles) -> None:
    # Only here are the cryptographic libraries needed: the command line stays quick without.
    from juyong.front.authority import LocalAuthority, replace_file  # noqa: PLC0415

    LocalAuthority.open(directory).bundle(files.bundle)
    replace_file(files.java_store, _java_store(files.bundle.read_bytes()), mode=0o644)


def _java_store(bundle: bytes) -> bytes:
    """Pack a PEM bundle for Java, which takes only PKCS#12 entries that it marked as trusted."""
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        BestAvailableEncryption,
    )
    from cryptography.hazmat.primitives.serialization.pkcs12 import (  # noqa: PLC0415
        PKCS12Certificate,
        serialize_java_truststore,
    )

    certificates = [
        PKCS12Certificate(certificate, f"root-{index}".encode())
        for index, certificate in enumerate(_certificates(bundle))
    ]
    return serialize_java_truststore(
        certificates, BestAvailableEncryption(JAVA_STORE_PASSWORD.encode())
    )


def _certificates(bundle: bytes) -> Iterator["Certificate"]:
    """Parse each certificate of a bundle; a root too malformed to parse is of no use and left out.

    Some roots that systems ship break RFC 5280, with a serial number of zero for one, which the
    library warns of. They stay trusted: the system decides which roots are.
    """
    from cryptography.utils import CryptographyDeprecationWarning  # noqa: PLC0415
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    for block in _BLOCK.findall(bundle):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            try:
                certificate = load_pem_x509_certificate(block)
            except ValueError:
                continue
        yield certificate
