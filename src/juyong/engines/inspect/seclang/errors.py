"""The error of a rule set that cannot be carried out as its text says."""

from juyong.engines.inspect.rules import Place


class BadRules(ValueError):
    """A rule set is refused; the text gives file, line and reason."""

    def __init__(self, place: Place, reason: str) -> None:
        """Keep where and why."""
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class BadPart(ValueError):
    """A part of a directive is refused; the caller knows file and line."""
