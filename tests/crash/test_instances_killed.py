"""A server of root is killed: its instances go on, and the next server has them; a stop ends them."""

import http.client
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428 import models as v
from alibabacloud_vpc20160428.client import Client as VpcClient
from tests.crash.server import ServerProcess
from tests.networks import REGION, ZONE
from tests.unit.netplane.lasting import NEEDED, guests, room_of
from tests.unit.netplane.test_ends import gone
from tests.waiting import wait_until

IMAGE = "ubuntu_22_04_x64_20G_alibase_20240710.vhd"


def config(server: ServerProcess) -> Config:
    return Config(
        access_key_id=server.credentials.access_key_id,
        access_key_secret=server.credentials.secret,
        http_proxy=f"http://127.0.0.1:{server.port}",
        protocol="http",
        region_id=REGION,
    )


def instance(server: ServerProcess) -> str:
    """Make a VPC and an instance that runs, by the SDK."""
    vpc = VpcClient(config(server))
    made = vpc.create_vpc(v.CreateVpcRequest(region_id=REGION, cidr_block="10.0.0.0/16")).body
    asked = v.CreateVSwitchRequest(
        region_id=REGION, zone_id=ZONE, vpc_id=made.vpc_id, cidr_block="10.0.1.0/24"
    )
    vswitch = vpc.create_vswitch(asked).body.v_switch_id
    ecs = Client(config(server))
    group = ecs.create_security_group(
        m.CreateSecurityGroupRequest(region_id=REGION, vpc_id=made.vpc_id)
    ).body.security_group_id
    run = m.RunInstancesRequest(
        region_id=REGION,
        image_id=IMAGE,
        instance_type="ecs.c6.large",
        v_switch_id=vswitch,
        security_group_id=group,
    )
    (found,) = ecs.run_instances(run).body.instance_id_sets.instance_id_set
    return str(found)


def execute(home: Path, instance_id: str, *words: str) -> str:
    command = [sys.executable, "-m", "juyong.cli.start", "ecs", "exec", "--home", str(home)]
    done = subprocess.run(
        [*command, instance_id, "--", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def state(server: ServerProcess) -> str:
    """How the plane does, as /health shows it."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, 15)) as connection:
        connection.request("GET", "/health")
        told = json.loads(connection.getresponse().read())
    found: str = told.get("dataplane", "starting")
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_instances_go_on_when_the_server_is_killed_and_end_when_it_stops(home: Path) -> None:
    with ServerProcess(home) as server:
        one = instance(server)
        wait_until(lambda: state(server) not in ("idle", "starting"), 30)
        if not state(server).startswith("running"):
            pytest.skip(f"{NEEDED}: {state(server)}")
        line = (
            "setsid sleep 600 </dev/null >/dev/null 2>&1 & echo $! > /run/pid; echo kept > /root/x"
        )
        execute(home, one, "sh", "-c", line)
        folder = home / "planes" / "dataplane"
        if not (folder / "room").exists():
            pytest.skip(NEEDED)
        before = guests(folder)
        assert before.keys() == {one}
        server.kill()
        assert not gone(before.values())
        server.start()
        wait_until(lambda: state(server).startswith("running"), 30)
        told = execute(home, one, "sh", "-c", "cat /proc/$(cat /run/pid)/comm /root/x; id -u")
        assert told.split() == ["sleep", "kept", "0"]
        assert guests(folder) == before
        # The metadata of the instance is served anew.
        address = "http://100.100.100.200/latest/meta-data/instance-id"
        assert execute(home, one, "curl", "-s", "--max-time", "10", address) == one
    assert not room_of(folder).exists()
    wait_until(lambda: gone(before.values()))
    assert list((folder / "disks").iterdir()) == []


def test_an_instance_that_is_not_wanted_any_more_ends_with_the_next_server(home: Path) -> None:
    with ServerProcess(home) as server:
        one = instance(server)
        wait_until(lambda: state(server) not in ("idle", "starting"), 30)
        if not state(server).startswith("running") or not (home / "planes/dataplane/room").exists():
            pytest.skip(f"{NEEDED}: {state(server)}")
        folder = home / "planes" / "dataplane"
        before = guests(folder)
        server.kill()
        off = ServerProcess(home, {"JUYONG_PLANES_OFF": "dataplane"})
        with off:
            Client(config(off)).stop_instance(m.StopInstanceRequest(instance_id=one))
            # A server without the plane ends what is left, since nothing looks after it.
            wait_until(lambda: gone(before.values()) and not room_of(folder).exists(), 30)
            assert state(off).startswith("none")
