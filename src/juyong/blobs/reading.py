"""A body as a file that is read from any place, for libraries that want one."""

import io
from typing import BinaryIO, cast

from juyong.blobs.blocks import BLOCK
from juyong.blobs.content import Content


def opened(content: Content) -> BinaryIO:
    """Return a body as a file; each read may wait for the disk.

    Reads raise DamagedBlob and FileNotFoundError as Content.blocks does.

    Cost: memory for one block; a block is opened again when a read comes back to it.
    """
    return cast("BinaryIO", io.BufferedReader(_Seekable(content)))


class _Seekable(io.RawIOBase):
    def __init__(self, content: Content) -> None:
        self._content = content
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._content.length}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]  # the usual one
        number, start = divmod(self._at, BLOCK)
        piece = self._block(number)[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _block(self, number: int) -> bytes:
        """Return the body from a multiple of the block's length on, as much as a block."""
        if self._held[0] != number:
            self._held = number, b"".join(self._content.cut(number * BLOCK, BLOCK).blocks())
        return self._held[1]
