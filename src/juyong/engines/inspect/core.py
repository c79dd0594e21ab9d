"""The distribution `juyong-waf-core`, where it is installed in the version that is spoken to.

This module imports little, so that a proxy without rules starts fast.
"""

from juyong.base.native_core import NativeCore

CORE_VERSION = "0.4.0"
"""The version of the core that is spoken to."""
CORE = NativeCore("juyong_waf_core", CORE_VERSION)
