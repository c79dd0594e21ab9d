"""The meaning of a parameter, for people."""

import msgspec


class Doc(msgspec.Struct, frozen=True):
    """The meaning, for the reference; the docstring of an operation may say more."""

    text: str
