"""A platform whose blobs are in another store, when either of the two fails; and its memory."""

import http.client
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.conformance.oss.test_oss_streaming import (
    BODY,
    BUCKET,
    MIB,
    answer_on,
    begun,
    is_absent,
    memory_bounded,
)
from tests.crash.homes import Home
from tests.crash.server import ServerProcess
from tests.oss_client import OssClient
from tests.stores import KINDS, Store, juyong_store, moto_store
from tests.waiting import wait_until

from juyong.app.home import open_home
from juyong.app.keys import open_keys
from juyong.app.settings import Settings
from juyong.app.state import State, backup, check, restore
from juyong.base.clock import Instant, system_clock
from juyong.blobs.checks import UNKNOWN_SECONDS

PREFIX = "platform/"
_PATIENCE = 20.0


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with moto_store() if request.param == "s3" else juyong_store(tmp_path / "second") as found:
        yield found


@pytest.fixture
def settings(store: Store, tmp_path: Path) -> dict[str, str]:
    return store.settings(tmp_path / "keys", PREFIX)


@pytest.fixture
def server(settings: dict[str, str], tmp_path: Path) -> Iterator[ServerProcess]:
    environment = {f"JUYONG_{name.upper()}": value for name, value in settings.items()}
    with ServerProcess(tmp_path / "home", environment) as running:
        yield running


@pytest.fixture
def client(server: ServerProcess) -> Iterator[OssClient]:
    made = OssClient(server.port, server.credentials)
    made.done("PUT", BUCKET)
    made.done("PUT", BUCKET, "there", body=BODY)
    yield made
    made.close()


def state_of(server: ServerProcess, settings: dict[str, str]) -> State:
    home = open_home(server.home)
    return State(home=home, settings=Settings(**settings), keys=open_keys(home))  # type: ignore[arg-type]


def found(state: State, now: int) -> list[tuple[str, str]]:
    return [(each.code, each.severity) for each in check(state, now=Instant(now))]


def names(store: Store) -> list[str]:
    return [seen.name for seen in store.bucket(PREFIX).objects("").seen if seen.name != "owner"]


def uploads(store: Store) -> int:
    return len(store.bucket(PREFIX).uploads("", None).seen)


def refused(client: OssClient, method: str, key: str, body: bytes = b"") -> None:
    answer = client.call(method, BUCKET, key, body=body)
    assert answer.status == 503, answer
    assert b"<Code>ServiceUnavailable<" in answer.body
    assert b"<EC>0016-00000001<" in answer.body


def test_memory_does_not_grow_with_the_body(
    store: Store, server: ServerProcess, client: OssClient
) -> None:
    mebibytes, block = 200, os.urandom(MIB)
    # For each block that is read, moto goes through the whole object.
    read = 5 if store.kind == "s3" else mebibytes
    assert client.done("GET", BUCKET, "there").body == BODY
    with memory_bounded(server):
        parts = (block for _ in range(mebibytes))
        length = {"content-length": str(mebibytes * MIB)}
        client.done("PUT", BUCKET, "large", body=parts, headers=length)
        with client.begin("GET", BUCKET, "large") as answer:
            for _ in range(read):
                assert answer.read(MIB) == block


def test_a_store_that_goes_away_loses_nothing(
    store: Store, server: ServerProcess, client: OssClient
) -> None:
    client.done("PUT", BUCKET, "little", body=b"x" * 100)
    sock = begun(server, "cut", len(BODY))
    sock.sendall(BODY[: 5 * MIB])
    reading = begun(server, "there", 0, method="GET")
    assert reading.recv(1, socket.MSG_PEEK)
    store.server.kill()
    sock.sendall(BODY[5 * MIB :])
    with answer_on(sock) as answer:
        assert answer.status == 503
    with answer_on(reading) as answer:
        try:
            got = answer.read()
        except http.client.IncompleteRead as cut:
            got = cut.partial
    assert BODY.startswith(got), "other bytes than were stored"
    refused(client, "GET", "there")
    refused(client, "PUT", "there", bytes(MIB))
    assert is_absent(client, "cut")
    assert client.done("GET", BUCKET, "little").body == b"x" * 100
    client.done("DELETE", BUCKET, "little")
    if isinstance(store.server, ServerProcess):
        store.server.start()
        wait_until(lambda: client.call("GET", BUCKET, "there").body == BODY, _PATIENCE)
        client.done("PUT", BUCKET, "cut", body=BODY)
        assert client.done("GET", BUCKET, "cut").body == BODY


def test_a_call_that_is_refused_sends_no_body_to_a_store_that_is_away(
    store: Store, server: ServerProcess, client: OssClient
) -> None:
    store.server.kill()
    refused(client, "GET", "there")
    sock = begun(server, "never", 100 * MIB)
    with answer_on(sock) as answer:
        assert answer.status == 503


