"""Refusals that several KMS operations share.

Source: KMS error center and API reference (documented).
"""

from juyong.api.errors import ApiError, RefusedParameter


class InvalidParameter(RefusedParameter):
    """A parameter's value is refused for its meaning, not for its form."""

    code, status, text = "InvalidParameter", 400, "The specified parameter {name} is not valid."


class MissingParameter(RefusedParameter):
    """A parameter is needed because of another parameter's value."""

    code, status = "MissingParameter", 400
    text = "The parameter {name} is needed but was not provided."


class UnsupportedOperation(ApiError):
    """The operation does not fit the kind of the key."""

    code, status, text = "UnsupportedOperation", 400, "This action is not supported."


class RejectedOperation(ApiError):
    """The operation is refused for this key or secret."""

    code, status = "Rejected.UnsupportedOperation", 400
    text = "The operation is not supported by the resource."


class UnsupportedOrigin(ApiError):
    """The operation does not fit the origin of the key's material."""

    code, status = "Unsupported.Origin", 400
    text = "The operation is not supported for the origin of the key."


class UnsupportedProtection(ApiError):
    """Keys cannot be kept in a hardware module here."""

    code, status = "Unsupported.ProtectionLevel", 400
    text = "The protection level HSM is not supported: {reason}."


class LimitExceeded(ApiError):
    """The account already holds its quota of these."""

    code, status = "Rejected.LimitExceeded", 400
    text = "The request was rejected because the limit was exceeded."


class NoKey(ApiError):
    """No such key."""

    code, status, text = "Forbidden.KeyNotFound", 404, "The specified Key is not found."


class NoKeyVersion(ApiError):
    """The key has no such version."""

    code, status = "Forbidden.KeyVersionNotFound", 404
    text = "The specified key version is not found."


class NoAlias(ApiError):
    """No such alias."""

    code, status, text = "Forbidden.AliasNotFound", 404, "The specified Alias is not found."


class AliasNotTaken(ApiError):
    """The operation manages a key and takes its id or ARN only (documented in older editions)."""

    code, status = "Unsupported.Alias", 400
    text = "Alias is not supported by this operation."


class NoResource(ApiError):
    """No such secret, rule, policy, access point or client key."""

    code, status = "Forbidden.ResourceNotFound", 404
    text = "The specified resource is not found."


class NoInstance(ApiError):
    """The account has no such instance."""

    code, status = "Forbidden.DKMSInstanceNotFound", 403
    text = "The specified DKMS Instance is not found."


class KeyDisabled(ApiError):
    """The key is disabled."""

    code, status = "Rejected.Disabled", 409
    text = "The request was rejected because the key state is Disabled."


class KeyPendingDeletion(ApiError):
    """The key waits to be deleted."""

    code, status = "Rejected.PendingDeletion", 409
    text = "The request was rejected because the key state is PendingDeletion."


class KeyPendingImport(ApiError):
    """The key waits for its material."""

    code, status = "Rejected.PendingImport", 409
    text = "The request was rejected because the key state is PendingImport."


class KeyUnavailable(ApiError):
    """The module that holds the key cannot be reached now."""

    code, status = "Rejected.Unavailable", 409
    text = "The request was rejected because the key is not available."


class StateNotModified(ApiError):
    """The key's state does not allow the change."""

    code, status = "Rejected.StateModifiedFailed", 409
    text = "The request was rejected because the state of the key does not allow it."


USABLE = (KeyDisabled, KeyPendingDeletion, KeyPendingImport)
"""The errors for a key's state in an operation that uses the key."""
