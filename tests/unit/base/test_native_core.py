"""Native cores: used where one of the right version is installed, and never needed."""

import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from juyong.base.native_core import NativeCore
from juyong.engines.inspect import core as waf
from juyong.engines.ledger import native as ledger
from juyong.logs import native as logs

FOLDER = Path(__file__).parents[3] / "core"
USERS = {"waf": waf, "logs": logs, "ledger": ledger}


def test_each_core_has_the_version_that_is_spoken_to():
    told = {path.parent.name: path for path in FOLDER.glob("*/Cargo.toml")}
    assert told.keys() == USERS.keys()
    for name, user in USERS.items():
        package = tomllib.loads(told[name].read_text())["package"]
        assert package["version"] == user.CORE_VERSION
        assert package["name"] == f"juyong-{name}-core"


def test_a_core_that_is_not_installed_is_not_used():
    core = NativeCore("juyong_core_of_nothing", "0.1.0")
    assert (core.ready, core.state) == (False, "the native core is not installed")
    with pytest.raises(RuntimeError, match="is not installed"):
        core.required()


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("0.1.0", "the native core 0.1.0 is used"),
        ("0.0.9", "the native core is of version 0.0.9, not 0.1.0"),
    ],
)
def test_only_the_version_that_is_spoken_to_is_used(monkeypatch, version, state):
    found = SimpleNamespace(VERSION=version)
    monkeypatch.setitem(sys.modules, "juyong_core_of_a_test", found)
    core = NativeCore("juyong_core_of_a_test", "0.1.0")
    assert core.state == state
    assert core.module is (found if core.ready else None)
    assert core.ready == (version == "0.1.0")