def test_a_platform_that_is_killed_in_a_put_leaves_no_half(
    store: Store, server: ServerProcess, client: OssClient, settings: dict[str, str]
) -> None:
    before = names(store)
    sock = begun(server, "killed", len(BODY))
    sock.sendall(BODY[: 6 * MIB])
    wait_until(lambda: uploads(store) == 1, _PATIENCE)
    server.kill()
    sock.close()
    assert names(store) == before, "half an object can be seen"
    store.bucket(PREFIX).put("ab" * 16, b"put whole, and its row was not committed")
    state, now = state_of(server, settings), system_clock()
    assert found(state, now) == []
    late = now + UNKNOWN_SECONDS + 60
    assert found(state, late) == [("blob-file-unknown", "notice")]
    swept(state, late)
    assert (names(store), uploads(store), found(state, late)) == (before, 0, [])
    server.start()
    again = OssClient(server.port, server.credentials)
    assert is_absent(again, "killed")
    assert again.done("GET", BUCKET, "there").body == BODY
    again.close()


def swept(state: State, now: int) -> None:
    """Run the job that removes what no row knows."""
    from juyong.api.bench import Bench
    from juyong.app.platform import open_platform
    from juyong.worker.blobs import remove_unknown

    running = open_platform(state.home.path, settings=state.settings)
    try:
        platform = running.pipeline.platform
        bench = Bench(
            call=running.store.call, clock=lambda: Instant(now), platform=platform, job="blobs"
        )
        remove_unknown(bench)
    finally:
        running.close()


def test_a_home_that_names_the_place_of_another_is_warned(
    server: ServerProcess, client: OssClient, tmp_path: Path
) -> None:
    assert "cannot be used" not in server.log.read_text()
    with ServerProcess(tmp_path / "other", server.environment) as other:
        wait_until(lambda: "hold the blobs of another home" in other.log.read_text(), _PATIENCE)
        with closing(OssClient(other.port, other.credentials)) as there:
            there.done("PUT", BUCKET)
            refused(there, "PUT", "there", BODY)
    assert client.done("GET", BUCKET, "there").body == BODY


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_a_blob_that_was_tampered_with_gives_out_nothing(
    store: Store, server: ServerProcess, client: OssClient, settings: dict[str, str], damage: str
) -> None:
    (name,) = names(store)
    bucket = store.bucket(PREFIX)
    sealed = bytearray(bucket.get(name, 0, 2 * len(BODY)))
    sealed[MIB + 16 + 9] ^= 1
    if damage == "missing":
        bucket.delete(name)
    else:
        bucket.put(name, bytes(sealed if damage == "flipped" else sealed[: 2 * MIB]))
    sock = begun(server, "there", 0, method="GET")
    with answer_on(sock) as answer:
        with pytest.raises(http.client.IncompleteRead) as cut:
            answer.read()
        assert cut.value.partial == (b"" if damage == "missing" else BODY[:MIB])
    code = {"flipped": "damaged", "cut": "file-length", "missing": "file-missing"}[damage]
    assert found(state_of(server, settings), system_clock()) == [(f"blob-{code}", "damage")]


def test_an_archive_holds_what_the_bucket_holds(
    store: Store,
    server: ServerProcess,
    client: OssClient,
    settings: dict[str, str],
    tmp_path: Path,
) -> None:
    client.done("PUT", BUCKET, "short", body=BODY[:MIB])
    state = state_of(server, settings)
    backup(state, tmp_path / "a.jyb")
    for key in ("there", "short"):
        client.done("DELETE", BUCKET, key)
    bucket, kept = store.bucket(PREFIX), names(store)
    bucket.delete(kept[0])
    bucket.put(kept[1], b"damaged")
    restore(state, tmp_path / "a.jyb")
    assert client.done("GET", BUCKET, "there").body == BODY
    assert client.done("GET", BUCKET, "short").body == BODY[:MIB]
    assert (names(store), uploads(store)) == (kept, 0)
    assert found(state, system_clock()) == []
    # Back onto the disk: the same archive, without the setting.
    disk = state_of(server, {})
    restore(disk, tmp_path / "a.jyb")
    assert found(disk, system_clock()) == []


def test_bodies_from_before_the_setting_move_to_the_bucket(
    store: Store, settings: dict[str, str], tmp_path: Path
) -> None:
    """The process that moves them is killed in between, and everything can be read all the while."""
    home = Home(tmp_path / "home", blobs=settings)
    with (
        Home(tmp_path / "home").server() as before,
        closing(OssClient(before.port, before.credentials)) as client,
    ):
        client.done("PUT", BUCKET)
        for number in range(6):
            client.done("PUT", BUCKET, f"k{number}", body=BODY[number:])
    folder = home.path / "blobs"
    with (
        home.server() as server,
        closing(OssClient(server.port, server.credentials)) as client,
    ):

        def read() -> None:
            for number in range(6):
                assert client.done("GET", BUCKET, f"k{number}").body == BODY[number:]

        wait_until(lambda: names(store), 2 * _PATIENCE)
        server.kill()
        server.start()
        read()
        with home.housekeeper() as keeper:
            wait_until(lambda: not keeper.tell("moved"), _PATIENCE)
        assert not list(folder.glob("??/*"))
        read()
        assert len(names(store)) == 6
    state = State(
        home=open_home(home.path),
        settings=Settings(**settings),
        keys=open_keys(open_home(home.path)),
    )  # type: ignore[arg-type]
    late = system_clock() + UNKNOWN_SECONDS + 60
    swept(state, late)
    assert (found(state, late), uploads(store), len(names(store))) == ([], 0, 6)
