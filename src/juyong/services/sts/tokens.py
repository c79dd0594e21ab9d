"""Security tokens: self-contained, sealed, tied to one temporary AccessKey and its expiry.

Stateless on purpose: any gateway process opens a token another one made, and it survives restarts.
A token ends when its role is deleted, since the role is read at every call.
"""

import base64
import binascii

import msgspec

from juyong.api.caller import RoleSession
from juyong.base.secret import Secret
from juyong.store.errors import Tampered
from juyong.store.seal import AesSealer

PURPOSE = "sts-token"
_PREFIX = "CAIS"


class BadToken(ValueError):
    """The token was not issued here, or was changed."""


class Session(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The content of a token; the field order is its format and only ever grows at the end."""

    access_key_id: str
    secret: str
    account_id: str
    role_id: str
    role_name: str
    session_name: str
    issued_at: int
    expires_at: int
    session_policy: str | None = None
    source_identity: str | None = None
    mfa: bool | None = None
    federated: str | None = None

    def __repr__(self) -> str:
        return f"Session({self.access_key_id})"

    def caller(self) -> RoleSession:
        """Return the principal the token stands for."""
        return msgspec.convert(self, RoleSession, from_attributes=True)


_decoder = msgspec.msgpack.Decoder(Session)


def make_token(session: Session, key: bytes) -> Secret:
    """Seal a session into the text clients carry."""
    sealed = AesSealer(key).seal(msgspec.msgpack.encode(session), PURPOSE.encode())
    return Secret(_PREFIX + base64.b64encode(sealed).decode())


def open_token(token: str, key: bytes) -> Session:
    """Open a token.

    Raises:
        BadToken: not made by make_token under this key.
    """
    try:
        sealed = base64.b64decode(token.removeprefix(_PREFIX), validate=True)
        return _decoder.decode(AesSealer(key).open(sealed, PURPOSE.encode()))
    except (binascii.Error, ValueError, Tampered, msgspec.DecodeError) as bad:
        raise BadToken("not a token of this platform") from bad
