"""Answers of a browser's authenticator: whatever arrives is read or refused."""

import contextlib

from tests.conformance.signin.authenticator import Authenticator, data, text

from juyong.engines.credentials.passkeys import (
    Asserted,
    BadPasskey,
    Created,
    Site,
    creation_options,
    register,
    request_options,
    verify,
)

_SITE = Site(origin="https://localhost", rp_id="localhost")
_CHALLENGE = bytes(32)
_DEVICE = Authenticator(_SITE.origin)
_MADE = _DEVICE.create(creation_options(_SITE, _CHALLENGE, owner_id="1", name="a", known=[]))
_USED = _DEVICE.get(request_options(_SITE, _CHALLENGE))
_CLIENT_MADE, _OBJECT = data(_MADE["client_data"]), data(_MADE["attestation_object"])
_CLIENT_USED = data(_USED["client_data"] or "")
_AUTH, _SIGNATURE = data(_USED["authenticator_data"] or ""), data(_USED["signature"] or "")
_PUBLIC_PART = register(
    _SITE,
    _CHALLENGE,
    Created(
        credential_id=_DEVICE.credential_id,
        client_data=_CLIENT_MADE,
        attestation_object=_OBJECT,
    ),
).public_part

SEEDS: list[bytes] = [
    _CLIENT_MADE,
    _OBJECT,
    _CLIENT_USED,
    _AUTH,
    _SIGNATURE,
    _PUBLIC_PART,
    b"\x81" * 4000,
    b"[" * 4000,
    text(_OBJECT).encode(),
    b"",
]


def target(given: bytes) -> None:
    """Put the bytes at each place where a browser's stand."""
    for client_data, attestation in ((_CLIENT_MADE, given), (given, _OBJECT)):
        with contextlib.suppress(BadPasskey):
            register(
                _SITE,
                _CHALLENGE,
                Created(
                    credential_id=_DEVICE.credential_id,
                    client_data=client_data,
                    attestation_object=attestation,
                ),
            )
    for client_data, auth_data, signature in (
        (given, _AUTH, _SIGNATURE),
        (_CLIENT_USED, given, _SIGNATURE),
        (_CLIENT_USED, _AUTH, given),
    ):
        with contextlib.suppress(BadPasskey):
            verify(
                _SITE,
                _CHALLENGE,
                _PUBLIC_PART,
                Asserted(
                    credential_id=_DEVICE.credential_id,
                    client_data=client_data,
                    authenticator_data=auth_data,
                    signature=signature,
                    user_handle=None,
                ),
            )
