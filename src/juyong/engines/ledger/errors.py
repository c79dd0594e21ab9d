"""Refusals of bytes that claim to belong to a log. No text repeats more than a name."""


class LedgerError(Exception):
    """Base of the engine's refusals; the text says what does not hold, in plain words."""


class Malformed(LedgerError):
    """The bytes, or the values to encode, do not have the form that the format demands."""


class BadProof(LedgerError):
    """The proof does not lead to the root."""


class BadSignature(LedgerError):
    """A signature in the name of a known key is not that key's."""


class NotSigned(LedgerError):
    """No known key signed, too few witnesses did, or the log is another than was asked for."""
