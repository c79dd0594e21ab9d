"""Make the virtual environment, with the first Python from 3.11 on that is at hand.

Usage: python tools/make_venv.py DIRECTORY
"""

import sys
import venv
from pathlib import Path

LEAST = (3, 11)


def main() -> None:
    """Create the environment given as the only argument."""
    if sys.version_info < LEAST:
        sys.exit(f"juyong needs Python {LEAST[0]}.{LEAST[1]} or newer: make PYTHON=python3.12 …")
    directory = Path(sys.argv[1])
    try:
        venv.EnvBuilder(with_pip=True, upgrade_deps=False).create(directory)
    except Exception as failure:  # noqa: BLE001  # ensurepip fails in many ways; say what helps
        sys.exit(f"cannot make {directory}: {failure}\non Debian: apt-get install python3-venv")


if __name__ == "__main__":
    main()
