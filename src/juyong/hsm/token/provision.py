"""Find the token; make it if the settings say so and there is none yet."""

from collections.abc import Iterator
from contextlib import suppress

from pkcs11 import Token, TokenFlag
from pkcs11.exceptions import PinIncorrect, PKCS11Error

from juyong.hsm.errors import HsmUnavailable
from juyong.hsm.files import held
from juyong.hsm.settings import HsmSettings, OwnToken
from juyong.hsm.token import cryptoki
from juyong.hsm.token.kept import bring_back, keep, set_aside
from juyong.hsm.token.module import Module


def find_token(module: Module, settings: HsmSettings) -> Token:
    """Return the token, ready for its user to log in.

    Raises:
        HsmUnavailable: no token, or more than one, has the label.
    """
    token = _labelled(module, settings.token_label)
    if settings.own is not None and not (_ready(token) and settings.own.made.exists()):
        token = _make(module, settings, settings.own)
    if token is None:
        raise HsmUnavailable(f"`{module.path}` has no token labelled `{settings.token_label}`")
    return token


def _labelled(module: Module, label: str) -> Token | None:
    found = [token for token in _tokens(module) if token.label == label]
    if len(found) > 1:
        raise HsmUnavailable(f"`{module.path}` has {len(found)} tokens labelled `{label}`")
    return found[0] if found else None


def _tokens(module: Module) -> Iterator[Token]:
    """Yield readable tokens; SoftHSM keeps a slot for a token whose making was cut short."""
    for slot in module.library.get_slots(token_present=True):
        with suppress(PKCS11Error):
            yield slot.get_token()


def _ready(token: Token | None) -> bool:
    return token is not None and bool(token.flags & TokenFlag.USER_PIN_INITIALIZED)


def _make(module: Module, settings: HsmSettings, own: OwnToken) -> Token:
    """Make the token, or finish what a killed process began.

    SECURITY: done once in the life of a home. A token that was there and is not found later is
    restored, never replaced by an empty one.
    """
    with held(own.lock):
        # Another process may have made it since this one initialised the module.
        module.restart()
        token = _labelled(module, settings.token_label)
        if token is None:
            if own.made.exists():
                return _restored(module, settings, own)
            token = _initialised(module, settings, own)
        if not _ready(token) and not _set_pin(token, settings, own):
            # Its making was cut short before it had a PIN, so it holds no key.
            set_aside(own, token.serial.decode())
            module.restart()
            token = _initialised(module, settings, own)
            if not _set_pin(token, settings, own):
                raise HsmUnavailable("the new token refuses its own SO PIN")
        if not own.made.exists():
            keep(own, token.serial.decode())
        return token


def _restored(module: Module, settings: HsmSettings, own: OwnToken) -> Token:
    if bring_back(own):
        module.restart()
    token = _labelled(module, settings.token_label)
    if token is None:
        raise HsmUnavailable(f"the token in `{own.made.parent}` is damaged or gone")
    return token


def _initialised(module: Module, settings: HsmSettings, own: OwnToken) -> Token:
    free = [t for t in _tokens(module) if not t.flags & TokenFlag.TOKEN_INITIALIZED]
    if not free:
        raise HsmUnavailable(f"`{module.path}` has no slot free for a token")
    code = module.raw.init_token(free[0].slot.slot_id, own.so_pin.reveal(), settings.token_label)
    token = _labelled(module, settings.token_label)
    if code != cryptoki.OK or token is None:
        raise HsmUnavailable(f"the token does not initialise: code 0x{code:x}")
    return token


def _set_pin(token: Token, settings: HsmSettings, own: OwnToken) -> bool:
    try:
        with token.open(rw=True, so_pin=own.so_pin.reveal()) as session:
            session.init_pin(settings.pin.reveal())
    except PinIncorrect:
        return False
    except PKCS11Error as bad:
        raise HsmUnavailable(f"the token's PIN is not set: {type(bad).__name__}") from bad
    return True
