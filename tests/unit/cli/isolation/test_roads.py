"""Whatever a command dials, it reaches the platform or nothing."""

import re
import socket
from contextlib import closing

from tests.unit.cli.isolation.world import inside


def test_only_loopback_is_there(user, recorder):
    program = """
print(json.dumps({
    "interfaces": [name for _, name in socket.if_nameindex()],
    "routes": open("/proc/net/route").read().splitlines()[1:],
}))
"""
    found, _ = inside(program, platform=recorder.port, **user)
    assert found == {"interfaces": ["lo"], "routes": []}


def test_names_and_bare_addresses_reach_the_platform_and_nothing_else(user, recorder):
    program = """
family, _, _, _, named = socket.getaddrinfo("sts.aliyuncs.com", 443, type=socket.SOCK_STREAM)[0]
print(json.dumps({
    "named": tried(family, named, b"by name"),
    "plain": tried(V4, (socket.gethostbyname("registry.example.test"), 80), b"plain"),
    "literal": tried(V4, ("8.8.8.8", 443), b"by address"),
    "literal http": tried(V4, ("8.8.8.8", 80), b"http by address"),
    "literal v6": tried(V6, ("2001:4860:4860::8888", 443), b"by long address"),
    "ssh": tried(V4, ("8.8.8.8", 22), b"x"),
    "ssh v6": tried(V6, ("2001:4860:4860::8888", 22), b"x"),
    "ssh by name": tried(V4, (socket.gethostbyname("git.example.test"), 22), b"x"),
    "time": tried(V4, ("8.8.4.4", 123), b"x", UDP),
    "quic": tried(V4, ("8.8.8.8", 443), b"x", UDP),
}))
"""
    found, err = inside(program, platform=recorder.port, **user)
    refused = dict.fromkeys(("ssh", "ssh v6", "ssh by name", "time", "quic"))
    assert {name: found.pop(name) for name in refused} == dict.fromkeys(
        refused, "ConnectionRefusedError"
    )
    assert found == {
        "named": "heard sts.aliyuncs.com:443 by name",
        "plain": "heard registry.example.test:80 plain",
        "literal": "heard by address",
        "literal http": "heard http by address",
        "literal v6": "heard by long address",
    }
    assert sorted(recorder.seen) == sorted(text.removeprefix("heard ") for text in found.values())
    told = re.fullmatch(r"juyong: the command tried what leads nowhere: (.+)\n", err)
    assert told
    assert sorted(told[1].split(", ")) == [
        "8.8.4.4:123/udp (1x)",
        "8.8.8.8:22/tcp (1x)",
        "8.8.8.8:443/udp (1x)",
        "[2001:4860:4860::8888]:22/tcp (1x)",
        "git.example.test:22/tcp (1x)",
    ]


def test_a_host_that_is_not_allowed_is_refused_and_told(user, recorder):
    program = """
address = socket.gethostbyname("Example.COM")
print(json.dumps([tried(V4, (address, 443), b"x"), tried(V4, (address, 80), b"GET /")]))
"""
    found, err = inside(program, platform=recorder.port, **user)
    assert found[0] == "ConnectionResetError"
    assert found[1].startswith("HTTP/1.1 403 Forbidden")
    assert sorted(recorder.seen) == ["example.com:443 refused", "example.com:80 refused"]
    assert "example.com:443 (1x), example.com:80 (1x)" in err


def test_instance_metadata_is_the_proxys_to_answer(user, recorder):
    program = 'print(json.dumps(tried(V4, ("100.100.100.200", 80), b"GET /")))'
    found, err = inside(program, platform=recorder.port, **user)
    assert found.startswith("HTTP/1.1 403")
    assert recorder.seen == ["100.100.100.200:80 refused"]
    # Credential chains ask for it as a matter of course.
    assert err == ""


