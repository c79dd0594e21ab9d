"""What a client's environment needs to be there."""

from pathlib import Path

import pytest

from juyong.api.command import OperatorError
from juyong.cli.client import client_of


def test_asking_with_a_mistyped_home_makes_none(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no server runs"):
        client_of(tmp_path / "mistyped", as_user=None, account="default")
    assert list(tmp_path.iterdir()) == []
