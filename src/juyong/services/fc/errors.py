"""Errors of Function Compute that both versions answer with.

Source: error codes of Function Compute (documented); the status of ServiceNotEmpty (assumed).
"""

from juyong.api.errors import fact

NoFunction = fact(
    "FunctionNotFound",
    404,
    "function '{name}' does not exist",
    why="The account has no such function here.",
)
FunctionExists = fact(
    "FunctionAlreadyExists", 409, "function '{name}' already exists", why="The name is taken."
)
NoService = fact(
    "ServiceNotFound",
    404,
    "service '{name}' does not exist",
    why="The account has no such service here.",
)
ServiceExists = fact(
    "ServiceAlreadyExists", 409, "service '{name}' already exists", why="The name is taken."
)
ServiceNotEmpty = fact(
    "ServiceNotEmpty",
    409,
    "service '{name}' is not empty",
    why="The service has functions yet (status assumed).",
)
TooMany = fact(
    "LimitExceededError",
    400,
    "the number of {what} exceeds the limit {most}",
    why="The account's quota is used up.",
)
BadCode = fact("InvalidArgument", 400, "code is invalid: {reason}", why="The code cannot be taken.")
NoCodeObject = fact(
    "AccessDenied",
    403,
    "unable to access object '{key}' in bucket '{bucket}'",
    why="The code is said to be in OSS, and there is no such object in the function's region, or it"
    " cannot be read (code and text observed in an issue of the Java SDK, status assumed).",
)
BadArgument = fact(
    "InvalidArgument",
    400,
    "{name} is set to an invalid value",
    why="A value is refused for more than its form.",
)
EntityTooLarge = fact(
    "EntityTooLarge",
    400,
    "payload size exceeds maximum allowed size ({most} bytes)",
    why="The event is larger than 32 MB, or that of an asynchronous call than 128 KB.",
)
RoleRefused = fact(
    "AccessDenied",
    403,
    "the service is not authorized to assume role {role}",
    why="The function's role is gone, or does not trust Function Compute.",
)
TooBusy = fact(
    "ResourceThrottled",
    429,
    "too many functions run at this moment, try again later",
    why="As many functions run as the server has room for.",
)
