"""The access log: lines survive rotations, and a rotation holds up no request."""

import asyncio
import fcntl
import os
from pathlib import Path

from tests.waiting import until

from juyong.waf.counters import Counters, Figure
from juyong.waf.log import Log

LINE = b'{"a":1}\n'


def log_of(path: Path, counters: Counters | None = None, *, most: int = 10) -> Log:
    return Log(path, most_bytes=most, kept=2, counters=counters or Counters())


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def written(log: Log, *lines: bytes) -> None:
    for line in lines:
        log.write(line)
    await asyncio.sleep(0)


async def ticked(log: Log, path: Path) -> None:
    """Tick until the log writes to another file."""
    before = inode(path)

    def moved() -> bool:
        log.tick()
        return inode(path) not in (0, before)

    await until(moved)


def inode(path: Path) -> int:
    return path.stat().st_ino if path.exists() else 0


def test_lines_survive_rotations_and_the_oldest_file_goes(tmp_path: Path) -> None:
    async def work() -> None:
        path = tmp_path / "logs" / "access.log"
        log = log_of(path)
        await written(log, LINE)
        log.tick()
        for number in range(4):
            await written(log, LINE, LINE, b"%d\n" % number)
            await ticked(log, path)
        await written(log, b"last\n")
        log.close()
        assert names(path.parent) == ["access.log", "access.log.1", "access.log.2"]
        assert path.read_bytes() == b"last\n"
        assert path.with_name("access.log.1").read_bytes() == LINE * 2 + b"3\n"
        assert path.with_name("access.log.2").read_bytes() == LINE * 2 + b"2\n"

    asyncio.run(work())


def test_a_rotation_by_another_process_is_followed(tmp_path: Path) -> None:
    async def work() -> None:
        path = tmp_path / "access.log"
        mine, other = log_of(path), log_of(path)
        await written(mine, LINE * 4)
        await ticked(mine, path)
        await written(other, b"late\n")
        other.tick()
        await written(other, b"new\n")
        mine.close()
        other.close()
        assert names(tmp_path) == ["access.log", "access.log.1"]
        assert path.read_bytes() == b"new\n"
        assert path.with_name("access.log.1").read_bytes() == LINE * 4 + b"late\n"

    asyncio.run(work())


def test_lines_go_on_while_another_process_rotates(tmp_path: Path) -> None:
    async def work() -> None:
        path = tmp_path / "access.log"
        log = log_of(path)
        await written(log, LINE * 4)
        folder = os.open(tmp_path, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        for _ in range(3):
            log.tick()
            await written(log, LINE)
        assert path.read_bytes() == LINE * 7
        os.close(folder)
        await until(lambda: inode(path) == 0)
        log.tick()
        log.close()
        assert names(tmp_path) == ["access.log", "access.log.1"]

    asyncio.run(work())


def test_a_log_that_cannot_be_written_is_counted(tmp_path: Path) -> None:
    async def work() -> None:
        counters = Counters()
        log = log_of(Path("/dev/full"), counters, most=1 << 20)
        await written(log, LINE * 2, LINE)
        log.close()
        assert counters.figures[Figure.LOG_LOST] == 3

    asyncio.run(work())
