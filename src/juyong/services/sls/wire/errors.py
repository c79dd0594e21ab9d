"""Errors of requests that are no good requests of SLS.

Source: SLS API reference, common error codes (documented; statuses of the newer edition).
"""

from juyong.api.errors import ApiError, fact

MissingDate = fact(
    "MissingDate",
    400,
    "Date in the request header is required.",
    why="The request says nowhere when it was signed.",
)
BadDate = fact(
    "InvalidDateFormat",
    400,
    "Date in the request header must follow RFC822.",
    why="A date of the request cannot be read, or two dates of it are not one moment.",
)
MissingMethod = fact(
    "MissingSignatureMethod",
    400,
    "x-log-signaturemethod is required.",
    why="The request does not say how it was signed.",
)
BadMethod = fact(
    "InvalidSignatureMethod",
    400,
    "signature method is not supported.",
    why="The signature is neither of hmac-sha1 nor of hmac-sha256.",
)
MissingVersion = fact(
    "MissingAPIVersion",
    400,
    "x-log-apiversion in the request header is required.",
    why="The request does not say by which version it calls.",
)
BadVersion = fact(
    "InvalidAPIVersion",
    400,
    "The API version is not supported.",
    why="The request calls by another version than 0.6.0.",
)
BadAuthorization = fact(
    "Unauthorized",
    401,
    "The Authorization header is not valid.",
    why="The Authorization header is not of the form of either signature.",
)
BadCompression = fact(
    "InvalidCompressType",
    400,
    "The compress type is not supported.",
    why="The body is JSON, and compressed.",
)
BadContent = fact(
    "SignatureNotMatch",
    401,
    "The digest of the body is not the one that is signed.",
    why="Content-MD5 or x-log-content-sha256 is not that of the body.",
)
BadQuery = fact(
    "ParameterInvalid",
    400,
    "The query is not valid.",
    why="The address is no UTF-8, or gives a parameter twice.",
)


class BadSignature(ApiError):
    """The signature is not that of the AccessKey over this request."""

    code, status, text = "SignatureNotMatch", 401, "signature {signature} not matched."
