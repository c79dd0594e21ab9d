"""The local CA, loaded while the first plain answers already go out."""

import asyncio
import ssl
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from juyong.front.authority import LocalAuthority


class LateAuthority:
    """Opens the CA of a directory when it is first wanted, in whichever thread that is.

    PERF: the X.509 library takes longer to import than a call to answer.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = Lock()
        self._authority: LocalAuthority | None = None

    async def ready(self) -> None:
        """Open it now.

        Raises:
            AuthorityUnusable, OSError: as LocalAuthority.open.
        """
        await asyncio.to_thread(self._opened)

    def leaf(self, host: str) -> ssl.SSLContext:
        """Return a server context for the host; see `LocalAuthority.leaf`."""
        return self._opened().leaf(host)

    def _opened(self) -> "LocalAuthority":
        with self._lock:
            if self._authority is None:
                from juyong.front.authority import LocalAuthority  # noqa: PLC0415

                self._authority = LocalAuthority.open(self._directory)
            return self._authority
