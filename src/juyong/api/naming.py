"""Wire names follow the Python ones: `mfa_bind_required` is `MFABindRequired`."""

from functools import lru_cache

_ACRONYMS = {
    "db": "DB",
    "dkms": "DKMS",
    "mfa": "MFA",
    "oidc": "OIDC",
    "saml": "SAML",
    "qrcode": "QRCode",
    "png": "PNG",
    "base32": "Base32",
}


@lru_cache(maxsize=4096)
def camel_name(python_name: str) -> str:
    """Return the name where names begin with a small letter: `function_name` is `functionName`."""
    first, *rest = python_name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


@lru_cache(maxsize=4096)
def wire_name(python_name: str) -> str:
    """Return the name a parameter or response field has on the wire."""
    return "".join(
        _ACRONYMS.get(part) or part[:1].upper() + part[1:] for part in python_name.split("_")
    )
