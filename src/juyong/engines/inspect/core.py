"""The distribution `juyong-waf-core`, where it is installed in the version that is spoken to.

The core is built from `core/waf` and is never needed: without it Python gives the same answers,
slower. This module imports nothing else, so that a proxy without rules starts fast.
"""

from types import ModuleType

try:
    import juyong_waf_core
except ImportError:
    CORE: ModuleType | None = None
else:
    CORE = juyong_waf_core

CORE_VERSION = "0.2.0"
"""The version of the core that is spoken to."""


def core_of(module: ModuleType | None) -> ModuleType | None:
    """Return an installed core; None where its version is another one."""
    return module if module is not None and module.VERSION == CORE_VERSION else None
