"""What an operator is told where a command finds no key to act with."""

from pathlib import Path

import pytest

from juyong.api.command import OperatorError
from juyong.app.home import Home
from juyong.app.operator import credentials_of
from juyong.app.platform import open_platform
from juyong.app.settings import Settings


def test_a_user_without_a_key_is_told_the_whole_command(tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_platform(home, settings=Settings()).store.close()
    command = "juyong exec --account default -- aliyun ram CreateAccessKey --UserName alice"
    with pytest.raises(OperatorError, match=command):
        credentials_of(Home(home), "default", "alice")
    with pytest.raises(OperatorError, match="there is no account `other`"):
        credentials_of(Home(home), "other", "alice")
