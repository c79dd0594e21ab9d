"""One loaded module, which a process has once however many tokens it uses in it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pkcs11
from pkcs11.exceptions import PKCS11Error

from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable
from juyong.hsm.token import cryptoki
from juyong.hsm.token.cryptoki import Cryptoki
from juyong.hsm.token.gate import Gate

_CONFIG = "SOFTHSM2_CONF"
_WAIT_SECONDS = 10.0

loading = threading.RLock()
"""Held while the module is loaded, and while sessions are opened and closed."""

# The process has one library for all callers, so this cannot live in an object.
_loaded: dict[Path, "Module"] = {}


class Module:
    """A PKCS#11 module that is initialised in this process.

    gate: What a call holds while it is inside.
    changing: What a call holds while it makes or destroys objects. SoftHSM 2.6 answers an error to
        one of two threads that do so at once (observed).
    """

    def __init__(self, path: Path, config: Path | None) -> None:
        self.path = path
        self.config = config
        self.users = 0
        self.gate = Gate(_WAIT_SECONDS)
        self.changing = threading.RLock()
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

        Ends every session of this process, between calls.
        """
        with loading, self.gate.empty():
            self.raw.finalize()
            self._initialize()

    def check(self) -> None:
        """Initialise the module again if other code finalised it.

        Raises:
            HsmUnavailable: this process was forked off one that uses the module.
        """
        self.check_process()
        with loading:
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
                self.gate.serial = True
                code = self.raw.initialize(threads=False)
        if code not in (cryptoki.OK, cryptoki.ALREADY_INITIALIZED):
            raise HsmUnavailable(f"`{self.path}` does not initialise: code 0x{code:x}")


def acquire(path: Path, config: Path | None) -> Module:
    """Return the module, loading it at first use.

    Raises:
        HsmNotConfigured: it does not load.
        HsmUnavailable: this process has it loaded with another configuration.
    """
    with loading:
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
    with loading:
        module.users -= 1
        if module.users == 0 and _loaded.get(module.path) is module:
            del _loaded[module.path]
            with suppress(HsmUnavailable):
                module.check_process()
                with module.gate.empty():
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
