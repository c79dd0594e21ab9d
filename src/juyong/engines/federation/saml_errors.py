"""Why a SAML response was refused."""


class SamlError(Exception):
    """A SAML response was refused; `reason` is for the log and the caller, and holds no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SamlInvalid(SamlError):
    """The response is malformed, unsigned, forged, or meant for someone else."""


class SamlExpired(SamlError):
    """The response was good once."""
