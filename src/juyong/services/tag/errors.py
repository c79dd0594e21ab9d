"""Errors of Tag.

Source: Tag API reference (documented codes of other operations; these are assumed).
"""

from juyong.api.errors import ApiError


class NoResource(ApiError):
    """The account has no resource of that name with tags."""

    code, status, text = "InvalidResourceARN.NotFound", 404, "The specified resource is not found."


class BadTags(ApiError):
    """Tags is no JSON object of 1 to 10 texts by key, or a tag breaks the product's rules."""

    code, status, text = "InvalidParameter.Tags", 400, "The specified parameter Tags is not valid."
