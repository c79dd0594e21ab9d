"""Structured logs: one JSON object a line on standard error, always with the request id.

structlog is imported at the first line written, since it takes longer to import than to serve.
"""

import sys
from contextlib import suppress
from functools import lru_cache
from typing import Any, TextIO, cast


class _Stream:
    """Standard error; a full disk behind it must not turn an answer into another one."""

    def write(self, text: str) -> None:
        """Write as much as the system takes."""
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Flush as much as the system takes."""
        with suppress(OSError):
            sys.stderr.flush()


@lru_cache(maxsize=1)
def log() -> Any:
    """Return the logger."""
    import structlog  # noqa: PLC0415

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stream())),
    )
    return structlog.get_logger("juyong")
