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
NoKey = fact("Forbidden.KeyNotFound", 404, "The specified Key is not found.", why="No such key.")
NoKeyVersion = fact(
    "Forbidden.KeyVersionNotFound",
    404,
    "The specified key version is not found.",
    why="The key has no such version.",
)
NoAlias = fact(
    "Forbidden.AliasNotFound", 404, "The specified Alias is not found.", why="No such alias."
)
AliasNotTaken = fact(
    "Unsupported.Alias",
    400,
    "Alias is not supported by this operation.",
    why="The operation manages a key and takes its id or ARN only (documented in older editions).",
)
NoResource = fact(
    "Forbidden.ResourceNotFound",
    404,
    "The specified resource is not found.",
    why="No such secret, rule, policy, access point or client key.",
)
NoInstance = fact(
    "Forbidden.DKMSInstanceNotFound",
    403,
    "The specified DKMS Instance is not found.",
    why="The account has no such instance.",
)
KeyDisabled = fact(
    "Rejected.Disabled",
    409,
    "The request was rejected because the key state is Disabled.",
    why="The key is disabled.",
)
KeyPendingDeletion = fact(
    "Rejected.PendingDeletion",
    409,
    "The request was rejected because the key state is PendingDeletion.",
    why="The key waits to be deleted.",
)
KeyPendingImport = fact(
    "Rejected.PendingImport",
    409,
    "The request was rejected because the key state is PendingImport.",
    why="The key waits for its material.",
)
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
USABLE = (KeyDisabled, KeyPendingDeletion, KeyPendingImport)
"""The errors for a key's state in an operation that uses the key."""
