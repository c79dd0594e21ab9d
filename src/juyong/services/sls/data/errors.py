"""Errors of calls that bring or read logs.

Source: SLS API reference, PutLogs, PullLogs, GetCursor and common error codes (documented; where a
text is not published, it is the platform's own).
"""

from juyong.api.errors import ApiError, fact

NoRawSize = fact(
    "MissingBodyRawSize",
    400,
    "x-log-bodyrawsize does not exist in header when necessary.",
    why="The body is compressed, and the request does not say to how many bytes.",
)
BadRawSize = fact(
    "InvalidBodyRawSize",
    400,
    "x-log-bodyrawsize is invalid.",
    why="The size is no number.",
)
BadCompressType = fact(
    "InvalidCompressType",
    400,
    "x-log-compresstype is not supported.",
    why="The body is compressed otherwise than by lz4, zstd, deflate or gzip.",
)
Uncompressible = fact(
    "PostBodyUncompressError",
    400,
    "Failed to decompress the body.",
    why="The body is not compressed as its headers say, or has another size than they say.",
)
BodyTooLarge = fact(
    "PostBodyTooLarge",
    400,
    "The body is too large.",
    why="The group has more than 30 MB, 512,000 logs or 1,000 tags.",
)
BadEncoding = fact(
    "InvalidEncoding",
    400,
    "The encoding of the logs is not UTF-8.",
    why="A key, a value, the topic or the source is not UTF-8.",
)
BadKey = fact("InvalidKey", 400, "A key of a log is invalid.", why="A key has more than 128 bytes.")
BadCursor = fact(
    "InvalidCursor",
    400,
    "The cursor is invalid.",
    why="The cursor is not one that the shard has given, or lies behind its end (code observed in"
    " aliyun-log-python-sdk, which begins anew at the end).",
)
ShardIsFull = fact(
    "ShardWriteQuotaExceed",
    403,
    "Write quota of the shard is exceeded.",
    why="Too many logs of the shard wait to be indexed.",
)
NotTracked = fact(
    "Unauthorized",
    401,
    "The logstore takes no logs without a signature.",
    why="There is no such logstore, or its web tracking is off (assumed).",
)


class BadGroup(ApiError):
    """The body is no LogGroup, or one that no logstore takes."""

    code, status, text = "PostBodyInvalid", 400, "The body of the request is invalid: {why}"
