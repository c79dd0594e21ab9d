"""Errors of a module, in addition to those of the crypto engine."""

from juyong.engines.crypto.keys import CryptoError


class HsmError(CryptoError):
    """Base of the errors that only keys in a module have."""


class HsmNotConfigured(HsmError):
    """The settings lead to no module; the text names the setting or the extra."""


class HsmUnavailable(HsmError):
    """The module is set up but does not answer now: lost, locked, refused or too busy."""


class KeyMissing(HsmError):
    """The module holds no such key, or not of that spec."""


class LabelTaken(HsmError):
    """A key with that label is already there."""
