"""The shape of operators."""

from collections.abc import Callable

from juyong.engines.inspect.patterns import Captures

Test = Callable[[bytes], Captures | None]
"""None, or what a match captures: TX.0 first, at most ten."""
Factory = Callable[[bytes, tuple[bytes, ...]], Test]

MATCHED: Captures = ()
"""A match of an operator that captures nothing."""


class OperatorRefused(ValueError):
    """An operator or an argument that cannot be carried out; the text says why."""
