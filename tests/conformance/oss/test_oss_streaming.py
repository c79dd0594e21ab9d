"""Bodies on their way, both ways, through a server process: bounded, whole or not at all."""

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.crash.server import ServerProcess
from tests.oss_client import OssClient, signed_headers
from tests.oss_forms import BOUNDARY, body_of, policy_of, signed_v1
from tests.waiting import wait_until

MIB = 1024 * 1024
BUCKET = "streamed"
BODY = os.urandom(6 * MIB + 12_345)
MOST_MORE = 32 * MIB
"""What a body on its way may add to the memory of an idle server."""
_PATIENCE = 20.0
_UNTIL_CLOSED = ("01", "08")
"""The states of a connection that the server has not closed: established, and closed by a client."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("streaming") / "home") as running:
        client = OssClient(running.port, running.credentials)
        client.done("PUT", BUCKET)
        client.done("PUT", BUCKET, "there", body=BODY)
        assert client.done("GET", BUCKET, "there").body == BODY
        client.close()
        yield running


@pytest.fixture
def client(server: ServerProcess) -> Iterator[OssClient]:
    made = OssClient(server.port, server.credentials)
    yield made
    made.close()


def status_of(server: ServerProcess, field: str) -> int:
    assert server.process is not None
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])


def resident(server: ServerProcess) -> int:
    return status_of(server, "VmRSS:") * 1024


def held(server: ServerProcess) -> int:
    """Count the blobs that the server has open, and its connections; what else it opens may stay."""
    assert server.process is not None
    count = 0
    for each in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            count += each.readlink().is_relative_to(server.home / "blobs")
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        count += local.endswith(f":{server.port:04X}") and state in _UNTIL_CLOSED
    return count


@contextmanager
def memory_bounded(server: ServerProcess) -> Iterator[None]:
    """Look at the server's memory all the while."""
    before, most, stop = resident(server), [0], threading.Event()

    def look() -> None:
        while not stop.wait(0.1):
            most[0] = max(most[0], resident(server))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
    assert most[0] - before <= MOST_MORE, f"{(most[0] - before) // MIB} MiB more"


def files(server: ServerProcess, folder: str = "") -> int:
    there = (server.home / "blobs" / folder).rglob("*")
    return sum(len(path.name) == 32 for path in there)


def begun(server: ServerProcess, key: str, length: int, *, method: str = "PUT") -> socket.socket:
    """Send the head of a call."""
    signed = signed_headers(server.credentials, method, f"/{BUCKET}/{key}")
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    sock = socket.create_connection(("127.0.0.1", server.port), _PATIENCE)
    head = f"{method} /{BUCKET}/{key} HTTP/1.1\r\nhost: 127.0.0.1\r\n{lines}"
    sock.sendall(f"{head}content-length: {length}\r\n\r\n".encode())
    return sock


@contextmanager
def answer_on(sock: socket.socket) -> Iterator[http.client.HTTPResponse]:
    """Read the answer, and hang up."""
    with sock, http.client.HTTPResponse(sock) as answer:
        answer.begin()
        yield answer


def is_absent(client: OssClient, key: str) -> bool:
    return client.call("HEAD", BUCKET, key).status == 404


def hundred_bytes_are_served(client: OssClient) -> None:
    client.done("PUT", BUCKET, "little", body=b"x" * 100)
    assert client.done("GET", BUCKET, "little").body == b"x" * 100


def test_memory_does_not_grow_with_the_body(server: ServerProcess, client: OssClient) -> None:
    mebibytes = 200
    block = os.urandom(MIB)
    length = {"content-length": str(mebibytes * MIB)}
    with memory_bounded(server):
        parts = (block for _ in range(mebibytes))
        client.done("PUT", BUCKET, "large", body=parts, headers=length)
        with client.begin("GET", BUCKET, "large") as answer:
            for _ in range(mebibytes):
                assert answer.read(MIB) == block
            assert answer.read() == b""
    client.done("DELETE", BUCKET, "large")


def test_bodies_on_their_way_take_no_room_from_other_calls(
    server: ServerProcess, client: OssClient
) -> None:
    """Together they are longer than what all requests may hold, and none makes room."""
    length = 8 * MIB
    before = resident(server)
    socks = [begun(server, f"many-{number}", length) for number in range(10)]
    for sock in socks:
        sock.sendall(bytes(length - 1))
    hundred_bytes_are_served(client)
    # Some copies of a block for each, and never the whole of any.
    assert resident(server) - before < 10 * 5 * MIB
    for sock in socks:
        sock.sendall(b"\0")
        with answer_on(sock) as answer:
            assert answer.status == 200
    assert len(client.done("GET", BUCKET, "many-9").body) == length


