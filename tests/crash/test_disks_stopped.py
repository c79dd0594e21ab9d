"""A server that stops seals large disks however long that takes; one that is killed then loses none."""

import signal
from pathlib import Path

import pytest
from tests.crash.server import ServerProcess
from tests.crash.test_instances_killed import execute, instance, state
from tests.waiting import wait_until

from juyong.netplane.door import DISKS, door_of

SIZE = 1 << 30
WRITE = f"head -c {SIZE} /dev/zero > /root/large; echo kept > /root/word; cat /root/word"


def await_plane(server: ServerProcess) -> None:
    wait_until(lambda: state(server) not in ("idle", "starting"), 60)
    if state(server).startswith("none"):
        pytest.skip(state(server))


@pytest.mark.timeout(400)  # a busy machine
def test_a_disk_of_a_gibibyte_is_sealed_at_a_stop_and_there_after_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    disks = door_of(home) / DISKS
    with ServerProcess(home) as server:
        one = instance(server)
        await_plane(server)
        assert execute(home, one, "sh", "-c", WRITE) == "kept"
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(180) == 0
        assert list(disks.iterdir()) == []
        server.start()
        await_plane(server)

        def is_there() -> bool:
            return (disks / ".").exists() and any(each.name[0] != "." for each in disks.iterdir())

        wait_until(is_there, 120)
        told = execute(home, one, "sh", "-c", "stat -c %s /root/large; cat /root/word")
        assert told.split() == [str(SIZE), "kept"]
        # The front ends first, so that the kill comes while machines end or the disk is packed.
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not server.healthy(), 60)
        server.kill()
        server.start()
        await_plane(server)
        wait_until(is_there, 120)
        assert execute(home, one, "cat", "/root/word") == "kept"
