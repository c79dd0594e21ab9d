"""What other services and the gateway may call of STS."""

from juyong.services.sts.service_sessions import (
    RoleTrustsNot,
    ServiceSession,
    ServiceWish,
    session_for_service,
)
from juyong.services.sts.tokens import PURPOSE, BadToken, Session, make_token, open_token

__all__ = [
    "PURPOSE",
    "BadToken",
    "RoleTrustsNot",
    "ServiceSession",
    "ServiceWish",
    "Session",
    "make_token",
    "open_token",
    "session_for_service",
]
