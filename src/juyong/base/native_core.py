"""Native cores: distributions in Rust that may be installed, and are never needed.

Each is built from a folder of `core`. Without a core Python gives the same answers, slower.
"""

from importlib import import_module
from types import ModuleType


class NativeCore:
    """A core, where one of the version that its user speaks to is installed.

    Args:
        name: Of its module.
        version: Spoken to; a core of another version is not used.

    Attributes:
        module: Has the core's functions, as its `.pyi` says; None where the core is not used.
        state: Whether the core is used, and if not, why; in words.
    """

    def __init__(self, name: str, version: str) -> None:
        self.module: ModuleType | None = None
        try:
            found = import_module(name)
        except ImportError:
            self.state = "the native core is not installed"
            return
        if version == found.VERSION:
            self.module = found
            self.state = f"the native core {version} is used"
        else:
            self.state = f"the native core is of version {found.VERSION}, not {version}"

    @property
    def ready(self) -> bool:
        """Whether the core is used."""
        return self.module is not None

    def required(self) -> ModuleType:
        """Return the core's module.

        Raises:
            RuntimeError: the core is not used; the text says why.
        """
        if self.module is None:
            raise RuntimeError(self.state)
        return self.module
