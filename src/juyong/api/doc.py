"""What a parameter means, for people."""

import msgspec


class Doc(msgspec.Struct, frozen=True):
    """What the parameter means, for the reference; an operation's docstring may say more of it."""

    text: str
