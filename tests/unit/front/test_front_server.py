"""The front on real sockets, on both event loops."""

import http.server
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from juyong.front.limits import FrontLimits

LIMITS = {"head_seconds": 10, "handshake_seconds": 10, "body_idle_seconds": 10}


@contextmanager
def _upstream(handle):
    """Serve single connections on loopback with a function of the socket."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with sock:
                handle(sock)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _echo(sock):
    while data := sock.recv(65536):
        sock.sendall(data)


def test_http_is_served_and_kept_alive(serve):
    client = serve().dial()
    seen = [client.get(f"/a%2Fb{n}?c=d", host="RAM.aliyuncs.com").json() for n in range(3)]
    assert [each["path"] for each in seen] == ["/a%2Fb0", "/a%2Fb1", "/a%2Fb2"]
    assert seen[0] == {
        "method": "GET",
        "scheme": "http",
        "tls": None,
        "path": "/a%2Fb0",
        "query": "c=d",
        "hosts": ["RAM.aliyuncs.com"],
        "client": list(client.sock.getsockname()),
        "body_bytes": 0,
    }


def test_answers_carry_a_date_and_no_server_name(serve):
    headers = serve().dial().get("/").headers
    assert "date" in headers
    assert "server" not in headers


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "ram.aliyuncs.com", "p.cn-hangzhou.log.aliyuncs.com"]
)
def test_https_is_served_for_the_host_asked(serve, host):
    client = serve().secure(host)
    first, second = client.get("/", host=host).json(), client.get("/", host=host).json()
    assert first == second
    assert (first["scheme"], first["hosts"]) == ("https", [host])
    assert first["client"] == list(client.sock.getsockname())


@pytest.mark.parametrize(
    ("version", "number"), [(ssl.TLSVersion.TLSv1_2, 0x0303), (ssl.TLSVersion.TLSv1_3, 0x0304)]
)
def test_the_version_of_tls_is_told(serve, version, number):
    running = serve()
    context = running.trusting()
    context.minimum_version = context.maximum_version = version
    client = running.dial().secure(context, "localhost")
    running.opened.append(client)
    assert client.get("/").json()["tls"] == {"tls_version": number}


def test_https_for_a_foreign_host_does_not_verify(serve):
    with pytest.raises(ssl.SSLCertVerificationError):
        serve().secure("example.com")


def test_tls_port_speaks_tls_only(serve):
    running = serve(tls_port=0)
    assert running.front.tls_port not in (0, running.front.port)
    assert running.secure("localhost", running.front.tls_port).get("/").status == 200
    refused = running.dial(running.front.tls_port).get("/")
    assert (refused.status, refused.json()["Code"]) == (400, "TlsExpected")


def test_connect_to_an_alibaba_host_ends_here(serve):
    running = serve()
    client = running.dial()
    assert client.connect("bucket.oss-cn-hangzhou.aliyuncs.com:443") == (
        200,
        "Connection established",
    )
    inside = client.secure(running.trusting(), "bucket.oss-cn-hangzhou.aliyuncs.com")
    running.opened.append(inside)
    seen = [inside.get("/", host="bucket.oss-cn-hangzhou.aliyuncs.com").json() for _ in range(2)]
    assert seen[0]["scheme"] == "https"
    assert seen[0]["client"] == list(inside.sock.getsockname())
    assert seen[0]["hosts"] == ["bucket.oss-cn-hangzhou.aliyuncs.com"]


def test_connect_without_sni_gets_the_host_it_asked_for(serve):
    running = serve()
    client = running.dial()
    client.connect("kms.cn-hangzhou.aliyuncs.com:443")
    context = running.trusting()
    context.check_hostname = False
    inside = context.wrap_socket(client.sock)
    with inside:
        assert inside.getpeercert()["subjectAltName"] == (("DNS", "kms.cn-hangzhou.aliyuncs.com"),)


def test_client_hello_sent_with_the_connect_is_not_lost(serve):
    running = serve()
    client = running.dial()
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    inside = running.trusting().wrap_bio(received, sent, server_hostname="ram.aliyuncs.com")
    with pytest.raises(ssl.SSLWantReadError):
        inside.do_handshake()
    client.send(b"CONNECT ram.aliyuncs.com:443 HTTP/1.1\r\n\r\n" + sent.read())
    assert client.head()[0] == 200
    for _ in range(20):
        received.write(client._buffer or client.sock.recv(65536))
        client._buffer = b""
        try:
            inside.do_handshake()
            break
        except ssl.SSLWantReadError:
            client.send(sent.read())
    assert inside.getpeercert()["subjectAltName"] == (("DNS", "ram.aliyuncs.com"),)


def test_connect_arriving_in_pieces_is_understood(serve):
    running = serve()
    client = running.dial()
    for piece in (b"C", b"ONNE", b"CT ram.aliyuncs.com", b":80 HTTP/1.1\r\nHost: x\r", b"\n\r\n"):
        client.send(piece)
        running.taken(client)
        running.skip(1)
    assert client.head()[0] == 200
    assert client.get("/").json()["scheme"] == "http"


def test_connect_inside_a_connect_is_refused(serve):
    client = serve().dial()
    client.connect("ram.aliyuncs.com:80")
    assert client.connect("ram.aliyuncs.com:80")[0] == 400


def test_connect_to_a_foreign_host_is_refused_with_the_option_to_use(serve):
    client = serve().dial()
    client.send(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")
    answer = client.answer()
    assert answer.status == 403
    assert "--allow-host" in answer.reason
    assert "`--allow-host example.com`" in answer.json()["Message"]
    assert client.rest() == b""


@pytest.mark.parametrize("target", ["example.com", "example.com:0", "user@ram.aliyuncs.com:443"])
def test_malformed_connect_is_refused(serve, target):
    assert serve().dial().connect(target)[0] == 400


def test_switched_off_proxy_still_serves_directly(serve):
    running = serve(proxy_enabled=False)
    assert running.dial().connect("ram.aliyuncs.com:443")[0] == 403
    assert running.dial().get("http://ram.aliyuncs.com/").status == 403
    assert running.dial().get("/").status == 200


def test_alibaba_hosts_are_never_let_through(serve):
    client = serve(allow_hosts=frozenset({"*", "ram.aliyuncs.com"})).dial()
    assert client.connect("ram.aliyuncs.com:80")[0] == 200
    assert client.get("/").json()["hosts"] == ["ram.aliyuncs.com"]


def test_tunnel_carries_bytes_both_ways_and_half_closes(serve):
    running = serve(allow_hosts=frozenset({"127.0.0.1"}))
    payload = bytes(range(256)) * 16384
    with _upstream(_echo) as port:
        client = running.dial()
        assert client.connect(f"127.0.0.1:{port}")[0] == 200
        sender = threading.Thread(
            target=lambda: (client.send(payload), client.sock.shutdown(socket.SHUT_WR))
        )
        sender.start()
        assert client.rest() == payload
        sender.join()


def test_tunnel_slows_a_writer_whose_reader_does_not_read(serve):
    running = serve(allow_hosts=frozenset({"127.0.0.1"}))
    done = threading.Event()
    with _upstream(lambda _: done.wait(10)) as port:
        client = running.dial()
        client.connect(f"127.0.0.1:{port}")
        client.sock.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.send(bytes(64 * 1024 * 1024))
        done.set()


def test_silent_tunnel_is_closed(serve):
    running = serve(allow_hosts=frozenset({"127.0.0.1"}), limits={"tunnel_idle_seconds": 300})
    with _upstream(_echo) as port:
        client = running.dial()
        client.connect(f"127.0.0.1:{port}")
        running.skip(301)
        assert client.rest() == b""


def test_unreachable_allowed_host_is_a_bad_gateway(serve):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = serve(allow_hosts=frozenset({"127.0.0.1"}))
    assert running.dial().connect(f"127.0.0.1:{port}")[0] == 502
    assert running.dial().get(f"http://127.0.0.1:{port}/").status == 502


def test_absolute_form_reaches_the_platform_with_host_unchanged(serve):
    client = serve().dial()
    seen = client.get("http://ram.aliyuncs.com/p?Action=x", host="RAM.aliyuncs.com:80").json()
    assert (seen["path"], seen["query"]) == ("/p", "Action=x")
    assert (seen["hosts"], seen["scheme"]) == (["RAM.aliyuncs.com:80"], "http")
    assert client.get("http://kms.aliyuncs.com", host=None).json()["hosts"] == ["kms.aliyuncs.com"]
    assert client.get("/direct").json()["path"] == "/direct"
    assert client.get("http://example.com/").status == 403


def test_absolute_form_of_the_front_itself_is_served(serve):
    running = serve(tls_port=0)
    for host in ("127.0.0.1", "localhost"):
        url = f"http://{host}:{running.front.port}/health"
        assert running.dial().get(url).json()["path"] == "/health"
    assert running.dial().connect(f"localhost:{running.front.tls_port}")[0] == 200


def test_absolute_form_of_a_foreign_host_is_refused_with_the_option_to_use(serve):
    refused = serve().dial().get("http://example.com/", host="example.com")
    assert refused.status == 403
    assert "`--allow-host example.com`" in refused.json()["Message"]
    assert refused.headers["connection"] == "close"


def test_https_url_of_an_allowed_host_needs_connect(serve):
    running = serve(allow_hosts=frozenset({"example.com"}))
    assert running.dial().get("https://example.com/").json()["Code"] == "Proxy.ConnectNeeded"


@pytest.mark.parametrize(
    "url", ["ftp://ram.aliyuncs.com/", "http://u@ram.aliyuncs.com/", "nothing"]
)
def test_malformed_target_is_refused(serve, url):
    assert serve().dial().get(url).status == 400


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_metadata_address_is_answered_at_once(serve, method):
    client = serve(allow_hosts=frozenset({"*"})).dial()
    start = time.monotonic()
    client.send(f"{method} http://100.100.100.200/latest/api/token HTTP/1.1\r\n\r\n".encode())
    assert client.answer().status == 404
    assert time.monotonic() - start < 0.5


def test_metadata_address_is_no_tunnel(serve):
    assert serve(allow_hosts=frozenset({"*"})).dial().connect("100.100.100.200:80")[0] == 404


def test_connect_after_a_request_is_refused(serve):
    client = serve().dial()
    assert client.get("/").status == 200
    client.send(b"CONNECT ram.aliyuncs.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = client.answer()
    assert (answer.status, answer.json()["Code"]) == (400, "Proxy.NotATunnel")


class _Allowed(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        told = (
            f"{self.path} {self.headers['host']} {self.headers['x-kept']} {self.headers['x-hop']}"
        )
        answer = told.encode() + b" " + body
        self.send_response(201)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("X-Twice", "1")
        self.send_header("X-Twice", "2")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def test_absolute_form_of_an_allowed_host_is_fetched(serve):
    running = serve(allow_hosts=frozenset({"127.0.0.1"}))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Allowed) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        client = running.dial()
        for _ in range(2):
            client.send(
                f"POST http://127.0.0.1:{server.server_port}/a?b HTTP/1.1\r\nHost: given\r\n"
                "Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nX-Kept: 2\r\n"
                "Content-Length: 4\r\n\r\nbody".encode()
            )
            answer = client.answer()
            assert (answer.status, answer.body) == (201, b"/a?b given 2 None body")
        running.call(running.front.stop(1))
        server.shutdown()
        thread.join()


SLOW = {
    "silence": b"",
    "first line": b"GET / HT",
    "headers": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half a CONNECT": b"CONN",
    "CONNECT head": b"CONNECT ram.aliyuncs.com:443 HTTP/1.1\r\n",
    "half a ClientHello": b"\x16\x03\x01\x02\x00",
    "body": b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
    "second head": b"GET / HTTP/1.1\r\n\r\nGET / H",
}


@pytest.mark.parametrize("opening", SLOW.values(), ids=SLOW)
def test_slow_client_is_closed(serve, opening):
    running = serve(limits=LIMITS)
    client = running.dial()
    client.send(opening)
    running.taken(client)
    running.skip(9)
    assert running.front._open
    running.skip(2)
    client.rest()


def test_dripping_head_does_not_extend_its_time(serve):
    running = serve(limits=LIMITS)
    client = running.dial()
    for byte in b"GET / HTTP/1.1":
        client.send(bytes([byte]))
        running.taken(client)
        running.skip(0.8)
    client.sock.settimeout(3)  # less than its time would be from the last byte
    assert client.answer().status == 408


def test_silence_after_the_handshake_is_closed(serve):
    running = serve(limits=LIMITS)
    client = running.secure("localhost")
    running.taken(client)
    running.skip(11)
    assert client.rest() == b""


def test_slow_head_is_told_so(serve):
    running = serve(limits=LIMITS)
    client = running.dial()
    client.send(b"GET / HTTP/1.1\r\n")
    running.taken(client)
    running.skip(11)
    assert client.answer().status == 408


def test_steady_body_may_take_longer_than_its_idle_time(serve):
    running = serve(limits=LIMITS)
    client = running.dial()
    client.send(b"POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\n")
    for _ in range(8):
        running.taken(client)
        running.skip(5)
        client.send(b"x")
    assert client.answer().json()["body_bytes"] == 8


def test_slow_answer_is_not_cut_by_the_next_head(serve):
    running = serve(limits=LIMITS)
    client = running.dial()
    client.send(b"GET /held HTTP/1.1\r\n\r\nGET / H")
    running.hold()
    running.taken(client)
    running.skip(25)
    running.let_go()
    assert client.answer().json()["path"] == "/held"


def _padded(size):
    return "X-Pad: " + "p" * (size - 9) + "\r\n"


def test_head_within_the_limit_is_served(serve):
    running = serve(limits={"head_bytes": 4096})
    client = running.dial()
    for _ in range(2):
        assert client.get("/", extra=_padded(4000)).status == 200


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("piece", [1000, 100_000])
def test_head_beyond_thrice_the_limit_is_refused(serve, first, piece):
    running = serve(limits={"head_bytes": 4096})
    client = running.dial()
    if not first:
        client.get("/")
    head = f"GET / HTTP/1.1\r\n{_padded(13000)}\r\n".encode()
    with suppress(ConnectionError):
        # The refusal comes before the end of the head, and closes the connection.
        for start in range(0, len(head), piece):
            client.send(head[start : start + piece])
            running.taken(client)
    assert client.answer().status == 431


def test_endless_header_is_refused(serve):
    client = serve(limits={"head_bytes": 4096}).dial()
    client.send(b"GET / HTTP/1.1\r\nX: " + b"y" * 8192)
    assert client.answer().status == 431


def test_oversize_connect_head_is_refused(serve):
    head = b"CONNECT ram.aliyuncs.com:80 HTTP/1.1\r\nX: "
    limit = FrontLimits().connect_head_bytes
    running = serve()
    fits, beyond = running.dial(), running.dial()
    fits.send(head + b"y" * (limit - len(head)) + b"\r\n\r\n")
    assert fits.head()[0] == 200
    beyond.send(head + b"y" * (limit - len(head) + 1) + b"\r\n\r\n")
    assert beyond.answer().status == 431


def test_body_after_a_large_chunk_is_whole(serve):
    client = serve(limits={"head_bytes": 4096}).dial()
    for _ in range(2):
        client.send(b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000_000))
        assert client.answer().json()["body_bytes"] == 1_000_000


def test_head_cut_behind_a_large_body_is_not_mistaken_for_a_large_head(serve):
    running = serve(limits={"head_bytes": 4096})
    client = running.dial()
    client.send(b"POST / HTTP/1.1\r\nContent-Length: 4000\r\n\r\n" + bytes(4000) + b"GET /x HT")
    assert client.answer().json()["body_bytes"] == 4000
    running.turns()
    client.send(b"TP/1.1\r\n" + _padded(3000).encode() + b"\r\n")
    assert client.answer().json()["path"] == "/x"


def test_garbage_is_refused(serve):
    assert serve().dial().get("\0\0").status == 400


def test_connections_beyond_the_limit_wait(serve):
    running = serve(limits={"max_connections": 2})
    first, second, third = (running.dial() for _ in range(3))
    assert first.get("/").status == 200
    assert second.get("/").status == 200
    third.send(b"GET /third HTTP/1.1\r\nHost: x\r\n\r\n")
    third.sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        third.answer()
    first.close()
    third.sock.settimeout(10)
    assert third.answer().json()["path"] == "/third"


def test_every_ended_connection_is_counted_out(serve):
    running = serve(limits={"max_connections": 3, **LIMITS})
    for _ in range(3):
        with pytest.raises(ssl.SSLError):
            running.secure("example.com")
        running.dial().close()
        running.dial().connect("example.com:443")
        with running.dial() as client:
            assert client.get("/").status == 200
        running.secure("localhost").close()
    running.skip(11)
    assert running.ends()


def test_stop_lets_requests_finish_and_closes_idle_connections(serve):
    running = serve()
    busy, idle, silent = running.dial(), running.dial(), running.dial()
    assert idle.get("/").status == 200
    busy.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
    running.hold()
    start = time.monotonic()
    stopping = running.begin(running.front.stop(5))
    assert idle.rest() == b""
    assert silent.rest() == b""
    running.let_go()
    answer = busy.answer()
    assert answer.json()["path"] == "/held"
    assert answer.headers["connection"] == "close"
    stopping.result(5)
    assert time.monotonic() - start < 2
    with pytest.raises(ConnectionRefusedError):
        running.dial()


def test_stop_cuts_what_outlasts_the_grace(serve):
    running = serve(allow_hosts=frozenset({"127.0.0.1"}))
    with _upstream(_echo) as port:
        busy, tunnel = running.dial(), running.dial()
        busy.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        assert tunnel.connect(f"127.0.0.1:{port}")[0] == 200
        running.hold()
        start = time.monotonic()
        running.call(running.front.stop(0.1))
        assert 0.09 < time.monotonic() - start < 2
        assert busy.rest().startswith(b"HTTP/1.1 500 ")
        assert tunnel.rest() == b""


def test_taken_port_is_an_error(serve):
    running = serve()
    with pytest.raises(OSError, match="in use"):
        serve(port=running.front.port)


def test_pipelined_requests_are_answered_in_their_order(serve):
    running = serve()
    with running.dial() as client:
        heads = [f"GET /{name} HTTP/1.1\r\nHost: x\r\n\r\n" for name in ("held", "b", "c", "d")]
        client.send("".join(heads).encode())
        running.hold()
        running.taken(client)
        running.let_go()
        assert [client.answer().json()["path"] for _ in heads] == ["/held", "/b", "/c", "/d"]


def test_connection_outlives_a_body_that_nobody_waited_for(serve):
    with serve().dial() as client:
        client.send(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        assert client.answer().status == 200
        client.send(b"body")
        assert client.get("/next").json()["path"] == "/next"


def test_offered_upgrade_is_ignored(serve):
    with serve().dial() as client:
        client.send(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert client.answer().json()["path"] == "/a"


def test_a_further_listener_is_served_until_the_front_leaves(serve):
    running = serve()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    async def listen():
        running.front.listen_also(listener)

    async def leave():
        running.front.leave(listener)
        running.front.leave(listener)

    running.call(listen())
    client = running.dial(port)
    assert client.get("/inside").json()["path"] == "/inside"
    running.call(leave())
    assert client.get("/still").json()["path"] == "/still"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)
    assert running.dial().get("/").status == 200


def test_a_further_listener_may_have_an_application_of_its_own(serve):
    async def other(_scope, _receive, send):
        await send(
            {"type": "http.response.start", "status": 418, "headers": [(b"content-length", b"0")]}
        )
        await send({"type": "http.response.body", "body": b""})

    running = serve()
    listener = socket.create_server(("127.0.0.1", 0))

    async def listen():
        running.front.listen_also(listener, other)

    running.call(listen())
    client = running.dial(listener.getsockname()[1])
    answer = client.get("/latest/meta-data/")
    assert answer.status == 418
    assert "date" in answer.headers
    assert running.dial().get("/").status == 200
