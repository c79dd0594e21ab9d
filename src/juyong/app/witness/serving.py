"""A witness as an HTTP server: `POST /add-checkpoint`, and `GET /checkpoint/ORIGIN`.

C2SP has the first; the second is an addition, since no way to read a witness is published yet. The
witness gives the newest checkpoint that it cosigned, so that verifiers need not ask the log's
operator.

Source: C2SP tlog-witness (documented).
"""

import asyncio
import signal
import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from juyong.api.answers import Answer as HttpAnswer
from juyong.api.command import Answer, BadInput, OperatorError
from juyong.api.request import Raw
from juyong.app.home import Home, open_home
from juyong.app.keys.process import no_core_dumps, no_onlookers
from juyong.app.witness.keeping import MemoryDamaged, Said, Witness
from juyong.base.clock import system_clock
from juyong.base.ids import new_request_id
from juyong.base.log import log
from juyong.engines.ledger import Key, Malformed
from juyong.engines.ledger.witness import (
    CONFLICT,
    COSIGNED,
    FORBIDDEN,
    MOST_REQUEST_BYTES,
    SIZE_TYPE,
    UNKNOWN_LOG,
)
from juyong.front.limits import FrontLimits
from juyong.front.loop import loop_factory
from juyong.front.server import Front
from juyong.gateway.arriving import ClientGone, Received
from juyong.gateway.asgi import send_reply
from juyong.gateway.errors import BodyTooLarge
from juyong.gateway.whole import Receive, Reply, Scope, Send, Whole, reply_of

ADD, CHECKPOINT = "/add-checkpoint", "/checkpoint/"
_TEXT = "text/plain; charset=utf-8"
_BODY_SECONDS = 10.0
_GRACE_SECONDS = 5.0
_SHOWN = 2048
"""Characters of a refused checkpoint in the log: origin, size, root and signature are shorter."""
_MOST_TOLD = 1000
"""Refusals that are remembered as told."""
LIMITS = FrontLimits(
    head_bytes=8 * 1024,
    held_bytes=16 * 1024 * 1024,
    body_idle_seconds=5.0,
    waiting_requests=4,
    max_connections=512,
)


class WitnessApplication(Whole):
    """Serves a witness."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._told: set[tuple[str, int, int, bool]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose body is still arriving."""
        if scope["type"] != "http":
            return
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await Received(receive, None).whole(MOST_REQUEST_BYTES)
        except ClientGone:
            return
        except BodyTooLarge:
            reply = _reply(413, "a request is shorter\n", close=True)
        except TimeoutError:
            reply = _reply(408, "the request did not arrive in time\n", close=True)
        else:
            reply = await self._replied(method, path, body)
        await send_reply(send, method, reply)

    async def whole(self, raw: Raw) -> Reply:
        """Serve a request whose body is whole."""
        if len(raw.body) > MOST_REQUEST_BYTES:
            return _reply(413, "a request is shorter\n", close=True)
        return await self._replied(raw.method, raw.path, raw.body)

    async def _replied(self, method: str, path: str, body: bytes) -> Reply:
        """Answer; the disk is waited for on a thread."""
        try:
            if path == ADD and method == "POST":
                return await asyncio.to_thread(self._added, body)
            if path.startswith(CHECKPOINT) and method in ("GET", "HEAD"):
                origin = unquote(path.removeprefix(CHECKPOINT))
                return await asyncio.to_thread(self._newest, origin)
        except (OSError, MemoryDamaged) as failure:
            log().error("nothing is cosigned", cause=str(failure))
            return _reply(503, "the witness cannot use its memory\n")
        if path == ADD or path.startswith(CHECKPOINT):
            return _reply(405, "another method\n")
        return _reply(404, f"a witness has POST {ADD} and GET {CHECKPOINT}ORIGIN\n")

    def _added(self, body: bytes) -> Reply:
        said = self._witness.add(body)
        self._tell(said)
        return _reply(said.status, said.text, SIZE_TYPE if said.status == CONFLICT else _TEXT)

    def _tell(self, said: Said) -> None:
        """Log what was refused of a log that is known, once: strangers can send it again."""
        request = said.request
        if request is None or said.status in (COSIGNED, UNKNOWN_LOG):
            return
        checkpoint, verdict = request.checkpoint, said.verdict
        origin, size = checkpoint.origin, checkpoint.size
        if said.status == FORBIDDEN:
            size = 0  # Nothing says who made up the size.
        is_fork = verdict is not None and verdict.is_fork
        if (origin, said.status, size, is_fork) in self._told:
            return
        if len(self._told) >= _MOST_TOLD:
            self._told.clear()
        self._told.add((origin, said.status, size, is_fork))
        facts = {"origin": origin, "size": size, "status": said.status}
        if is_fork:
            # The log signed this: with the checkpoint that was cosigned, it proves two histories.
            log().error("fork refused", **facts, note=request.note.encode().decode()[:_SHOWN])
        elif said.status == FORBIDDEN:
            log().warning("another key signed", **facts)
        elif verdict is not None and verdict.seen and size < verdict.seen.size:
            # Another request overtook it, somebody sent it again, or the log was cut off.
            log().warning("shorter than what was cosigned", **facts, cosigned=verdict.seen.size)
        else:
            log().info("refused", **facts, old_size=request.old_size)

    def _newest(self, origin: str) -> Reply:
        note = self._witness.newest(origin)
        if note is None:
            return _reply(404, "this log is not known, or nothing of it was cosigned yet\n")
        return _reply(200, note.decode())


