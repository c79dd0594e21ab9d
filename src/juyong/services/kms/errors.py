"""Refusals that several KMS operations share.

Source: KMS error center and API reference (documented).
"""

from juyong.api.errors import ApiError, RefusedParameter, fact


class InvalidParameter(RefusedParameter):
    """A parameter's value is refused for its meaning, not for its form."""

    code, status, text = "InvalidParameter", 400, "The specified parameter {name} is not valid."


class MissingParameter(RefusedParameter):
    """A parameter is needed because of another parameter's value."""

    code, status = "MissingParameter", 400
    text = "The parameter {name} is needed but was not provided."


class RejectedOperation(ApiError):
    """The operation is refused for this key or secret."""

    code, status = "Rejected.UnsupportedOperation", 400
    text = "The operation is not supported by the resource."


def _absent(name: str, what: str, why: str) -> type[ApiError]:
    return fact(f"Forbidden.{name}NotFound", 404, f"The specified {what} is not found.", why=why)


def _unusable(state: str, why: str) -> type[ApiError]:
    text = f"The request was rejected because the key state is {state}."
    return fact(f"Rejected.{state}", 409, text, why=why)


UnsupportedOperation = fact(
    "UnsupportedOperation",
    400,
    "This action is not supported.",
    why="The operation does not fit the kind of the key.",
)
UnsupportedOrigin = fact(
    "Unsupported.Origin",
    400,
    "The operation is not supported for the origin of the key.",
    why="The operation does not fit the origin of the key's material.",
)
UnsupportedProtection = fact(
    "Unsupported.ProtectionLevel",
    400,
    "The protection level HSM is not supported: {reason}.",
    why="Keys cannot be kept in a hardware module here.",
)
LimitExceeded = fact(
    "Rejected.LimitExceeded",
    400,
    "The request was rejected because the limit was exceeded.",
    why="The account already holds its quota of these.",
)
NoKey = _absent("Key", "Key", "No such key.")
NoKeyVersion = _absent("KeyVersion", "key version", "The key has no such version.")
NoAlias = _absent("Alias", "Alias", "No such alias.")
NoResource = _absent(
    "Resource", "resource", "No such secret, rule, policy, access point or client key."
)
AliasNotTaken = fact(
    "Unsupported.Alias",
    400,
    "Alias is not supported by this operation.",
    why="The operation manages a key and takes its id or ARN only (documented in older editions).",
)
NoInstance = fact(
    "Forbidden.DKMSInstanceNotFound",
    403,
    "The specified DKMS Instance is not found.",
    why="The account has no such instance.",
)
KeyDisabled = _unusable("Disabled", "The key is disabled.")
KeyPendingDeletion = _unusable("PendingDeletion", "The key waits to be deleted.")
KeyPendingImport = _unusable("PendingImport", "The key waits for its material.")
KeyUnavailable = fact(
    "Rejected.Unavailable",
    409,
    "The request was rejected because the key is not available.",
    why="The module that holds the key cannot be reached now.",
)
StateNotModified = fact(
    "Rejected.StateModifiedFailed",
    409,
    "The request was rejected because the state of the key does not allow it.",
    why="The key's state does not allow the change.",
)
UNIMPORTED = (KeyDisabled, KeyPendingDeletion)
USABLE = (*UNIMPORTED, KeyPendingImport)
"""The errors for a key's state in an operation that uses the key, and if it is never imported."""
