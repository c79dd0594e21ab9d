"""A token of our own: where SoftHSM is, what is prepared, made once, back after a kill."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from juyong.hsm.discover import USUAL_PLACES, discover
from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable
from juyong.hsm.open import open_token

SOURCE = str(Path(__file__).parents[3] / "src")
DIGEST = hashlib.sha256(b"message").digest()
PROGRAM = """
import sys
from pathlib import Path
from juyong.hsm.discover import discover
from juyong.hsm.open import open_token
hsm = open_token(discover(Path(sys.argv[1])))
"""


@pytest.fixture
def home(tmp_path, token_home) -> Path:
    """Return a home without a token; token_home skips where SoftHSM is missing."""
    return tmp_path / "home"


def run(program, *arguments, environment=None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM + program, *arguments],
        env={"PYTHONPATH": SOURCE, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_is_found_where_nothing_is_installed(tmp_path):
    assert discover(tmp_path, places=[tmp_path / "libsofthsm2.so"]) is None
    assert not (tmp_path / "hsm").exists()


def test_usual_places_are_absolute():
    assert len(USUAL_PLACES) >= 5
    assert all(place.is_absolute() for place in USUAL_PLACES)


def test_what_is_prepared_is_private_and_stays(home):
    first = discover(home)
    directory = home / "hsm"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {p.name for p in directory.iterdir()} == {
        "lock",
        "pins.json",
        "softhsm2.conf",
        "tokens",
    }
    for path in directory.iterdir():
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert discover(home).pin == first.pin
    assert first.pin.reveal() != first.own.so_pin.reveal()
    assert json.loads((directory / "pins.json").read_text()) == {
        "pin": first.pin.reveal(),
        "so_pin": first.own.so_pin.reveal(),
    }


def test_token_files_are_private(home):
    done = run("hsm.generate('EC_P256', 'a'); hsm.close()", home)
    assert (done.returncode, done.stderr) == (0, "")
    for path in (home / "hsm").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_moved_home_is_found_again(home, tmp_path):
    assert run("hsm.generate('EC_P256', 'a'); hsm.close()", home).returncode == 0
    moved = home.rename(tmp_path / "moved")
    done = run("print(list(hsm.labels())); hsm.close()", moved)
    assert (done.stdout, done.stderr) == ("['a']\n", "")


@pytest.mark.parametrize("name", ["hsm", "hsm/pins.json"])
def test_what_others_may_read_is_refused(home, name):
    discover(home)
    (home / name).chmod(0o755)
    with pytest.raises(HsmNotConfigured, match="mode 0"):
        discover(home)


def test_damaged_pins_are_named_and_not_shown(home):
    pin = discover(home).pin.reveal()
    path = home / "hsm" / "pins.json"
    path.write_text(f'{{"pin": "{pin}", ')
    with pytest.raises(HsmNotConfigured, match="damaged") as refused:
        discover(home)
    assert pin not in str(refused.value)
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_two_processes_make_one_token(home):
    with ThreadPoolExecutor(3) as threads:
        done = list(
            threads.map(
                lambda n: run(f"hsm.generate('EC_P256', 'k{n}'); hsm.close()", home), range(3)
            )
        )
    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 3
    assert len(list((home / "hsm" / "tokens").iterdir())) == 1
    assert run("print(list(hsm.labels()))", home).stdout == "['k0', 'k1', 'k2']\n"


def test_damaged_token_object_is_brought_back(home):
    assert run("hsm.generate('EC_P256', 'a'); hsm.close()", home).returncode == 0
    (damaged,) = (home / "hsm" / "tokens").glob("*/token.object")
    for content in (b"", damaged.read_bytes()[:100]):
        damaged.write_bytes(content)
        done = run("hsm.key('EC_P256', 'a').sign('ECDSA_SHA_256', bytes(32))", home)
        assert (done.returncode, done.stderr) == (0, "")


def test_lost_token_is_not_replaced_by_an_empty_one(home):
    assert run("hsm.generate('EC_P256', 'a'); hsm.close()", home).returncode == 0
    (directory,) = (home / "hsm" / "tokens").iterdir()
    directory.rename(home / "elsewhere")
    done = run("hsm.health()", home)
    assert "HsmUnavailable" in done.stderr
    assert "damaged or gone" in done.stderr
    assert list((home / "hsm" / "tokens").iterdir()) == []


HALF = """
from juyong.hsm.token.module import acquire
settings = discover(Path(sys.argv[1]))
module = acquire(settings.module, settings.own.config)
assert module.raw.init_token(module.library.get_slots()[0].slot_id, sys.argv[2], "juyong") == 0
"""


def test_token_that_has_no_pin_yet_gets_it(home):
    half = run(HALF, home, discover(home).own.so_pin.reveal())
    assert (half.returncode, half.stderr) == (0, "")
    done = run("hsm.generate('EC_P256', 'a'); print(list(hsm.labels()))", home)
    assert (done.stdout, done.stderr) == ("['a']\n", "")
    assert len(list((home / "hsm" / "tokens").iterdir())) == 1


def test_token_whose_making_was_cut_short_is_set_aside(home):
    half = run(HALF, home, "not our SO PIN")
    assert (half.returncode, half.stderr) == (0, "")
    done = run("hsm.generate('EC_P256', 'a'); print(list(hsm.labels()))", home)
    assert (done.stdout, done.stderr) == ("['a']\n", "")
    assert len(list((home / "hsm").glob("aside-*"))) == 1


@pytest.mark.parametrize("wait_ms", [0, 1, 2, 4, 6, 8, 10, 12])
def test_token_serves_after_a_kill_while_it_was_made(home, wait_ms):
    making = subprocess.Popen(
        [sys.executable, "-c", PROGRAM + "print('go', flush=True); hsm.health()", home],
        env={"PYTHONPATH": SOURCE},
        stdout=subprocess.PIPE,
    )
    with making:
        making.stdout.readline()
        with suppress(subprocess.TimeoutExpired):
            making.wait(wait_ms / 1000)
        making.kill()
    done = run("hsm.generate('EC_P256', 'a'); print(list(hsm.labels()))", home)
    assert (done.stdout, done.stderr) == ("['a']\n", "")


ENDLESS = """
hsm.offers("EC_P256"), hsm.offers("Aliyun_AES_128")
number = 0
while True:
    number += 1
    for spec in ("EC_P256", "Aliyun_AES_128"):
        label = f"{sys.argv[2]}-{spec}-{number}"
        print("begun", spec, label, flush=True)
        hsm.generate(spec, label)
        print("made", spec, label, flush=True)
