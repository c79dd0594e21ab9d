"""What waits for a verdict is kept in memory or in a file without a name, and is forgotten."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from juyong.waf.spool import Spool


def test_few_bytes_stay_in_memory(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path / "spool"), in_memory=4)
    spool.add(b"ab")
    spool.add(b"cd")
    assert (spool.size, spool.on_disk) == (4, 0)
    assert spool.read(1, 2) == b"bc"
    assert not (tmp_path / "spool").exists()
    assert spool.take() == b"abcd"


def test_many_bytes_go_to_a_file_that_has_no_name(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path / "spool"), in_memory=4)
    for part in (b"abcd", b"e", b"fgh"):
        spool.add(part)
    assert (spool.size, spool.on_disk) == (8, 8)
    assert list((tmp_path / "spool").iterdir()) == []
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0
    assert [spool.read(0, 5), spool.read(5, 5), spool.read(8, 5)] == [b"abcde", b"fgh", b""]
    spool.close()
    spool.add(b"late")
    assert spool.read(0, 8) == b""


def test_a_full_disk_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(str(tmp_path), in_memory=0)
    spool.add(b"a")
    monkeypatch.setattr(os, "fstatvfs", lambda _: SimpleNamespace(f_bavail=1, f_frsize=4_096))
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        spool.add(b"b")
    spool.close()
