"""TLS of a site: a context for each certificate, chosen by the name that the client asks for."""

import ssl
from pathlib import Path

from juyong.waf.site import Certificate, Site
from juyong.waf.tls_policies import suites_of

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
        try:
            if self._suites:
                context.set_ciphers(self._suites)
            context.load_cert_chain(certificate.chain, certificate.key, password=_no_password)
            names = _names_in(Path(certificate.chain).read_bytes())
        except (OSError, ValueError) as failure:
            reason = getattr(failure, "reason", None) or getattr(failure, "strerror", None)
            reason = reason or type(failure).__name__
            raise BadCertificate(f"`{certificate.chain}`: {reason}") from None
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


def _no_password() -> str:
    """SECURITY: OpenSSL would ask a person at the terminal, and a worker would hang."""
    raise ValueError("the key is under a password")


def _names_in(pem: bytes) -> list[str]:
    """Return the names of a certificate in lower case.

    PERF: the library is imported here, since a site in clear starts without.
    """
    from cryptography import x509  # noqa: PLC0415

    found = x509.load_pem_x509_certificate(pem)
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [
        *(name.lower() for name in names.get_values_for_type(x509.DNSName)),
        *(str(each) for each in names.get_values_for_type(x509.IPAddress)),
    ]