def _reply(status: int, text: str, kind: str = _TEXT, *, close: bool = False) -> Reply:
    answer = HttpAnswer(
        status=status,
        body=text.encode(),
        content_type=kind,
        request_id=new_request_id(),
        alone=True,
    )
    return reply_of(answer, close=close)


class WitnessListens(Answer, frozen=True, kw_only=True):
    """A witness that listens; shown once it does, while the command goes on.

    `key` is the verifier key for its cosignatures, and `logs` the origins of the logs it knows.
    """

    http: str
    home: str
    key: str
    logs: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield the address first."""
        yield f"witness listens on {self.http}"
        yield f"key and memory: {self.home}"
        yield f"its verifier key: {self.key}"
        for each in self.logs:
            yield f"cosigns: {each}"


def serve_witness(
    path: Path, listen: str, log_keys: Sequence[str], show: Callable[[Answer], None]
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        path: The home of the witness.
        listen: `HOST:PORT`; port 0 picks a free one.
        log_keys: Verifier keys of logs, or files with one a line.
        show: Gets the facts about the witness once it listens.

    Raises:
        BadInput: there is no log, or a key or the address cannot be read.
        OperatorError: the home cannot be used, or the port is taken.
    """
    host, port = _address(listen)
    logs = read_log_keys(log_keys)
    no_core_dumps()
    home = open_home(path)
    witness = Witness(home, logs, system_clock)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(witness, home, (host, port), logs, show))


class _NoTls:
    """Vouches for no host: who wants TLS puts a server for it in front."""

    def leaf(self, host: str) -> ssl.SSLContext:
        """Refuse a handshake."""
        raise ConnectionRefusedError(f"a witness speaks no TLS, with {host} neither")


async def _serve(
    witness: Witness,
    home: Home,
    place: tuple[str, int],
    logs: Sequence[Key],
    show: Callable[[Answer], None],
) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    host, port = place
    front = Front(
        WitnessApplication(witness),
        _NoTls(),
        host=host,
        port=port,
        tls_port=None,
        proxy_enabled=False,
        limits=LIMITS,
    )
    try:
        await front.start()
    except OSError as taken:
        raise OperatorError(f"cannot listen on {host}:{port}: {taken}") from taken
    try:
        await asyncio.to_thread(no_onlookers)
        shown = f"[{host}]" if ":" in host else host
        origins = tuple(sorted({key.name for key in logs}))
        show(
            WitnessListens(
                http=f"http://{shown}:{front.port}",
                home=str(home.path),
                key=witness.key.text,
                logs=origins,
            )
        )
        await stop.wait()
    finally:
        await front.stop(_GRACE_SECONDS)


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise BadInput(f"`{listen}`: give HOST:PORT, such as 127.0.0.1:8490")
    return host, int(port)


def read_log_keys(given: Sequence[str]) -> list[Key]:
    """Read the verifier keys of logs, or files with one a line.

    Raises:
        BadInput: there is none, or one cannot be read.
    """
    texts: list[str] = []
    for each in given:
        file = Path(each)
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else each
        texts += filter(None, map(str.strip, text.splitlines()))
    if not texts:
        raise BadInput("name the logs to cosign: --log-key, with the output of `juyong audit key`")
    return list(map(_log_key, texts))


def _log_key(text: str) -> Key:
    try:
        return Key.of_log(text)
    except Malformed as bad:
        raise BadInput(f"`{text[:80]}`: {bad}") from bad
