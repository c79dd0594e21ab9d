"""Errors of the child, as they cross the socket."""

from juyong.engines.crypto.keys import BadInput, CryptoError, NotOffered, Undecipherable
from juyong.hsm.errors import HsmUnavailable, KeyMissing, LabelTaken
from juyong.hsm.process.messages import ErrorName, Refused

_MOST_TEXT = 400
_ERRORS: dict[ErrorName, type[CryptoError]] = {
    "BadInput": BadInput,
    "HsmUnavailable": HsmUnavailable,
    "KeyMissing": KeyMissing,
    "LabelTaken": LabelTaken,
    "NotOffered": NotOffered,
    "Undecipherable": Undecipherable,
}


def refusal(refused: CryptoError) -> Refused:
    """Return an error as a reply."""
    for name, kind in _ERRORS.items():
        if isinstance(refused, kind):
            return Refused(error=name, text=str(refused)[:_MOST_TEXT])
    return Refused(error="HsmUnavailable", text=str(refused)[:_MOST_TEXT])


def error_of(refused: Refused) -> CryptoError:
    """Return a reply as the error that it was."""
    return _ERRORS[refused.error](refused.text)
