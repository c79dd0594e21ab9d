"""Chance that guards nothing: for spreading work out, never for secrets or ids."""

import random


def spread(low: float, high: float) -> float:
    """Draw a number between low and high."""
    return random.uniform(low, high)  # noqa: S311  # no secret
