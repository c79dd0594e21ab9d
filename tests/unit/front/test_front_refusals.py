"""Whatever the front refuses, an SDK can read: code, message, request id and host."""

import json
import re
import socket
import xml.etree.ElementTree as ET

import pytest

from juyong.gateway.asgi import Application


class NoStreams:
    """A pipeline that no request reaches."""

    def streams(self, _head):
        return False


LIMITS = {"head_seconds": 10, "handshake_seconds": 10, "body_idle_seconds": 10}
REQUEST_ID = r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"
HOST = "Host: ram.aliyuncs.com\r\n"


def check(answer, status, code, host="ram.aliyuncs.com"):
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert answer.headers["connection"] == "close"
    body = answer.json()
    assert (body["Code"], body["HostId"]) == (code, host)
    assert body["Message"]
    assert re.fullmatch(REQUEST_ID, body["RequestId"])
    assert answer.headers["x-acs-request-id"] == body["RequestId"]


def padded(size, first="GET / HTTP/1.1\r\n" + HOST):
    return (first + "X-Pad: " + "p" * size + "\r\n\r\n").encode()


REFUSED = {
    "too long a line": (b"GET /?" + b"a" * 14_000 + b" HTTP/1.1\r\n" + HOST.encode(), 431, "RequestHeadTooLarge", ""),
    "too large a header": (padded(14_000), 431, "RequestHeadTooLarge", "ram.aliyuncs.com"),
    "too many headers": (f"GET / HTTP/1.1\r\n{HOST}{'a: b' + chr(13) + chr(10)}".encode() + b"a: b\r\n" * 300 + b"\r\n", 431, "RequestHeadTooLarge", "ram.aliyuncs.com"),
    "no HTTP": (b"\0\0\r\n\r\n", 400, "MalformedRequest", ""),
    "no such method": (f"NOPE / HTTP/1.1\r\n{HOST}\r\n".encode(), 400, "MalformedRequest", ""),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "MalformedRequest", ""),
    "a malformed header": (f"GET / HTTP/1.1\r\n{HOST}Accept: x\r\na b: c\r\n\r\n".encode(), 400, "MalformedRequest", "ram.aliyuncs.com"),
    "two lengths": (f"POST / HTTP/1.1\r\n{HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n".encode(), 400, "MalformedRequest", "ram.aliyuncs.com"),
    "an upgrade with a body": (f"POST / HTTP/1.1\r\n{HOST}Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\na".encode(), 400, "MalformedRequest", "ram.aliyuncs.com"),
    "another transfer encoding": (f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip, chunked\r\n\r\n".encode(), 400, "MalformedRequest", "ram.aliyuncs.com"),
    "a malformed chunk": (f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\nx\r\n".encode(), 400, "MalformedRequest", "ram.aliyuncs.com"),
    "a path that is no ASCII": (b"GET /\xe5\xaf\x86 HTTP/1.1\r\n" + HOST.encode() + b"\r\n", 400, "MalformedRequest", ""),
    "a slow head": (f"GET / HTTP/1.1\r\n{HOST}Accept: x\r\n".encode(), 408, "RequestTimeout", "ram.aliyuncs.com"),
    "a slow first word": (b"CONN", 408, "RequestTimeout", ""),
    "a slow body": (f"POST / HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\nx".encode(), 408, "RequestTimeout", "ram.aliyuncs.com"),
    "a foreign host": (b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n", 403, "Proxy.HostNotAllowed", "example.com"),
    "a CONNECT to a foreign host": (b"CONNECT example.com:443 HTTP/1.1\r\n\r\n", 403, "Proxy.HostNotAllowed", "example.com"),
    "a CONNECT to nowhere": (b"CONNECT example.com HTTP/1.1\r\n\r\n", 400, "Proxy.MalformedTarget", ""),
    "too large a CONNECT": (b"CONNECT ram.aliyuncs.com:80 HTTP/1.1\r\nX: " + b"y" * 9000, 431, "RequestHeadTooLarge", ""),
    "a slow CONNECT": (b"CONNECT ram.aliyuncs.com:80 HTTP/1.1\r\n", 408, "RequestTimeout", ""),
    "a malformed target": (f"GET ftp://x/ HTTP/1.1\r\n{HOST}\r\n".encode(), 400, "Proxy.MalformedTarget", "ram.aliyuncs.com"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_has_the_form_of_every_error(serve, name):
    sent, status, code, host = REFUSED[name]
    running = serve(limits={"head_bytes": 4096, **LIMITS})
    client = running.dial()
    client.send(sent)
    if status == 408:
        running.taken(client)
        running.skip(11)
    check(client.answer(), status, code, host)
    assert client.rest() == b""


def test_number_of_refusals():
    assert len(REFUSED) == 21


def test_failure_of_the_application_has_it_too(serve):
    async def failing(_scope, _receive, _send):
        raise ValueError

    check(serve(app=failing).dial().get("/"), 500, "InternalError")


def test_refusal_of_a_call_for_xml_is_xml(serve):
    client = serve(limits={"head_bytes": 4096}).dial()
    target = "/?Action=GetUser&Format=xml&UserName=" + "a" * 14_000
    client.send(padded(14_000, f"GET {target[:2000]} HTTP/1.1\r\n{HOST}"))
    answer = client.answer()
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    root = ET.fromstring(answer.body)  # noqa: S314  # our own
    assert root.tag == "Error"
    assert root.findtext("Code") == "RequestHeadTooLarge"
    assert re.fullmatch(REQUEST_ID, root.findtext("RequestId"))
    assert root.findtext("HostId") == "ram.aliyuncs.com"


def test_every_refusal_has_an_id_of_its_own(serve):
    running = serve()
    ids = {running.dial().get("http://example.com/").json()["RequestId"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("refused", ["head", "body", "chunks"])
def test_client_that_sends_everything_first_reads_the_refusal(serve, secure, refused):
    """A socket closed with bytes unread is reset, and the answer is lost with it."""
    running = serve(app=Application(NoStreams(), {}), limits={"head_bytes": 256 * 1024})
    client = running.secure("ram.aliyuncs.com") if secure else running.dial()
    size = 8 * 1024 * 1024
    if refused == "head":
        client.send(padded(size))
        check(client.answer(), 431, "RequestHeadTooLarge")
        return
    framing = f"Content-Length: {size}" if refused == "body" else "Transfer-Encoding: chunked"
    body = bytes(size) if refused == "body" else b"%x\r\n%b\r\n0\r\n\r\n" % (size, bytes(size))
    client.send(f"POST / HTTP/1.1\r\n{HOST}{framing}\r\n\r\n".encode() + body)
    check(client.answer(), 413, "RequestEntityTooLarge")


def test_client_that_goes_on_sending_is_cut_off_in_the_end(serve):
    running = serve(limits={"head_bytes": 4096, "linger_seconds": 2})
    client = running.dial()
    for _ in range(30):
        client.send(b"x" * 4096)
        running.taken(client)
        running.skip(0.05)
    assert running.front._open
    with pytest.raises(ConnectionError):  # noqa: PT012  # some send or other
        for _ in range(30):
            client.send(b"x" * 4096)
            running.taken(client)
            running.skip(0.05)


@pytest.mark.parametrize("rest", ["garbage\0\r\n\r\n", "GET / HTTP/1.1\r\nX: " + "y" * 14_000])
def test_requests_before_a_refused_one_are_answered_first(serve, rest):
    running = serve(limits={"head_bytes": 4096})
    client = running.dial()
    client.send(b"GET /held HTTP/1.1\r\n\r\nGET /second HTTP/1.1\r\n\r\n" + rest.encode())
    running.taken(client)
    running.let_go()
    assert [client.answer().json()["path"] for _ in range(2)] == ["/held", "/second"]
    assert client.answer().status in (400, 431)
    assert client.rest() == b""


def test_slow_head_behind_a_slow_answer_is_refused_after_it(serve):
    running = serve(limits=LIMITS)
    client = running.dial()
    client.send(b"GET /held HTTP/1.1\r\n\r\nGET / H")
    running.taken(client)
    running.skip(25)
    running.let_go()
    assert client.answer().json()["path"] == "/held"
    check(client.answer(), 408, "RequestTimeout", "")


def test_head_that_waits_behind_a_pipeline_is_not_called_slow(serve):
    running = serve(limits=LIMITS)
    client = running.dial()
    held = b"GET /held HTTP/1.1\r\n\r\n"
    client.send(held * 3 + b"GET /last HTTP/1.1\r\n")
    running.taken(client)
    client.send(b"\r\n")
    for _ in range(3):
        running.hold()
        running.skip(8)
        running.let_go()
    assert [client.answer().json()["path"] for _ in range(4)] == ["/held"] * 3 + ["/last"]


def test_malformed_end_of_a_request_that_waits_refuses_that_request(serve):
    running = serve()
    client = running.dial()
    head = b"POST /b HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"
    client.send(b"GET /held HTTP/1.1\r\n\r\n" + head)
    running.taken(client)
    running.let_go()
    assert client.answer().json()["path"] == "/held"
    check(client.answer(), 400, "MalformedRequest", "b")


def test_answer_that_has_begun_is_not_followed_by_a_refusal(serve):
    async def begins(_scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await receive()
        await receive()

    running = serve(app=begins, limits=LIMITS)
    client = running.dial()
    client.send(f"POST / HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\nx".encode())
    running.taken(client)
    running.skip(11)
    assert client.rest().endswith(b"\r\n\r\n4\r\nhalf\r\n")


LARGE = {
    "query of 900,000 characters": (b"GET /?" + b"a=%2B" * 180_000 + b" HTTP/1.1\r\n", b""),
    "header of 100,000 characters": (b"GET / HTTP/1.1\r\n", b"X-Large: " + b"a" * 100_000 + b"\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("piece", [1000, 10_000_000])
def test_large_head_is_served(serve, name, piece):
    line, header = LARGE[name]
    client = serve().dial()
    head = line + HOST.encode() + header + b"\r\n"
    for start in range(0, len(head), piece):
        client.send(head[start : start + piece])
    answer = client.answer()
    assert answer.status == 200
    assert len(answer.json()["query"]) == len(line.split()[1]) - (2 if b"?" in line else 1)


def test_large_target_of_a_proxied_request_is_served(serve):
    query = "Policy=" + "%E5%AF%86" * 20_000
    answer = serve().dial().get(f"http://ram.aliyuncs.com/?{query}")
    assert answer.json()["query"] == query


def test_host_that_resets_is_no_concern(serve):
    running = serve(limits={"head_bytes": 4096})
    client = running.dial()
    client.send(padded(14_000))
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    assert json.loads(running.dial().get("/").body)["path"] == "/"
