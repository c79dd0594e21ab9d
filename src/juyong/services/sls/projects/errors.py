"""Errors of projects."""

from juyong.api.errors import ApiError, fact


class BadPolicy(ApiError):
    """A project policy is no policy, names another project, or cannot be enforced."""

    code, status, text = "ParameterInvalid", 400, "The policy is not valid: {why}."


BadProjectName = fact(
    "ParameterInvalid",
    400,
    "The project name is not valid.",
    why="A name has 3 to 63 small letters, digits and hyphens, and no hyphen at an end.",
)
NoGroup = fact(
    "ParameterInvalid",
    400,
    "The resource group does not exist.",
    why="The id is not that of the default resource group of the account (code assumed).",
)
BadRedundancy = fact(
    "ParameterInvalid",
    400,
    "The data redundancy type is not valid.",
    why="The type is neither LRS nor ZRS.",
)
