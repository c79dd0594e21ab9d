"""Errors of Function Compute that both versions answer with.

Source: error codes of Function Compute (documented); the status of ServiceNotEmpty (assumed).
"""

from juyong.api.errors import ApiError


class NoFunction(ApiError):
    """The account has no such function here."""

    code, status, text = "FunctionNotFound", 404, "function '{name}' does not exist"


class FunctionExists(ApiError):
    """The name is taken."""

    code, status, text = "FunctionAlreadyExists", 409, "function '{name}' already exists"


class NoService(ApiError):
    """The account has no such service here."""

    code, status, text = "ServiceNotFound", 404, "service '{name}' does not exist"


class ServiceExists(ApiError):
    """The name is taken."""

    code, status, text = "ServiceAlreadyExists", 409, "service '{name}' already exists"


class ServiceNotEmpty(ApiError):
    """The service has functions yet (status assumed)."""

    code, status, text = "ServiceNotEmpty", 409, "service '{name}' is not empty"


class TooMany(ApiError):
    """The account's quota is used up."""

    code, status, text = "LimitExceededError", 400, "the number of {what} exceeds the limit {most}"


class BadCode(ApiError):
    """The code cannot be taken."""

    code, status, text = "InvalidArgument", 400, "code is invalid: {reason}"


class BadArgument(ApiError):
    """A value is refused for more than its form."""

    code, status, text = "InvalidArgument", 400, "{name} is set to an invalid value"


class EntityTooLarge(ApiError):
    """The event of an asynchronous call is larger than may be kept."""

    code, status = "EntityTooLarge", 400
    text = "payload size exceeds maximum allowed size ({most} bytes)"


class RoleRefused(ApiError):
    """The function's role is gone, or does not trust Function Compute."""

    code, status = "AccessDenied", 403
    text = "the service is not authorized to assume role {role}"


class TooBusy(ApiError):
    """As many functions run as the server has room for."""

    code, status = "ResourceThrottled", 429
    text = "too many functions run at this moment, try again later"