"""


def test_generate_is_done_or_not_after_a_kill(home):
    known = {}
    for turn in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM + ENDLESS, home, f"t{turn}"],
            env={"PYTHONPATH": SOURCE},
            stdout=subprocess.PIPE,
            text=True,
        ) as making:
            said = "".join(making.stdout.readline() for _ in range(3 + turn))
            making.send_signal(signal.SIGKILL)
            said += making.stdout.read()
        for line in said.splitlines():
            state, spec, label = line.split()
            known[label] = (state, spec)
    done = run(CHECK, home, json.dumps(known))
    assert (done.stderr, done.stdout) == ("", "[]\n")
    assert {state for state, _ in known.values()} == {"begun", "made"}
    assert len(known) >= 8 * 2


CHECK = """
import json
from juyong.hsm.errors import KeyMissing
for label, (state, spec) in json.loads(sys.argv[2]).items():
    key = hsm.key(spec, label)
    use = lambda: (
        (key.sign("ECDSA_SHA_256", bytes(32)), hsm.public_key(label))
        if spec == "EC_P256" else key.seal(bytes(12), b"", b"")
    )
    try:
        use()
    except KeyMissing:
        assert state == "begun", label
        hsm.generate(spec, label)
        use()
for label in list(hsm.labels()):
    hsm.destroy(label)
print(list(hsm.labels()))
"""


def test_no_pin_in_argv_while_the_token_is_made(home, monkeypatch):
    settings = discover(home)
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **_: started.append(a))
    monkeypatch.setattr(os, "posix_spawn", lambda *a, **_: started.append(a))
    hsm = open_token(settings)
    hsm.health()
    hsm.close()
    assert started == []
    assert not any(settings.pin.reveal() in part for part in sys.argv)


def test_no_module_names_the_setting(tmp_path, home):
    with pytest.raises(HsmNotConfigured, match="hsm_module"):
        open_token(None)
    settings = discover(home)
    with pytest.raises(HsmNotConfigured, match="hsm_module"):
        open_token(replace(settings, module=tmp_path / "none.so"))
    nothing = tmp_path / "nothing.so"
    nothing.write_bytes(b"no shared object")
    hsm = open_token(replace(settings, module=nothing))
    with pytest.raises(HsmNotConfigured, match="hsm_module"):
        hsm.health()
    hsm.close()


def test_missing_library_names_the_extra(home, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("juyong.hsm.token")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(HsmNotConfigured, match=r"juyong\[hsm\]"):
        open_token(discover(home))


def test_token_that_is_not_ours_is_not_made(home):
    settings = replace(discover(home), own=None, token_label="theirs")
    monkey = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(home / "hsm" / "softhsm2.conf")
    hsm = open_token(settings)
    try:
        with pytest.raises(HsmUnavailable, match="theirs"):
            hsm.health()
    finally:
        hsm.close()
        del os.environ["SOFTHSM2_CONF"]
        if monkey is not None:
            os.environ["SOFTHSM2_CONF"] = monkey
    assert list((home / "hsm" / "tokens").iterdir()) == []


CONFIGURED = """
from msgspec.structs import replace
hsm.close()
settings = replace(discover(Path(sys.argv[1])), own=None)
hsm = open_token(settings)
hsm.key("EC_P256", "a").sign("ECDSA_SHA_256", bytes(32))
print(list(hsm.labels()))
"""


def test_token_that_is_configured_by_the_environment_is_used(home):
    assert run("hsm.generate('EC_P256', 'a'); hsm.close()", home).returncode == 0
    config = str(home / "hsm" / "softhsm2.conf")
    done = run(CONFIGURED, home, environment={"SOFTHSM2_CONF": config})
    assert (done.stdout, done.stderr) == ("['a']\n", "")
    assert "HsmUnavailable" in run(CONFIGURED, home, environment={}).stderr


def test_importing_the_package_is_cheap():
    program = (
        "import sys, juyong.hsm, juyong.hsm.open, juyong.hsm.discover, juyong.hsm.port\n"
        "print([n for n in sys.modules if n.split('.')[0] in ('pkcs11', 'asn1crypto')"
        " or n.startswith('cryptography.') or n.startswith('juyong.hsm.token')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
