"""Refusals of event queries."""

from functools import partial

from juyong.api.errors import ApiError
from juyong.api.listing import by_token


class InvalidStartTime(ApiError):
    """StartTime is malformed, missing, after EndTime, or outside the history kept."""

    code, status = "InvalidParameterStartTime", 400
    text = "The specified StartTime is invalid: {why}."


class InvalidEndTime(ApiError):
    """EndTime is malformed, missing, or in the future."""

    code, status = "InvalidParameterEndTime", 400
    text = "The specified EndTime is invalid: {why}."


class InvalidCombination(ApiError):
    """The two conditions cannot be asked together."""

    code, status = "InvalidParameterCombination", 400
    text = "The specified conditions cannot be combined: {first}, {second}."


class InvalidQuery(ApiError):
    """A query parameter is not what the operation takes."""

    code, status = "InvalidQueryParameter", 400
    text = 'The specified query parameter "{name}" is invalid.'


BY_TOKEN = by_token(partial(InvalidQuery, name="NextToken"))
