"""What can go wrong with a module, beside what the engine already names."""

from juyong.engines.crypto.keys import CryptoError


class HsmError(CryptoError):
    """Base of what is particular to keys in a module."""


class HsmNotConfigured(HsmError):
    """No module can be opened as things are set; the text names the setting or the extra."""


class HsmUnavailable(HsmError):
    """The module is set up, but does not serve now: lost, locked, refused or too busy."""


class KeyMissing(HsmError):
    """The module holds no such key, or not of that spec."""


class LabelTaken(HsmError):
    """A key with that label is already there."""
