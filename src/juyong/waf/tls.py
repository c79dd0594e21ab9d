"""TLS of a site: a context for each certificate, chosen by the name that the client asks for."""

import ssl
from pathlib import Path

from juyong.base.clock import system_milliseconds
from juyong.base.log import log
from juyong.waf.site import Certificate, Site
from juyong.waf.tls_policies import suites_of

_OF_ANOTHER = frozenset({"KEY_VALUES_MISMATCH", "NO_CERTIFICATE_ASSIGNED", "KEY_TYPE_MISMATCH"})
"""Reasons of OpenSSL where a key and a certificate are of no pair."""
_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class BadCertificate(ValueError):
    """A certificate or its key cannot be used; the text names the file, and no content."""


class Contexts:
    """The contexts of a site.

    A client that asks for a name that no certificate has gets the first certificate, and sees for
    itself that the names differ.

    Raises:
        BadCertificate: a file cannot be read, or a key is not of its certificate.
        BadPolicy: a cipher suite is unknown.
    """

    def __init__(self, site: Site) -> None:
        self._protocols = ["http/1.1"] if site.http2 == "off" else ["h2", "http/1.1"]
        self._suites = suites_of(site.ciphers)
        self._names: dict[str, ssl.SSLContext] = {}
        made = [self._context(site, each) for each in site.certificates]
        self.first = made[0]

    def of(self, name: str) -> ssl.SSLContext:
        """Return the context for a host name."""
        name = name.lower().rstrip(".")
        found = self._names.get(name) or self._names.get("*." + name.partition(".")[2])
        return found or self.first

    def _context(self, site: Site, certificate: Certificate) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = _VERSIONS[site.minimum_tls]
        context.maximum_version = _VERSIONS[site.maximum_tls]
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        context.set_alpn_protocols(self._protocols)
        if self._suites:
            context.set_ciphers(self._suites)
        chain = _pem(certificate.chain, "CERTIFICATE", "certificate")
        _pem(certificate.key, "PRIVATE KEY", "private key")
        try:
            context.load_cert_chain(certificate.chain, certificate.key, password=_no_password)
            names = _names_in(chain, certificate.chain)
        except ssl.SSLError as failure:
            if failure.reason in _OF_ANOTHER:
                told = f"`{certificate.key}` is not the key of `{certificate.chain}`"
            else:
                told = f"`{certificate.chain}` or its key cannot be read: {failure.reason}"
            raise BadCertificate(told) from None
        except _UnderPassword:
            raise BadCertificate(f"`{certificate.key}` is under a password") from None
        except (OSError, ValueError):
            raise BadCertificate(f"`{certificate.chain}` or its key cannot be read") from None
        context.sni_callback = self._chosen
        for name in names:
            self._names.setdefault(name, context)
        return context

    def _chosen(
        self, inside: ssl.SSLObject, name: str | None, _context: ssl.SSLContext
    ) -> int | None:
        """Choose by the name, which the proxy later compares with the Host header."""
        if name:
            inside.juyong_name = name  # type: ignore[attr-defined]
            inside.context = self.of(name)
        return None


def _pem(path: str, kind: str, name: str) -> bytes:
    """Return a file of PEM that holds a block of a kind; name: Of the block, for errors.

    Raises:
        BadCertificate: the file cannot be read, or holds no such block.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as failure:
        raise BadCertificate(f"`{path}`: {failure.strerror}") from None
    if f"{kind}-----".encode() not in data:
        raise BadCertificate(f"`{path}` holds no {name} in PEM")
    return data


class _UnderPassword(ValueError):
    """A key is under a password."""


def _no_password() -> str:
    """SECURITY: OpenSSL would ask a person at the terminal, and a worker would hang."""
    raise _UnderPassword


def _names_in(pem: bytes, path: str) -> list[str]:
    """Return the names of a certificate in lower case, and warn where its time is over.

    PERF: the library is imported here, since a site in clear starts without.
    """
    from cryptography import x509  # noqa: PLC0415

    found = x509.load_pem_x509_certificate(pem)
    ends = found.not_valid_after_utc
    if ends.timestamp() * 1_000 < system_milliseconds():
        log().warning("certificate has ended", file=path, ended=ends.isoformat())
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [
        *(name.lower() for name in names.get_values_for_type(x509.DNSName)),
        *(str(each) for each in names.get_values_for_type(x509.IPAddress)),
    ]
