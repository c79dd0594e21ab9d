"""Keys inside the hardware module: how the module is reached, and how its objects are named."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager

from juyong.api.context import Context, Platform
from juyong.base.clock import Instant
from juyong.base.ids import new_short_id
from juyong.engines.crypto.keys import NotOffered
from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable, KeyMissing
from juyong.hsm.labels import IN_PROCESS, IN_TOKEN
from juyong.hsm.port import Hsm
from juyong.services.kms.errors import KeyUnavailable, UnsupportedProtection
from juyong.services.kms.keys.tables import TokenObjectRow
from juyong.store.transaction import Transaction

_PREFIX = "kms"
_OURS = 8
_SUFFIX = 4
_DRAWN = re.compile(r"([0-9a-f]{8,12})-", re.ASCII)


def module_of(platform: Platform) -> Hsm:
    """Return the platform's hardware module; raises UnsupportedProtection."""
    try:
        return platform.hsm()
    except HsmNotConfigured as missing:
        text = str(missing)
        more = "" if "hsm_module" in text else "; see the setting `hsm_module`"
        raise UnsupportedProtection(reason=f"{text}{more}") from missing


def has_module(platform: Platform, *, token: bool = False) -> bool:
    """Say whether keys can be kept in a hardware module.

    token: Only in one that is a token, and not the development fallback.
    """
    try:
        module = platform.hsm()
    except HsmNotConfigured:
        return False
    except HsmUnavailable:
        # The platform is letting go of it.
        return True
    return not (token and module.development)


@contextmanager
def answering() -> Iterator[None]:
    """Turn refusals of a module into a caller's errors.

    Raises KeyUnavailable (the module does not serve now, or has lost the key);
    UnsupportedProtection (the module cannot do that).
    """
    try:
        yield
    except (HsmUnavailable, KeyMissing) as failure:
        raise KeyUnavailable from failure
    except NotOffered as lack:
        raise UnsupportedProtection(reason="the module does not offer this key spec") from lack


def offers(ctx: Context, spec: str, algorithm: str = "") -> bool:
    """Tell whether keys of a spec can be in the module, and used with an algorithm if given."""

    def ask() -> bool:
        with answering():
            return module_of(ctx.platform).offers(spec, algorithm)

    return ctx.outside(("hsm-offers", spec, algorithm), ask)


def label_of(root: bytes, version_id: str, now: Instant, module: Hsm) -> str:
    """Draw a name for a version's object in a module; imported material comes again under another.

    The name tells which platform an object in the token belongs to, when the name was drawn, and
    whether the development fallback keeps the object.
    """
    sign = IN_PROCESS if module.development else IN_TOKEN
    return f"{own_labels(root)}{now:08x}-{version_id}{sign}{new_short_id(_SUFFIX)}"


def drawn_at(root: bytes, label: str) -> Instant | None:
    """Return when a label was drawn; None for a label of another platform."""
    ours = own_labels(root)
    found = _DRAWN.match(label.removeprefix(ours)) if label.startswith(ours) else None
    return Instant(int(found[1], 16)) if found else None


def own_labels(root: bytes) -> str:
    """Return how the labels of this platform's objects begin."""
    mark = hmac.new(root, b"juyong/kms/labels", hashlib.sha256).hexdigest()[:_OURS]
    return f"{_PREFIX}-{mark}-"


def doom(tx: Transaction, label: str, at: Instant) -> None:
    """Have an object destroyed, once no version names it any more."""
    known = tx.get(TokenObjectRow, label)
    if known is None:
        tx.insert(TokenObjectRow(label=label, destroy_at=at))
    elif at < known.destroy_at:
        tx.update(known, destroy_at=at)