def test_every_resolver_is_the_one_inside(user, recorder):
    program = """
query = b"\\x12\\x34\\x01\\x00\\x00\\x01\\0\\0\\0\\0\\0\\0\\3kms\\7example\\4test\\0\\0\\1\\0\\1"
found = []
for family, address in ((V4, "127.0.0.1"), (V4, "8.8.8.8"), (V6, "::1"), (V6, "2606:4700::1111")):
    with socket.socket(family, UDP) as s:
        s.settimeout(10)
        s.connect((address, 53))  # which hears answers from there alone
        s.send(query)
        found.append(s.recv(4096)[-4:].hex())
    with socket.create_connection((address, 53), timeout=10) as s:
        s.sendall(len(query).to_bytes(2, "big") + query[:9])
        s.sendall(query[9:])
        s.sendall(len(query).to_bytes(2, "big") + query)
        for _ in range(2):
            size = int.from_bytes(s.recv(2, socket.MSG_WAITALL), "big")
            found.append(s.recv(size, socket.MSG_WAITALL)[-4:].hex())
print(json.dumps([found, socket.inet_aton(socket.gethostbyname("kms.example.test")).hex(),
                  socket.gethostbyname("localhost"), socket.gethostbyname(socket.gethostname())]))
"""
    (found, address, *local), err = inside(program, platform=recorder.port, **user)
    assert found == [address] * 12
    assert bytes.fromhex(address)[:2] in (b"\xc6\x12", b"\xc6\x13")
    assert local == ["127.0.0.1", "127.0.0.1"]
    assert (recorder.seen, err) == ([], "")


def test_libraries_that_mind_the_systems_addresses_find_names_too(user, recorder):
    program = """
print(json.dumps([
    socket.getaddrinfo("sts.aliyuncs.com", 443, family, socket.SOCK_STREAM, 0, flags)[0][4][0]
    for family in (0, V4) for flags in (0, socket.AI_ADDRCONFIG)
]))
"""
    found, _ = inside(program, platform=recorder.port, **user)
    assert found == ["198.18.0.1"] * 4


def test_loopback_of_the_host_is_another(user, recorder):
    with closing(socket.create_server(("127.0.0.1", 0))) as outside:
        port = outside.getsockname()[1]
        program = f"""
print(json.dumps([tried(V4, ("127.0.0.1", port), b"x") for port in ({port}, {recorder.port}, 443, 80)]))
"""
        found, err = inside(program, platform=recorder.port, **user)
        outside.settimeout(0)
        try:
            outside.accept()
        except BlockingIOError:
            reached = False
        else:
            reached = True
    assert not reached
    assert found[:2] == ["ConnectionRefusedError"] * 2
    assert set(found[2:]) <= {"ConnectionResetError", "ConnectionRefusedError"}
    assert (recorder.seen, err) == ([], "")


def test_forwarded_ports_are_the_hosts(user, recorder):
    with closing(socket.create_server(("127.0.0.1", 0))) as outside:
        port = outside.getsockname()[1]
        forwarded = {5432: recorder.port, port: port, 443: recorder.port}
        program = """
print(json.dumps([
    tried(V4, ("127.0.0.1", 5432), b"to 5432"),
    tried(V6, ("::1", 5432), b"to 5432 over six"),
    tried(V4, ("127.0.0.1", 443), b"to 443"),
    tried(V4, ("8.8.8.8", 443), b"out"),
    tried(V4, ("8.8.8.8", 5432), b"x"),
]))
"""
        found, _ = inside(program, platform=recorder.port, forwarded=forwarded, **user)
    assert found == [
        "heard to 5432",
        "heard to 5432 over six",
        "heard to 443",
        "heard out",
        "ConnectionRefusedError",
    ]


def test_a_forwarded_port_where_nothing_listens_resets(user, recorder):
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]
    program = 'print(json.dumps(tried(V4, ("127.0.0.1", 5432), b"x")))'
    found, _ = inside(program, platform=recorder.port, forwarded={5432: port}, **user)
    assert found == "ConnectionResetError"


def test_many_connections_at_once(user, recorder):
    program = """
from concurrent.futures import ThreadPoolExecutor
address = (socket.gethostbyname("sts.aliyuncs.com"), 443)
with ThreadPoolExecutor(100) as pool:
    found = list(pool.map(lambda n: tried(V4, address, b"%d" % n), range(200)))
print(json.dumps(found))
"""
    found, _ = inside(program, platform=recorder.port, **user)
    assert found == [f"heard sts.aliyuncs.com:443 {n}" for n in range(200)]
