"""Pin every dependency with its hashes: requirements/serve.txt and requirements/dev.txt.

Usage: python tools/lock.py   (needs `uv`; run it when pyproject.toml changes)
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = (
    *("uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate"),
    *("--universal", "--python-version", "3.11", "--no-emit-index-url"),
)


def main() -> None:
    """Write both files."""
    folder = ROOT / "requirements"
    folder.mkdir(exist_ok=True)
    serve, dev = folder / "serve.txt", folder / "dev.txt"
    extra = ROOT / "requirements" / "build.in"
    served = [f"--extra={name}" for name in ("hsm", "mysql", "postgres", "sm")]
    compile_to(serve, "pyproject.toml", str(extra), *served)
    groups = [f"--group={g}" for g in ("sdk", "test", "lint", "bench", "fuzz")]
    # Clients of stores for blobs: few servers need one, and tests need both.
    stores = [f"--extra={name}" for name in ("oss", "s3")]
    compile_to(dev, "pyproject.toml", *served, *stores, *groups, f"--constraint={serve}")


def compile_to(target: Path, *arguments: str) -> None:
    """Resolve into one file."""
    command = [*COMMON, *arguments, "--output-file", str(target.relative_to(ROOT))]
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
