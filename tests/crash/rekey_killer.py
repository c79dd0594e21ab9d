"""Kill a rekey at each of its file-system calls in turn; says how many there were.

Usage: python rekey_killer.py FOLDER FROM TO, with FROM and TO `file` or `passphrase`.

Each round makes a home, and a child that changes its root key and dies by SIGKILL before its n-th
call that opens, renames, links or removes something in the home, or syncs it to the disk. Whatever
is left must open to the same keys, with one of the two root keys, and must take a further rekey.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from juyong.app.home import Home, open_home
from juyong.app.keys import Unlocking, WrongRootKey, open_keys
from juyong.app.keys.passphrase import root_from  # noqa: F401  # loaded before children are made
from juyong.app.keys.rekey import rekey
from juyong.base.secret import Secret

BEFORE, AFTER = Secret("the passphrase before"), Secret("the passphrase after")
CALLS = ("open", "os.rename", "os.link", "os.remove")
MOST = 100


def by(passphrase: Secret) -> Unlocking:
    return Unlocking(passphrase=lambda: passphrase)


def die_at(home: Home, wanted: int) -> None:
    """Have this process killed before its wanted-th call on the home."""
    seen, folder, sync = 0, str(home.path), os.fsync

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in CALLS and str(arguments[0]).startswith(folder):
            count()

    def counted_sync(descriptor: int) -> None:
        count()
        sync(descriptor)

    os.fsync = counted_sync
    sys.addaudithook(hook)


def killed(home: Home, wanted: int, to: str) -> bool:
    """Rekey in a child; True when it was killed."""
    child = os.fork()
    if child == 0:
        die_at(home, wanted)
        rekey(home, by(BEFORE), to, lambda: AFTER)  # type: ignore[arg-type]
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        return True
    assert os.waitstatus_to_exitcode(status) == 0, status
    return False


def opened(home: Home) -> tuple[dict[str, bytes], Secret]:
    try:
        return dict(open_keys(home, by(BEFORE))), BEFORE
    except WrongRootKey:
        return dict(open_keys(home, by(AFTER))), AFTER


def main(folder: Path, came_from: str, to: str) -> None:
    pattern = open_home(folder / "pattern")
    rekey(pattern, Unlocking(), came_from, lambda: BEFORE)  # type: ignore[arg-type]
    keys = dict(open_keys(pattern, by(BEFORE)))
    ways: set[str] = set()
    for wanted in range(1, MOST):
        home = Home(folder / f"home-{wanted}")
        shutil.copytree(pattern.path, home.path)
        was_killed = killed(home, wanted, to)
        found, passphrase = opened(home)
        assert found == keys, wanted
        ways.add("after" if home.seal.read_bytes() != pattern.seal.read_bytes() else "before")
        rekey(home, by(passphrase), to, lambda: AFTER)  # type: ignore[arg-type]
        assert dict(open_keys(home, by(AFTER))) == keys, wanted
        left = {p.name for p in home.path.iterdir() if not p.name.startswith(".seal.json.")}
        left = {name for name in left if not name.startswith(".root.key.")}
        assert left == ({"root.key", "seal.json"} if to == "file" else {"seal.json"}), left
        if not was_killed:
            print(f"{wanted - 1} deaths, {' and '.join(sorted(ways))}")
            return
    raise AssertionError("a rekey has no end")


main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
