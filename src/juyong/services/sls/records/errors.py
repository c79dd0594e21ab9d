"""Errors of resources and records."""

from juyong.api.errors import ApiError


class NoResource(ApiError):
    """The account has no such resource."""

    code, status, text = "ResourceNotExist", 404, "resource {name} does not exist"


class ResourceExists(ApiError):
    """The account has a resource of that name (code assumed)."""

    code, status, text = "ResourceAlreadyExist", 400, "resource {name} already exists"


class NoRecord(ApiError):
    """The resource has no such record."""

    code, status, text = "ResourceRecordNotExist", 404, "record {record} does not exist"


class RecordExists(ApiError):
    """The resource has a record of that id (code assumed)."""

    code, status, text = "ResourceRecordAlreadyExist", 400, "record {record} already exists"
