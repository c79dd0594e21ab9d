"""What operator commands refuse."""


class OperatorError(Exception):
    """A command cannot do what it is asked; the text says why and what to do."""
