"""Software keys that were opened already, so that the next call need not open them again.

The key of an entry is everything that the seal authenticates, the sealed bytes included: a row that
was changed, moved or sealed anew is opened anew, and refused as usual. The cache never decides
whether a key may be used.

SECURITY: these are keys in the process's memory, as the platform's own key is all the time. They
live in `Platform.kept`, so they go with the platform that opened them, when it is sealed too; one
that was not used for five minutes goes when another is used.
"""

import threading
from collections import OrderedDict

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.engines.crypto.specs import Family, spec_of
from juyong.services.kms.keys.material import Key, in_hardware, load
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow

_MOST = 1024
IDLE_SECONDS = 300
_NAME = "kms.loaded"


class LoadedKeys:
    """The keys used last."""

    def __init__(self, most: int = _MOST) -> None:
        self._keys: OrderedDict[object, tuple[Key, Instant]] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, ctx: Context, row: KeyRow, version: KeyVersionRow) -> Key:
        """Return a version as a key to use; raises as material.load.

        PERF: opening and loading a key costs a quarter of an Encrypt, and makes an RSA signature
        cost double.
        """
        if in_hardware(version) or spec_of(row.spec).family is Family.SM2:
            # A hardware key is opened in the module; an SM2 key object is not safe between threads.
            return load(ctx, row, version)
        place = _place(row, version)
        with self._lock:
            known = self._keys.pop(place, None)
            self._drop_idle(ctx.now)
            if known is not None:
                self._keys[place] = (known[0], ctx.now)
                return known[0]
        key = load(ctx, row, version)
        with self._lock:
            self._keys[place] = (key, ctx.now)
            while len(self._keys) > self._most:
                self._keys.popitem(last=False)
        return key

    def _drop_idle(self, now: Instant) -> None:
        """Drop keys that were not used for a while, such as deleted ones; the oldest come first."""
        while self._keys:
            place, (_, used_at) = next(iter(self._keys.items()))
            if used_at + IDLE_SECONDS > now:
                return
            del self._keys[place]


def loaded_keys(ctx: Context) -> LoadedKeys:
    """Return the keys of the platform that a call is made to."""
    known: LoadedKeys | None = ctx.platform.kept.get(_NAME)
    if known is None:
        known = ctx.platform.kept.setdefault(_NAME, LoadedKeys())
    return known


def _place(row: KeyRow, version: KeyVersionRow) -> object:
    return (
        (row.account_id, row.key_id, row.spec, row.usage, row.origin, row.protection),
        (version.version_id, version.material, version.public_key),
    )
