"""How sure a shipped fact is."""

from enum import StrEnum


class Evidence(StrEnum):
    """Where a fact comes from, best first."""

    DOCUMENTED = "documented"
    """Published by the vendor."""
    OBSERVED = "observed"
    """Seen on the real cloud, or in an official client."""
    ASSUMED = "assumed"
    """Our reading, where neither is to be had."""
