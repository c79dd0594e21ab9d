"""The headers that the access log tells, and how texts are cut for the log."""

from typing import Final

LOGGED: Final = {
    b"user-agent": "http_user_agent",
    b"referer": "http_referer",
    b"x-forwarded-for": "http_x_forwarded_for",
    b"content-type": "content_type",
}
"""Members of a line, by the names of the headers in lower case."""

MOST_CHARS: Final = 2_048


def text_of(data: bytes) -> str:
    """Return bytes as a text of bounded length; what is no UTF-8 is escaped."""
    return data[:MOST_CHARS].decode("utf-8", "backslashreplace")
