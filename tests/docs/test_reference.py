"""The generated pages are what the code makes of them now."""

import subprocess
import sys

from tests.docs.walkthrough import ROOT


def test_reference_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "reference.py", "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_a_changed_page_is_found_stale() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import reference
    finally:
        sys.path.remove(str(ROOT / "tools"))
    made = reference.pages()
    page = reference.REFERENCE / "settings.md"
    assert page not in reference.stale(made)
    assert page in reference.stale({**made, page: made[page] + "more\n"})
