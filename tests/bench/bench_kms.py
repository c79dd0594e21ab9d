"""Cryptographic calls: a second beside moto's, and what of one call is our own work.

    python tests/bench/bench_kms.py

The calls are signed, authorised, audited and durable on our side; moto checks and keeps nothing.
Both are driven by one load client and take turns; the median of the rounds counts. The overhead is
measured inside one process, without the network: the whole pipeline beside the same sealing by the
library alone.
"""

import asyncio
import http.client
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.bench.bench_calls import _load
from tests.bench.rates import ROUNDS, Rate, Rates, versions
from tests.bench.report import Row
from tests.bench.servers import Started, juyong, moto
from tests.bench.signed import credentials_of
from tests.crash.calls import Credentials, signed_target

from juyong.api.request import Raw
from juyong.app.platform import Running, open_platform
from juyong.app.server import _leave_the_heap_alone
from juyong.app.settings import Settings
from juyong.base.ids import random_bytes

VERSION = "2016-01-20"
HOST = "kms.aliyuncs.com"
CALLS, MOTO_CALLS, INSIDE_CALLS = 3000, 400, 1500
FLOOR, GOAL = 10.0, 14.0
GOAL_MICROSECONDS, FLOOR_MICROSECONDS = 150.0, 300.0
PLAINTEXT = "c2l4dGVlbiBieXRlcyEhIQ=="
_WARM = 50
_RATES = ",".join(
    f"kms.{kind}-per-second=1000000" for kind in ("symmetric", "asymmetric", "key-reads")
)
_OPERATIONS = ("Encrypt", "Decrypt", "GenerateDataKey")
_MOTO_HEADERS = {
    "Host": "kms.us-east-1.amazonaws.com",
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/kms/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=00",
}


def measure() -> list[Row]:
    """Drive both servers in turn, then look inside one call."""
    rates = Rates()
    for _ in range(ROUNDS):
        with (
            _published_rates_lifted(),
            tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder,
        ):
            home = Path(folder) / "home"
            with juyong(home) as server:
                rates.note(_round(server, credentials_of(home)), "juyong")
        with moto() as server:
            rates.note(_moto_round(server), "moto")
    rows = [versions()]
    for name in _OPERATIONS:
        ours, others = f"juyong {name}", f"moto {name}"
        rows += rates.rows(f"{name}, signed", ours, others, floor=FLOOR, goal=GOAL)
    return [*rows, *_inside()]


@contextmanager
def _published_rates_lifted() -> Iterator[None]:
    before = os.environ.get("JUYONG_QUOTAS")
    os.environ["JUYONG_QUOTAS"] = _RATES
    try:
        yield
    finally:
        del os.environ["JUYONG_QUOTAS"]
        if before is not None:
            os.environ["JUYONG_QUOTAS"] = before


def _round(server: Started, key: Credentials) -> dict[str, Rate]:
    made = _ask(server.port, _signed(key, "CreateKey", {}))
    parameters = _parameters(made["KeyMetadata"]["KeyId"])
    sealed = _ask(server.port, _signed(key, "Encrypt", parameters["Encrypt"]))
    parameters["Decrypt"] = {"CiphertextBlob": sealed["CiphertextBlob"]}

    def requests(name: str, count: int) -> list[bytes]:
        return [_signed(key, name, parameters[name]) for _ in range(count)]

    found = {}
    for name in _OPERATIONS:
        _load(server, requests(name, _WARM))
        found[name] = _load(server, requests(name, CALLS))
    return found


def _parameters(key_id: str) -> dict[str, dict[str, str]]:
    return {
        "Encrypt": {"KeyId": key_id, "Plaintext": PLAINTEXT},
        "GenerateDataKey": {"KeyId": key_id, "KeySpec": "AES_256"},
    }


def _signed(key: Credentials, action: str, parameters: dict[str, str]) -> bytes:
    target = signed_target(key, action, parameters, version=VERSION)
    return (
        f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
    ).encode()


def _moto_round(server: Started) -> dict[str, Rate]:
    made = _ask(server.port, _moto("CreateKey", {}))
    key_id = made["KeyMetadata"]["KeyId"]
    bodies: dict[str, dict[str, str]] = {
        "Encrypt": {"KeyId": key_id, "Plaintext": PLAINTEXT},
        "GenerateDataKey": {"KeyId": key_id, "KeySpec": "AES_256"},
    }
    sealed = _ask(server.port, _moto("Encrypt", bodies["Encrypt"]))
    bodies["Decrypt"] = {"CiphertextBlob": sealed["CiphertextBlob"]}
    found = {}
    for name in _OPERATIONS:
        _load(server, [_moto(name, bodies[name])] * _WARM)
        found[name] = _load(server, [_moto(name, bodies[name])] * MOTO_CALLS)
    return found


