"""Times as people and files write them."""

from datetime import UTC, datetime


def moment_of(text: str) -> datetime | None:
    """Read a time in ISO 8601, in UTC where no zone is given; None for what is no time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
