"""What other services and the gateway may call of STS."""

from juyong.services.sts.tokens import PURPOSE, BadToken, Session, make_token, open_token

__all__ = ["PURPOSE", "BadToken", "Session", "make_token", "open_token"]