def test_a_slow_body_arrives_whole(server: ServerProcess, client: OssClient) -> None:
    sock = begun(server, "slow", len(BODY))
    for start in range(0, len(BODY), 700_000):
        sock.sendall(BODY[start : start + 700_000])
        if start == 2_100_000:
            wait_until(lambda: files(server, "arriving") == 1, _PATIENCE)
            hundred_bytes_are_served(client)
            assert is_absent(client, "slow")
    with answer_on(sock) as answer:
        assert answer.status == 200
    assert client.done("GET", BUCKET, "slow").body == BODY


def test_a_body_without_a_length_arrives_whole(client: OssClient) -> None:
    parts = (BODY[start : start + 99_999] for start in range(0, len(BODY), 99_999))
    client.done("PUT", BUCKET, "chunked", body=parts)
    assert client.done("GET", BUCKET, "chunked").body == BODY


def test_a_slow_reader_is_waited_for(server: ServerProcess, client: OssClient) -> None:
    with memory_bounded(server):
        socks = [begun(server, "there", 0, method="GET") for _ in range(5)]
        for sock in socks:
            assert sock.recv(1, socket.MSG_PEEK), "no answer begins"
        hundred_bytes_are_served(client)
        for sock in socks:
            with answer_on(sock) as answer:
                assert answer.read() == BODY


@pytest.mark.parametrize("sent", [100, 20_000, MIB, 3 * MIB + 5])
def test_a_client_that_leaves_in_the_middle_of_a_put_leaves_nothing(
    server: ServerProcess, client: OssClient, sent: int
) -> None:
    before, opened = files(server), held(server)
    sock = begun(server, "left", len(BODY))
    sock.sendall(BODY[:sent])
    if sent > MIB:
        wait_until(lambda: files(server, "arriving") == 1, _PATIENCE)
    sock.close()
    wait_until(lambda: held(server) <= opened, _PATIENCE)
    wait_until(lambda: files(server, "arriving") == 0, _PATIENCE)
    # Fewer, when the removal of what an earlier test deleted comes between.
    assert files(server) <= before
    assert is_absent(client, "left")


def test_a_client_that_leaves_in_the_middle_of_a_get_is_forgotten(
    server: ServerProcess, client: OssClient
) -> None:
    hundred_bytes_are_served(client)
    opened = held(server)
    for _ in range(5):
        sock = begun(server, "there", 0, method="GET")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
        sock.close()
    wait_until(lambda: held(server) <= opened, _PATIENCE)
    assert client.done("GET", BUCKET, "there").body == BODY


@pytest.mark.parametrize("block", [0, 2, 6])
def test_a_damaged_block_breaks_the_connection(
    server: ServerProcess, client: OssClient, block: int
) -> None:
    before = {path for path in (server.home / "blobs").rglob("*") if len(path.name) == 32}
    client.done("PUT", BUCKET, "damaged", body=BODY)
    after = {path for path in (server.home / "blobs").rglob("*") if len(path.name) == 32}
    (path,) = after - before
    sealed = bytearray(path.read_bytes())
    sealed[block * (MIB + 16) + 1000] ^= 1
    path.write_bytes(sealed)
    sock = begun(server, "damaged", 0, method="GET")
    with answer_on(sock) as answer:
        with pytest.raises(http.client.IncompleteRead) as cut:
            answer.read()
        assert cut.value.partial == BODY[: block * MIB]
        assert sock.recv(1) == b"", "the connection goes on behind half an answer"
    hundred_bytes_are_served(client)


def test_head_tells_the_length_and_sends_nothing(client: OssClient) -> None:
    for _ in range(2):
        answer = client.done("HEAD", BUCKET, "there")
        assert (answer.headers["content-length"], answer.body) == (str(len(BODY)), b"")
    hundred_bytes_are_served(client)


