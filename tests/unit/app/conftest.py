"""What tests of keys have in common."""

import pytest

from juyong.app.keys import passphrase


@pytest.fixture
def quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose the least that a seal may say for new passphrases, a fifth of the usual work.

    Another process chooses its own; tests/unit/app/keys/test_passphrases.py takes what is usual.
    """
    for name, least in (("_MEMORY_KIB", 19_456), ("_PASSES", 2), ("_LANES", 1)):
        monkeypatch.setattr(passphrase, name, least)
