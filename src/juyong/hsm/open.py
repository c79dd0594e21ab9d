"""Open a module; libraries that are slow to import, or extras, are imported at that moment."""

from pathlib import Path
from typing import TYPE_CHECKING

from juyong.hsm.errors import HsmNotConfigured
from juyong.hsm.port import Hsm
from juyong.hsm.settings import HsmSettings

if TYPE_CHECKING:
    from juyong.hsm.process.client import ProcessHsm


def open_token(settings: HsmSettings | None) -> Hsm:
    """Return the token's keys; the module is loaded by the process that first uses it.

    Raises:
        HsmNotConfigured: no module is set, it is not there, or `juyong[hsm]` is not installed.
    """
    if settings is None:
        raise HsmNotConfigured(
            "no PKCS#11 module: set `hsm_module` to one, or leave it empty and install SoftHSM2"
        )
    if not settings.module.is_file():
        raise HsmNotConfigured(f"`hsm_module` names `{settings.module}`, which is no file")
    try:
        from juyong.hsm.token.hsm import TokenHsm  # noqa: PLC0415  # an extra, and slow to import
    except ImportError as missing:
        raise HsmNotConfigured(
            f"a PKCS#11 module needs `pip install juyong[hsm]`: {missing.name} is not installed"
        ) from missing
    return TokenHsm(settings)


def open_process(directory: Path, key: bytes) -> "ProcessHsm":
    """Return the development fallback, which has a module's face and not its protection.

    Args:
        directory: Where its sealed files are, made with mode 0700.
        key: 32 bytes that seal them, handed to the process over its socket.
    """
    from juyong.hsm.process.client import ProcessHsm  # noqa: PLC0415  # slow to import

    return ProcessHsm(directory, key)
