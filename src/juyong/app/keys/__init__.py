"""The key hierarchy's top: root key, master key, a key for each purpose.

    root key    in a file, made from a passphrase, or inside a PKCS#11 token; `juyong rekey` makes
                another
    master key  random, made once; stands wrapped under the root key in the home's `seal.json`
    purposes    derived from the master key; in memory only

Everything that is stored is under a purpose's key, so that another root key changes one small file.
"""

from juyong.app.keys.errors import KeyTrouble, PassphraseNeeded, SealFileDamaged, WrongRootKey
from juyong.app.keys.opening import has_keys, open_keys
from juyong.app.keys.ring import PURPOSES, KeyRing, KeysForgotten
from juyong.app.keys.unlocking import Unlocking

__all__ = [
    "PURPOSES",
    "KeyRing",
    "KeyTrouble",
    "KeysForgotten",
    "PassphraseNeeded",
    "SealFileDamaged",
    "Unlocking",
    "WrongRootKey",
    "has_keys",
    "open_keys",
]
