"""The pages on adding a product, an operation, a resource, a job and a command, taken at their word."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.docs.walkthrough import ROOT, blocks_of, save

HOW_TO = ROOT / "docs" / "how-to"
_EXTEND = """
from pathlib import Path
import juyong.services
juyong.services.__path__.append(str(Path(__file__).parent / "src/juyong/services"))
"""


def test_the_example_product_is_served(tmp_path: Path) -> None:
    pages = (
        *("add-a-product.md", "add-an-operation.md", "add-a-resource.md", "add-a-job.md"),
        "add-a-command.md",
    )
    assert "10 passed" in followed(pages, tmp_path, files=16)


def test_the_example_format_is_spoken(tmp_path: Path) -> None:
    assert "3 passed" in followed(("add-a-format.md",), tmp_path, files=6)


def followed(pages: Iterable[str], folder: Path, *, files: int) -> str:
    """Save the files of pages, and run the tests among them."""
    blocks = [block for page in pages for block in blocks_of(HOW_TO / page)]
    names = [block.file for block in blocks if block.file is not None]
    assert len(names) == files
    for block in blocks:
        if block.file is not None:
            save(block, folder)
    (folder / "conftest.py").write_text(_EXTEND)
    return run_tests(folder, *(name for name in names if "/test_" in name))


def test_the_example_tests_pass(tmp_path: Path) -> None:
    (block,) = (each for each in blocks_of(HOW_TO / "run-the-tests.md") if each.file)
    save(block, tmp_path)
    assert "5 passed" in run_tests(tmp_path, block.file)


def run_tests(folder: Path, *files: str) -> str:
    """Run test files of a folder with the fixtures of this suite; returns what pytest says."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."),
            *("-p", "tests.conftest", "-m", "not postgres", *files),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/src", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.stdout + done.stderr
