"""Errors of opening keys; no text holds any part of a key or passphrase."""

from juyong.app.home import BadHome


class KeyTrouble(BadHome):
    """The keys of a home cannot be opened."""


class SealFileDamaged(KeyTrouble):
    """The seal file was cut or changed, or is of an unknown version."""


class WrongRootKey(KeyTrouble):
    """The root key does not open the master key: another passphrase, file or token."""


class PassphraseNeeded(KeyTrouble):
    """The home is sealed by a passphrase, and none is given."""
