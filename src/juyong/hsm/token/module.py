"""One loaded module, which a process has once however many tokens it uses in it."""

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

import pkcs11
from pkcs11.exceptions import PKCS11Error

from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable
from juyong.hsm.token import cryptoki
from juyong.hsm.token.cryptoki import Cryptoki

_CONFIG = "SOFTHSM2_CONF"
_loading = threading.RLock()
# The library below is one for the process, whoever asks for it, so this cannot live in an object.
_loaded: dict[Path, "Module"] = {}


class Module:
    """A PKCS#11 module that is initialised in this process.

    turn: What a call holds while it is inside; a lock only where the module cannot lock itself.
    """

    def __init__(self, path: Path, config: Path | None) -> None:
        self.path = path
        self.config = config
        self.users = 0
        self.turn: AbstractContextManager[object] = nullcontext()
        self._process = os.getpid()
        try:
            self.raw = Cryptoki(str(path))
            with _environment(config):
                self.library = pkcs11.lib(str(path))
            self.library.finalize()
        except (OSError, PKCS11Error, AttributeError) as bad:
            raise HsmNotConfigured(f"`hsm_module` `{path}` does not load: {bad}") from bad
        self._initialize()

    def restart(self) -> None:
        """Finalise and initialise again, since a module lists its tokens when it is initialised.

        SECURITY: ends every session of this process; only for a module that serves none yet.
        """
        with _loading:
            self.raw.finalize()
            self._initialize()

    def check(self) -> None:
        """Initialise again where somebody finalised the module.

        Raises:
            HsmUnavailable: this process was forked off one that uses the module.
        """
        self.check_process()
        with _loading:
            if _loaded.get(self.path) is self:
                self._initialize()

    def check_process(self) -> None:
        """Refuse a process that inherited the module, whose sessions are the other's.

        Raises:
            HsmUnavailable: this process was forked.
        """
        if os.getpid() != self._process:
            raise HsmUnavailable("the module was loaded before this process was forked off")

    def _initialize(self) -> None:
        with _environment(self.config):
            code = self.raw.initialize(threads=True)
            if code == cryptoki.CANT_LOCK:
                self.turn = threading.RLock()
                code = self.raw.initialize(threads=False)
        if code not in (cryptoki.OK, cryptoki.ALREADY_INITIALIZED):
            raise HsmUnavailable(f"`{self.path}` does not initialise: code 0x{code:x}")


def acquire(path: Path, config: Path | None) -> Module:
    """Return the module, loading it at first use.

    Raises:
        HsmNotConfigured: it does not load.
        HsmUnavailable: this process has it loaded with another configuration.
    """
    with _loading:
        module = _loaded.get(path)
        if module is None:
            module = _loaded[path] = Module(path, config)
        module.check_process()
        if module.config != config:
            raise HsmUnavailable(f"`{path}` is in use in this process with another configuration")
        module.users += 1
        return module


def release(module: Module) -> None:
    """Finalise the module when its last user lets go, so that the next may configure it anew."""
    with _loading:
        module.users -= 1
        if module.users == 0 and _loaded.get(module.path) is module:
            del _loaded[module.path]
            with suppress(HsmUnavailable):
                module.check_process()
                module.raw.finalize()


@contextmanager
def _environment(config: Path | None) -> Iterator[None]:
    """Point SoftHSM to its configuration, only for as long as it reads it."""
    if config is None:
        yield
        return
    before = os.environ.get(_CONFIG)
    os.environ[_CONFIG] = str(config)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_CONFIG]
        else:
            os.environ[_CONFIG] = before
