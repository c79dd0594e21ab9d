"""Why an OIDC token was refused: one exception a fact.

Each stands for one published error, `AuthenticationFail.OIDCToken.<Name>`. Texts hold no part of
the token.
"""


class OidcError(Exception):
    """An OIDC token, or a document that is needed to judge it, was refused; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TokenInvalid(OidcError):
    """Malformed, under a refused algorithm, lacking a claim, or issued in the future."""


class TokenExpired(OidcError):
    """Past its `exp`, or issued longer ago than the provider allows."""


class AudienceMismatch(OidcError):
    """Meant for a client that is not registered."""


class IssuerMismatch(OidcError):
    """Issued by someone else than the provider."""


class BadSignature(OidcError):
    """Not signed by a key of the provider."""


class UnknownKey(BadSignature):
    """Names a key that the set lacks; worth one fresh fetch of the set, then a bad signature."""


class IssuerConfigurationBroken(OidcError):
    """The provider's discovery document or key set cannot be used."""
