"""A server of a home that is sealed by a passphrase, as a process: what it does and leaves behind."""

import base64
import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.commands import juyong
from tests.waiting import wait_until

from juyong.app.home import Home, open_home
from juyong.app.keys import Unlocking, open_keys
from juyong.app.keys.opening import open_master
from juyong.app.keys.passphrase import root_from
from juyong.app.keys.rekey import rekey
from juyong.app.presence import running_servers
from juyong.base.secret import Secret

PASSPHRASE, WRONG = "correct horse battery staple", "incorrect horse battery staple"
ANOTHER = "a passphrase of another time"


@dataclass
class Served:
    """A server and its home."""

    home: Home
    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def health(self) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health") as answer:
                return answer.status, json.load(answer)["status"]
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)["status"]

    def run(self, *command: str, typed: str = "") -> tuple[int, str]:
        """Run a command of the home in this process."""
        done = juyong(*command, "--home", self.home.path, given=typed)
        return done.status, done.out + done.err

    def run_alone(self, *command: str, typed: str = "") -> tuple[int, str]:
        """Run a command of the home as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "juyong.cli.start", *command, "--home", str(self.home.path)],
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def home(tmp_path: Path, quick_passphrases: None) -> Home:
    made = open_home(tmp_path / "home")
    rekey(made, Unlocking(), "passphrase", lambda: Secret(PASSPHRASE))
    return made


def start(home: Home, log: Path, *options: str) -> Served:
    command = [sys.executable, "-m", "juyong.cli.start", "serve", "--home", str(home.path)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", "0", "--tls-port", "-1", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    def says_what_it_is() -> object:
        assert process.poll() is None, log.read_text()
        return re.search("^(sealed|use it):", log.read_text(), re.MULTILINE)

    wait_until(says_what_it_is)
    return Served(home, process, running_servers(home)[0].port, log)


@pytest.fixture
def served(home: Home, tmp_path: Path) -> Iterator[Served]:
    server = start(home, tmp_path / "log")
    yield server
    server.process.terminate()
    assert server.process.wait(20) == 0


def test_operator_unseals_and_seals_a_running_server(served: Served) -> None:
    assert served.health() == (503, "sealed")
    assert not served.home.database.exists()
    status, shown = served.run_alone("unseal", typed=WRONG + "\n")
    assert (status, shown) == (
        1,
        "juyong: the root key, or its passphrase, does not open the seal\n",
    )
    assert served.health() == (503, "sealed")
    status, shown = served.run_alone("unseal", typed=PASSPHRASE + "\n")
    assert (status, shown) == (0, f"server {served.process.pid} is open\n")
    assert served.health() == (200, "ok")
    assert served.run_alone("seal") == (0, f"server {served.process.pid} is sealed\n")
    assert served.health() == (503, "sealed")


def test_commands_take_the_passphrase_from_a_file_or_say_what_they_need(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.run("unseal", typed=PASSPHRASE + "\n")
    status, shown = served.run("account", "list", typed=PASSPHRASE + "\n")
    assert status == 1
    assert re.fullmatch("juyong: `.*` is sealed by a passphrase: .*passphrase_file`\n", shown)
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    monkeypatch.setenv("JUYONG_PASSPHRASE_FILE", str(file))
    for command in (("account", "list"), ("check",), ("backup", str(tmp_path / "a.jyb"))):
        status, shown = served.run(*command)
        assert status == 0, shown
    monkeypatch.delenv("JUYONG_PASSPHRASE_FILE")
    served.home.settings.write_text(f'passphrase_file = "{file}"\n')
    assert served.run("check") == (0, "sound: store, sealed columns, audit log\n")
    file.write_text(WRONG + "\n")
    assert served.run("check") == (
        2,
        "juyong: the root key, or its passphrase, does not open the seal\n",
    )


def test_server_with_the_passphrase_at_hand_starts_open(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    server = start(home, tmp_path / "log", "--passphrase-file", str(file))
    try:
        assert server.health() == (200, "ok")
    finally:
        server.process.terminate()
        assert server.process.wait(20) == 0


def test_rekey_beside_a_running_server(served: Served, tmp_path: Path) -> None:
    served.run("unseal", typed=PASSPHRASE + "\n")
    status, shown = served.run("rekey", typed=f"{PASSPHRASE}\n{ANOTHER}\n")
    assert status == 0, shown
    assert served.health() == (200, "ok")
    served.run("seal")
    assert served.run("unseal", typed=PASSPHRASE + "\n")[0] == 1
    assert served.run("unseal", typed=ANOTHER + "\n")[0] == 0
    assert served.run("rekey", "--method", "file", typed=ANOTHER + "\n")[0] == 0
    assert served.run("account", "list")[0] == 0
    for name, count in (("Unseal", 2), ("Seal", 1), ("Rekey", 2)):
        assert event_names(served).count(name) == count


def event_names(served: Served) -> list[str]:
    import sqlite3

    connection = sqlite3.connect(served.home.database)
    rows = connection.execute("SELECT event_name FROM actiontrail_event").fetchall()
    connection.close()
    return [name for (name,) in rows]


def forms(secret: bytes) -> set[bytes]:
    """Return the ways a key might be written."""
    coded = base64.b64encode(secret)
    return {secret, secret.hex().encode(), secret.hex().upper().encode(), coded.rstrip(b"=")}


def secrets_of(home: Home, passphrases: tuple[str, ...]) -> dict[str, set[bytes]]:
    """Return everything that must stand nowhere, by name."""
    unlocking = Unlocking(passphrase=lambda: Secret(passphrases[0]))
    seal, master = open_master(home, unlocking)
    found = {f"key {name}": forms(key) for name, key in open_keys(home, unlocking).items()}
    found["root key"] = forms(root_from(Secret(passphrases[0]), seal.how))
    found["master key"] = forms(master)
    for text in passphrases:
        found[text] = {text.encode(), *forms(text.encode())}
    return found


def test_no_key_and_no_passphrase_is_written_anywhere(served: Served, tmp_path: Path) -> None:
    shown = [
        served.run("unseal", typed=WRONG + "\n"),
        served.run("unseal", typed=PASSPHRASE + "\n"),
        served.run("rekey", typed=f"{PASSPHRASE}\n{ANOTHER}\n"),
        served.run("rekey", typed=f"{WRONG}\n{ANOTHER}\n"),
        served.run("account", "list"),
        served.run("seal"),
        served.run("unseal", typed=ANOTHER + "\n"),
    ]
    assert [status for status, _ in shown] == [1, 0, 0, 1, 1, 0, 0]
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(20) == 0
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.name for path in written} >= {"log", "seal.json", "juyong.db", "ca.pem"}
    written[Path("output")] = "".join(text for _, text in shown).encode()
    assert b"unseal refused" in written[served.log]
    secrets = secrets_of(served.home, (ANOTHER, PASSPHRASE, WRONG))
    assert len(secrets) == 16
    for name, ways in secrets.items():
        for path, content in written.items():
            assert not any(way in content for way in ways), f"{path} holds the {name}"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_a_sealed_server_holds_no_key(served: Served) -> None:
    served.run("unseal", typed=PASSPHRASE + "\n")
    unlocking = Unlocking(passphrase=lambda: Secret(PASSPHRASE))
    keys = dict(open_keys(served.home, unlocking))
    for _ in range(5):
        assert served.health() == (200, "ok")
    found = found_in_memory(served.process.pid, keys)
    assert set(found) == set(keys), "the search finds keys that are there"
    served.run("seal")
    assert found_in_memory(served.process.pid, keys) == []


def found_in_memory(process: int, keys: dict[str, bytes]) -> list[str]:
    found: set[str] = set()
    with Path(f"/proc/{process}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            if not re.match(r"\S+ rw", line) or "[v" in line:
                continue
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            try:
                memory.seek(first)
                content = memory.read(last - first)
            except OSError:
                continue
            found |= {name for name, key in keys.items() if key in content}
    return sorted(found)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_process_leaves_no_core_and_lets_nobody_look(served: Served) -> None:
    limits = Path(f"/proc/{served.process.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_debuggers_are_kept_out() -> None:
    story = (
        "import ctypes; from juyong.app.keys.process import no_onlookers; no_onlookers();"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", story], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "0\n"
