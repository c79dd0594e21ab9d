"""Find the token; make one of our own where the settings say so and there is none yet."""

from pkcs11 import Token, TokenFlag
from pkcs11.exceptions import NoSuchToken, PKCS11Error

from juyong.hsm.errors import HsmUnavailable
from juyong.hsm.files import held
from juyong.hsm.settings import HsmSettings, OwnToken
from juyong.hsm.token import cryptoki
from juyong.hsm.token.module import Module


def find_token(module: Module, settings: HsmSettings) -> Token:
    """Return the token, ready for its user to log in.

    Raises:
        HsmUnavailable: no token, or more than one, has the label.
    """
    token = _labelled(module, settings.token_label)
    if settings.own is not None and not _ready(token):
        token = _make(module, settings, settings.own)
    if token is None:
        raise HsmUnavailable(f"`{module.path}` has no token labelled `{settings.token_label}`")
    return token


def _labelled(module: Module, label: str) -> Token | None:
    try:
        return module.library.get_token(token_label=label)
    except NoSuchToken:
        return None
    except PKCS11Error as bad:
        raise HsmUnavailable(f"no one token is labelled `{label}`: {type(bad).__name__}") from bad


def _ready(token: Token | None) -> bool:
    return token is not None and bool(token.flags & TokenFlag.USER_PIN_INITIALIZED)


def _make(module: Module, settings: HsmSettings, own: OwnToken) -> Token:
    """Initialise the token, or finish what a killed process began.

    SECURITY: a token that has our label is never initialised again, which would erase its keys.
    """
    with held(own.lock):
        # Another process may have made it since this one initialised the module.
        module.restart()
        token = _labelled(module, settings.token_label)
        if token is None:
            token = _initialised(module, settings, own)
        if _ready(token):
            return token
        try:
            with token.open(rw=True, so_pin=own.so_pin.reveal()) as session:
                session.init_pin(settings.pin.reveal())
        except PKCS11Error as bad:
            raise HsmUnavailable(f"the token's PIN is not set: {type(bad).__name__}") from bad
        return token


def _initialised(module: Module, settings: HsmSettings, own: OwnToken) -> Token:
    slots = module.library.get_slots(token_present=True)
    free = [s for s in slots if not s.get_token().flags & TokenFlag.TOKEN_INITIALIZED]
    if not free:
        raise HsmUnavailable(f"`{module.path}` has no slot free for a token")
    code = module.raw.init_token(free[0].slot_id, own.so_pin.reveal(), settings.token_label)
    token = _labelled(module, settings.token_label)
    if code != cryptoki.OK or token is None:
        raise HsmUnavailable(f"the token does not initialise: code 0x{code:x}")
    return token
