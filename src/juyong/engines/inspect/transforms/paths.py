"""Paths without self references, back references and repeated slashes."""

_SLASH, _DOT = 0x2F, 0x2E


def normalize_path_win(value: bytes) -> bytes:
    """Make backslashes slashes, and then as `normalize_path`."""
    return normalize_path(value.replace(b"\\", b"/"))


def normalize_path(value: bytes) -> bytes:
    """Collapse slashes, drop `.` segments, and let a `..` take away the segment before it.

    Nothing rises above the root: of a path from the root what is too much is dropped, of a relative
    one it stays. A slash at the end stays, and none is put there. A segment that only ends with
    `..` is taken for a back reference, as ModSecurity does.
    """
    if b"//" not in value and b"./" not in value and value[-1:] != b".":
        return value
    normal = _Normaliser(value).run()
    return value if normal == value else normal


class _Normaliser:
    """One pass over a path; `out` grows and shrinks like a stack."""

    def __init__(self, value: bytes) -> None:
        self.value = value
        self.relative = value[0] != _SLASH
        self.hit_root = False
        self.out = bytearray()

    def run(self) -> bytes:
        """Return the normal form."""
        value, out, end = self.value, self.out, len(self.value) - 1
        at = 0
        while at <= end:
            if at == end or value[at + 1] == _SLASH:
                taken = value[at] == _DOT and self._dot(last=at == end)
                if taken:
                    if at == end:
                        break
                    at += 1
                elif out and not (value[at] == _SLASH and at != end) and value[at] != _DOT:
                    self.hit_root = False
            at = self._copy(at, end)
        if value[-1] != _SLASH and out[-1:] == b"/":
            del out[-1]
        return bytes(out)

    def _dot(self, *, last: bool) -> bool:
        """Judge a dot that ends a segment; tell whether it is a reference, which goes."""
        out = self.out
        if out and out[-1] == _DOT:
            if self.relative and (self.hit_root or len(out) <= 2):  # noqa: PLR2004  # `..` alone
                self.hit_root = True
                return False
            self._back(last=last)
            return True
        if not out:
            return True
        if out[-1] == _SLASH:
            if not last:
                del out[-1]
            return True
        return False

    def _back(self, *, last: bool) -> None:
        """Take away the segment before a back reference, and the reference's first dot."""
        out = self.out
        cut = out.rfind(b"/", 0, max(len(out) - 2, 0)) if len(out) > 2 else -1  # noqa: PLR2004
        if cut > 0:
            del out[cut:]
            return
        self.hit_root = True
        keeps_root = not self.relative and last
        del out[1 if keeps_root else 0 :]

    def _copy(self, at: int, end: int) -> int:
        """Copy a byte, of a run of slashes the last; return where to go on."""
        value = self.value
        if value[at] == _SLASH:
            while at < end and value[at + 1] == _SLASH:
                at += 1
            if self.relative and not self.out:
                return at + 1
        self.out.append(value[at])
        return at + 1
