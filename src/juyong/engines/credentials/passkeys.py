"""Passkeys: the requests to a browser, and the checks of its answers (WebAuthn level 2).

The parsing and the signatures are fido2's; it is imported by the first ceremony. Attestation is not
asked for: the make of an authenticator decides nothing here.

Source: W3C Web Authentication, level 2, sections 7.1 and 7.2 (documented).
"""

import base64
import binascii
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from fido2.server import Fido2Server

CHALLENGE_BYTES = 32
LONGEST_ID_BYTES = 1023
RELYING_PARTY = "juyong"
_ALGORITHMS = (-7, -8, -257)
"""ES256, EdDSA, RS256: the algorithms of browsers' authenticators."""

_LOCAL = "localhost"
_NAME = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.ASCII)
_NUMERIC = re.compile(r"[0-9.]+", re.ASCII)


class BadOrigin(ValueError):
    """No browser would register a passkey under this origin."""


class BadPasskey(ValueError):
    """The browser's answer does not verify; the message says why, for the log of a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where browsers see the sign-in pages.

    origin: Scheme, host and port, as browsers write it. rp_id: The host alone; passkeys are its.
    """

    origin: str
    rp_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A browser's answer for a new passkey."""

    credential_id: bytes
    client_data: bytes
    attestation_object: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """A browser's answer when a passkey is used.
    user_handle: The owner's id, as given at registration; None where there is none.
    """

    credential_id: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A new passkey: its public part (WebAuthn's attested credential data) and its counter."""

    credential_id: bytes
    public_part: bytes
    counter: int


def site_of_origin(origin: str) -> Site:
    """Read an origin such as `https://console.example.com:8443`.

    Raises:
        BadOrigin: it is no origin, not of HTTPS (HTTP is for localhost), or its host is an address.
    """
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port
    except ValueError as bad:
        raise BadOrigin(f"`{origin}` is no origin") from bad
    if not _NAME.fullmatch(host) or _NUMERIC.fullmatch(host):
        raise BadOrigin(f"`{origin}` has no host name; passkeys belong to one")
    if parts.scheme != "https" and (parts.scheme != "http" or host != _LOCAL):
        raise BadOrigin(f"`{origin}` is not HTTPS")
    default = 443 if parts.scheme == "https" else 80
    written = f"{parts.scheme}://{host}" + ("" if port in (None, default) else f":{port}")
    if origin.rstrip("/") != written:
        raise BadOrigin(f"`{origin}` is not written as browsers do, which is `{written}`")
    return Site(origin=written, rp_id=host)


def encoded(data: bytes) -> str:
    """Return base64url without padding, as WebAuthn writes bytes in JSON."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Read base64url without padding.

    Raises:
        BadPasskey: the text is no base64url.
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as bad:
        raise BadPasskey("no base64url") from bad


def creation_options(
    site: Site, challenge: bytes, *, owner_id: str, name: str, known: list[str]
) -> dict[str, Any]:
    """Return the argument of `navigator.credentials.create`, as WebAuthn's JSON.

    Args:
        site: The site that the passkey belongs to.
        challenge: Random, good once.
        owner_id: Comes back as the user handle.
        name: What the authenticator shows.
        known: Ids (base64url) of the owner's passkeys; an authenticator that holds one of them
            refuses to make another.
    """
    return {
        "rp": {"id": site.rp_id, "name": RELYING_PARTY},
        "user": {"id": encoded(owner_id.encode()), "name": name, "displayName": name},
        "challenge": encoded(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in _ALGORITHMS],
        "excludeCredentials": [{"type": "public-key", "id": one} for one in known],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def request_options(site: Site, challenge: bytes) -> dict[str, Any]:
    """Return the argument of `navigator.credentials.get`, as WebAuthn's JSON.

    SECURITY: no passkeys are listed, so that strangers do not learn who has some.
    """
    return {
        "rpId": site.rp_id,
        "challenge": encoded(challenge),
        "allowCredentials": [],
        "userVerification": "required",
    }


def register(site: Site, challenge: bytes, created: Created) -> Registered:
    """Verify a new passkey.

    Raises:
        BadPasskey: another type, challenge, origin or host; a frame of another site; the user was
            not verified; a key of another kind.
    """
    from fido2.webauthn import (  # noqa: PLC0415
        AttestationObject,
        AuthenticatorAttestationResponse,
        CollectedClientData,
        RegistrationResponse,
    )

    try:
        client_data = CollectedClientData(created.client_data)
        response = RegistrationResponse(
            raw_id=created.credential_id,
            response=AuthenticatorAttestationResponse(
                client_data=client_data,
                attestation_object=AttestationObject(created.attestation_object),
            ),
        )
        found = _server(site).register_complete(_state(challenge), response)
        credential = found.credential_data
        if credential is None or credential.credential_id != created.credential_id:
            raise BadPasskey("another credential")
        _check_frame(client_data.cross_origin)
        _check_key(credential.public_key)
    except _malformed() as bad:
        raise BadPasskey(str(bad)) from bad
    if not 0 < len(created.credential_id) <= LONGEST_ID_BYTES:
        raise BadPasskey("an id of another length")
    return Registered(
        credential_id=created.credential_id, public_part=bytes(credential), counter=found.counter
    )


def verify(site: Site, challenge: bytes, public_part: bytes, asserted: Asserted) -> int:
    """Verify the use of a passkey; returns its counter, 0 where the authenticator keeps none.

    Raises:
        BadPasskey: as for register, or another key signed.
    """
    from fido2.webauthn import (  # noqa: PLC0415
        AttestedCredentialData,
        AuthenticationResponse,
        AuthenticatorAssertionResponse,
        AuthenticatorData,
        CollectedClientData,
    )

    try:
        client_data = CollectedClientData(asserted.client_data)
        authenticator_data = AuthenticatorData(asserted.authenticator_data)
        response = AuthenticationResponse(
            raw_id=asserted.credential_id,
            response=AuthenticatorAssertionResponse(
                client_data=client_data,
                authenticator_data=authenticator_data,
                signature=asserted.signature,
            ),
        )
        credential = AttestedCredentialData(public_part)
        _server(site).authenticate_complete(_state(challenge), [credential], response)
        _check_frame(client_data.cross_origin)
    except _malformed() as bad:
        raise BadPasskey(str(bad)) from bad
    return int(authenticator_data.counter)


def went_back(known: int, counter: int) -> bool:
    """Tell whether a counter did not rise, as that of a copied authenticator.

    Args:
        known: The counter of the last use.
        counter: The counter of this use; both are 0 where the authenticator keeps none.
    """
    return (known > 0 or counter > 0) and counter <= known


def _server(site: Site) -> "Fido2Server":
    from fido2.server import Fido2Server  # noqa: PLC0415
    from fido2.webauthn import PublicKeyCredentialRpEntity  # noqa: PLC0415

    return Fido2Server(
        PublicKeyCredentialRpEntity(id=site.rp_id, name=RELYING_PARTY),
        attestation="none",  # type: ignore[arg-type]  # the enumeration takes its text
        verify_origin=lambda origin: origin == site.origin,
    )


def _state(challenge: bytes) -> dict[str, str]:
    return {"challenge": encoded(challenge), "user_verification": "required"}


def _check_frame(cross_origin: object) -> None:
    if cross_origin is not False:
        raise BadPasskey("a frame in a page of another site")


def _check_key(key: Any) -> None:
    """A key that cannot verify anything would only be noticed when its owner needs it."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    if key.get(3) not in _ALGORITHMS:
        raise BadPasskey("a key of another kind")
    try:
        key.verify(b"", bytes(64))
    except InvalidSignature:
        return
    raise BadPasskey("a key that verifies anything")


def _malformed() -> tuple[type[Exception], ...]:
    """All exceptions that fido2 raises on malformed bytes."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415

    return (
        *(ValueError, LookupError, TypeError, AttributeError, AssertionError, OverflowError),
        *(NotImplementedError, RecursionError, struct.error, UnsupportedAlgorithm),
    )
