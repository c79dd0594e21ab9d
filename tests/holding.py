"""Which files hold a word, for tests that look into the home of a running server."""

import subprocess
from pathlib import Path


def holders(word: bytes, *folders: Path) -> list[str]:
    """Return the paths of the files that hold a word; files may come and go meanwhile.

    Another process reads them, for the reason that `stored_bytes` (tests/conformance) tells.
    """
    found = subprocess.run(
        ["grep", "-rlF", "--no-messages", "--devices=skip", "-e", word, "--", *folders],
        stdout=subprocess.PIPE,
        check=False,
    )
    return found.stdout.decode().splitlines()
