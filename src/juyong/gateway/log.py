"""Structured logs: one JSON object a line on standard error, always with the request id.

structlog is imported at the first line written, since it takes longer to import than to serve.
"""

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def log() -> Any:
    """Return the gateway's logger."""
    import sys  # noqa: PLC0415

    import structlog  # noqa: PLC0415

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    return structlog.get_logger("juyong")