def _moto(action: str, members: dict[str, str]) -> bytes:
    body = json.dumps(members)
    headers = {**_MOTO_HEADERS, "X-Amz-Target": f"TrentService.{action}", "User-Agent": "bench"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def _ask(port: int, request: bytes) -> dict[str, Any]:
    """Send one prepared request by itself and read the JSON it is answered with."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    with closing(http.client.HTTPConnection("127.0.0.1", port, 30)) as connection:
        connection.request(method, target, body or None, headers)
        answer = connection.getresponse()
        found: dict[str, Any] = json.loads(answer.read())
        assert answer.status == 200, found
    return found


def _inside() -> list[Row]:
    """Serve calls in this process; the best of the rounds, beside the library alone."""
    with _published_rates_lifted(), tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        home = Path(folder) / "home"
        quotas = {name: int(value) for name, value in (p.split("=") for p in _RATES.split(","))}
        running = open_platform(home, settings=Settings(quotas=quotas))
        try:
            spent = asyncio.run(_serve_all(running, credentials_of(home)))
        finally:
            running.store.close()
    bare = _bare()
    rows = []
    for name in (*_OPERATIONS, "GetSecretValue"):
        rows.append(_own(f"{name} in process, whole", spent[name] - bare, "library", bare))
        beyond = spent[name] - spent["DescribeKey"]
        rows.append(
            _own("  beyond signature, event, reads", beyond, "DescribeKey", spent["DescribeKey"])
        )
    return rows


def _own(title: str, ours: float, other: str, others: float) -> Row:
    """Set our own time beside what it comes on top of; the goal is for what the key costs."""
    bound, verdict = "", ""
    if other == "DescribeKey":
        bound = f"goal {GOAL_MICROSECONDS:g} us, floor {FLOOR_MICROSECONDS:g} us"
        held = ours < FLOOR_MICROSECONDS
        verdict = "goal" if ours < GOAL_MICROSECONDS else "floor" if held else "MISSED"
    return Row(title, f"{ours:.0f} us", f"{other} {others:.3g} us", ours / others, bound, verdict)


async def _serve_all(running: Running, key: Credentials) -> dict[str, float]:
    """Return processor microseconds a call, of the operations and of DescribeKey, which only reads."""

    async def call(action: str, parameters: dict[str, str]) -> dict[str, Any]:
        answer = await running.pipeline.serve(_raw(key, action, parameters))
        found: dict[str, Any] = json.loads(answer.body)
        assert answer.status == 200, found
        return found

    made = await call("CreateKey", {})
    key_id = made["KeyMetadata"]["KeyId"]
    parameters = {**_parameters(key_id), "DescribeKey": {"KeyId": key_id}}
    sealed = await call("Encrypt", parameters["Encrypt"])
    parameters["Decrypt"] = {"CiphertextBlob": sealed["CiphertextBlob"]}
    await call("CreateSecret", {"SecretName": "s", "VersionId": "1", "SecretData": PLAINTEXT})
    parameters["GetSecretValue"] = {"SecretName": "s"}
    best = dict.fromkeys(parameters, float("inf"))
    # As a server does; the collector would otherwise look at all waiting calls again and again.
    _leave_the_heap_alone()
    for _ in range(ROUNDS):
        for name, each in parameters.items():
            raws = [_raw(key, name, each) for _ in range(INSIDE_CALLS)]
            start = time.process_time()
            # At once, as a server under load has them, so that commits are shared.
            answers = await asyncio.gather(*(running.pipeline.serve(raw) for raw in raws))
            spent = (time.process_time() - start) / INSIDE_CALLS * 1e6
            best[name] = min(best[name], spent)
            assert {answer.status for answer in answers} == {200}, name
    return best


def _raw(key: Credentials, action: str, parameters: dict[str, str]) -> Raw:
    target = signed_target(key, action, parameters, version=VERSION)
    return Raw(
        method="GET",
        path="/",
        query=target.partition("?")[2],
        headers={"host": HOST, "user-agent": "bench", "accept": "*/*"},
        body=b"",
        peer="127.0.0.1",
        secure=False,
    )


def _bare() -> float:
    """Return microseconds of one sealing by the library, key object and nonce included."""
    key, plaintext = random_bytes(32), PLAINTEXT.encode()
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(INSIDE_CALLS):
            AESGCM(key).encrypt(random_bytes(12), plaintext, b"{}")
        best = min(best, (time.process_time() - start) / INSIDE_CALLS * 1e6)
    return best


def main() -> int:
    """Measure; 0 when the floors hold."""
    rows = measure()
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
