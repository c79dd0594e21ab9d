"""Values of the user in messages."""

_SHOWN_CHARS = 80


def shown(value: str) -> str:
    """Quote a value of the user for a message, cut to a bounded length."""
    return f"`{value}`" if len(value) <= _SHOWN_CHARS else f"`{value[:_SHOWN_CHARS]}…`"
