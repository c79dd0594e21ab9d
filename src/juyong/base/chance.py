"""Chance that guards nothing: for spreading work out, never for secrets or ids."""

import random


def spread(low: float, high: float) -> float:
    """Draw a number between low and high."""
    return random.uniform(low, high)  # noqa: S311  # no secret


def backoff(failures: int, first: float, most: float) -> float:
    """Return how many seconds to wait after failures in a row: twice as long each time.

    Args:
        failures: At least one.
        first: Seconds after the first failure.
        most: The longest wait.

    Returns:
        Between three quarters and all of it, so that many who failed at once spread out.
    """
    longest: float = min(most, first * 2.0 ** min(failures - 1, 32))
    return spread(0.75 * longest, longest)
