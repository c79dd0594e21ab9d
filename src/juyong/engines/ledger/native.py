"""The ledger's native core, where the distribution `juyong-ledger-core` is installed.

The core is built from `core/ledger`. What is hashed for each leaf of a log is asked of the core
first; where there is none, or it says nothing, the functions `…_in_python` give the same bytes.
"""

from juyong.base.native_core import NativeCore

CORE_VERSION = "0.1.0"
"""The version of the core that the engine speaks to."""
CORE = NativeCore("juyong_ledger_core", CORE_VERSION)
