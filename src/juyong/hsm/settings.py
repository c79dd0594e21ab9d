"""Which module, which token in it, and how to log in."""

from pathlib import Path

import msgspec

from juyong.base.secret import Secret


class OwnToken(msgspec.Struct, frozen=True, kw_only=True):
    """A SoftHSM token that juyong initialises at first use.

    config: SoftHSM's configuration file, which the module reads when it is loaded.
    lock: The file that one process holds while it initialises the token or changes objects in it.
    made: The file that is there once the token was: a copy of what SoftHSM unlocks it with.
    """

    config: Path
    lock: Path
    made: Path
    so_pin: Secret


class HsmSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One PKCS#11 token.

    sessions: How many calls run inside the module at once.
    wait_seconds: How long a call waits for one of the sessions.
    own: Set if juyong initialises the token; otherwise the token must exist.
    """

    module: Path
    token_label: str
    pin: Secret
    sessions: int = 8
    wait_seconds: float = 5.0
    own: OwnToken | None = None