def test_the_connection_is_clear_after_a_refused_body(
    server: ServerProcess, client: OssClient
) -> None:
    """The rest of the body is thrown away, and never taken for a request; or the answer says so."""
    before = files(server)
    evil = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n" * 60_000
    for _ in range(2):
        answer = client.call("PUT", "no-such-bucket", "key", body=evil)
        assert (answer.status, b"NoSuchBucket" in answer.body) == (404, True)
        hundred_bytes_are_served(client)
    wrong = {"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
    answer = client.call("PUT", BUCKET, "refused", body=BODY, headers=wrong)
    assert answer.status == 400
    hundred_bytes_are_served(client)
    assert is_absent(client, "refused")
    # Fewer, when the removal of what an earlier test deleted comes between.
    wait_until(lambda: files(server) <= before, _PATIENCE)


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(server: ServerProcess) -> None:
    sock = begun(server, "endless", 5 * 1024 * MIB + 1)
    with answer_on(sock) as answer:
        assert answer.status == 400
        assert b"EntityTooLarge" in answer.read()
    assert files(server, "arriving") == 0


def form_of(server: ServerProcess, key: str, *, secret: str = "", most: int = 1024 * MIB) -> bytes:
    """Return a form up to its file."""
    keys = server.credentials
    policy = policy_of(["content-length-range", 0, most])
    fields = {"key": key, **signed_v1(keys.access_key_id, secret or keys.secret, policy)}
    return body_of(fields, b"").partition(b"\r\n\r\n\r\n--")[0] + b"\r\n\r\n"


END = f"\r\n--{BOUNDARY}--\r\n".encode()


def posted(server: ServerProcess, form: bytes, length: int) -> socket.socket:
    """Send the head of a call and the fields of a form, whose file has a length."""
    sock = socket.create_connection(("127.0.0.1", server.port), _PATIENCE)
    head = (
        f"POST /{BUCKET} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"content-type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"content-length: {len(form) + length + len(END)}\r\n\r\n"
    )
    sock.sendall(head.encode() + form)
    return sock


def test_memory_does_not_grow_with_the_file_of_a_form(
    server: ServerProcess, client: OssClient
) -> None:
    mebibytes = 100
    block = os.urandom(MIB)
    with memory_bounded(server):
        sock = posted(server, form_of(server, "form"), mebibytes * MIB)
        for _ in range(mebibytes):
            sock.sendall(block)
        sock.sendall(END)
        with answer_on(sock) as answer:
            assert answer.status == 204
    with client.begin("GET", BUCKET, "form") as answer:
        for _ in range(mebibytes):
            assert answer.read(MIB) == block
        assert answer.read() == b""
    client.done("DELETE", BUCKET, "form")


def test_a_form_is_refused_before_its_file_is_sent(
    server: ServerProcess, client: OssClient
) -> None:
    before = files(server)
    sock = posted(server, form_of(server, "refused", secret="wrong"), 500 * MIB)
    with answer_on(sock) as answer:
        assert answer.status == 403
        assert b"SignatureDoesNotMatch" in answer.read()
    assert files(server) <= before
    assert files(server, "arriving") == 0
    hundred_bytes_are_served(client)


def test_a_file_that_grows_too_long_is_refused_when_it_does(
    server: ServerProcess, client: OssClient
) -> None:
    sock = posted(server, form_of(server, "long", most=3 * MIB), 500 * MIB)
    sock.sendall(bytes(3 * MIB + 1000))
    with answer_on(sock) as answer:
        assert answer.status == 400
        assert b"<Code>EntityTooLarge<" in answer.read()
    wait_until(lambda: files(server, "arriving") == 0, _PATIENCE)
    assert is_absent(client, "long")


@pytest.mark.parametrize("sent", [0, 100, 20_000, 3 * MIB + 5])
def test_a_client_that_leaves_in_the_middle_of_a_form_leaves_nothing(
    server: ServerProcess, client: OssClient, sent: int
) -> None:
    before, opened = files(server), held(server)
    sock = posted(server, form_of(server, "left"), len(BODY))
    sock.sendall(BODY[:sent])
    if sent > MIB:
        wait_until(lambda: files(server, "arriving") == 1, _PATIENCE)
    sock.close()
    wait_until(lambda: held(server) <= opened, _PATIENCE)
    wait_until(lambda: files(server, "arriving") == 0, _PATIENCE)
    assert files(server) <= before
    assert is_absent(client, "left")


def test_the_connection_is_clear_after_a_form(server: ServerProcess) -> None:
    """What stands behind the last boundary is no request."""
    evil = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n" * 1000
    form = form_of(server, "clear")
    sock = posted(server, form, 4 + len(evil))
    sock.sendall(b"body" + END + evil)
    with sock, http.client.HTTPResponse(sock) as answer:
        answer.begin()
        assert (answer.status, answer.read()) == (204, b"")
        sock.sendall(b"GET /no-such-bucket HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        with http.client.HTTPResponse(sock) as second:
            second.begin()
            assert second.status == 404
            assert b"NoSuchBucket" in second.read()
