"""A SoftHSM token of the test's own, and the face over it."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from juyong.hsm.discover import USUAL_PLACES, discover
from juyong.hsm.open import open_token
from juyong.hsm.port import Hsm
from juyong.hsm.settings import HsmSettings

softhsm = next((place for place in USUAL_PLACES if place.is_file()), None)


@pytest.fixture(scope="session")
def token_home(tmp_path_factory) -> Path:
    """Return a home whose token all tests share; each uses labels of its own."""
    if softhsm is None:
        pytest.skip("SoftHSM2 is not installed")
    if importlib.util.find_spec("pkcs11") is None:
        pytest.skip("python-pkcs11 is not installed")
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def settings(token_home) -> HsmSettings:
    """Return what is discovered for the shared home."""
    found = discover(token_home)
    assert found is not None
    return found


@pytest.fixture
def hsm(settings) -> Iterator[Hsm]:
    """Open the shared token."""
    opened = open_token(settings)
    yield opened
    opened.close()
