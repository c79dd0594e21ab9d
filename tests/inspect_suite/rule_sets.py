"""The Core Rule Sets that tests find on the machine: none of their text is part of the project."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest

from juyong.engines.inspect.rules import RuleSet
from juyong.engines.inspect.seclang import Loaded, load

CRS4 = "github.com/corazawaf/coraza-coreruleset/v4@v4.25.0"
_CRS4_SUM = "h1:tqFO1lfVpTiyWtlN618OXpZMfw+nnN0Q4///W5W+/HM="
"""Of the module's files, as go.sum files have it."""
DEBIAN = Path("/usr/share/modsecurity-crs/rules")
DEBIAN_SETUP = Path("/etc/modsecurity/crs")

SETTINGS = """
SecRuleEngine DetectionOnly
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml application/json
SecAction "id:1,phase:1,nolog,pass,t:none,\\
    setvar:tx.blocking_paranoia_level={level},\\
    setvar:tx.crs_validate_utf8_encoding=1,\\
    setvar:tx.arg_name_length=100,\\
    setvar:tx.arg_length=400,\\
    setvar:tx.total_arg_length=64000,\\
    setvar:tx.max_num_args=255,\\
    setvar:tx.max_file_size=64100,\\
    setvar:tx.combined_file_sizes=65535"
"""
"""As the regression tests want a rule set set up."""


class Folder(Mapping[str, bytes]):
    """The files of a folder by their paths in it, read when they are asked for."""

    def __init__(self, folder: Path, more: Mapping[str, bytes] | None = None) -> None:
        self._folder = folder
        self._more = dict(more or {})
        self._names = {
            str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
        }

    def __getitem__(self, name: str) -> bytes:
        if name in self._more:
            return self._more[name]
        if name not in self._names:
            raise KeyError(name)
        return (self._folder / name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._names, *self._more}))

    def __len__(self) -> int:
        return len(self._names | set(self._more))


def crs4_folder() -> Path:
    """Return the folder of the Go module, or skip the test."""
    roots = [Path(os.environ.get("GOMODCACHE", "")), Path.home() / "go/pkg/mod"]
    for root in roots:
        if root.is_absolute() and (root / CRS4).is_dir():
            return root / CRS4
    pytest.skip(f"the Core Rule Set 4 is not here: go mod download {CRS4}")


def fetch_crs4() -> None:
    """Have `go` download the Go module, where `go` is; a module of other contents is refused."""
    go = shutil.which("go")
    if go is None:
        return
    command = [go, "mod", "download", "-json", CRS4]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode == 0 and json.loads(done.stdout)["Sum"] != _CRS4_SUM:
        raise ValueError(f"{CRS4} is not the module that is pinned")


@lru_cache(maxsize=8)
def crs4(level: int = 4, more: str = "") -> RuleSet:
    """Return the Core Rule Set 4 as its regression tests want it; more: Directives at the end."""
    texts = {"settings.conf": SETTINGS.format(level=level).encode(), "more.conf": more.encode()}
    entries = [
        "settings.conf",
        "@crs-setup.conf.example",
        "@owasp_crs/*.conf",
        "more.conf",
    ]
    return load(Folder(crs4_folder() / "rules", texts), entries).rules


def debian(settings: str = "") -> Loaded:
    """Return the rule set that the Debian package brings, or skip the test.

    settings: Directives that stand between the package's set-up and its rules.
    """
    if not DEBIAN.is_dir() or not DEBIAN_SETUP.is_dir():
        pytest.skip("the package modsecurity-crs is not installed")
    texts = {f"setup/{name}": data for name, data in Folder(DEBIAN_SETUP).items()}
    files = Folder(DEBIAN, texts | {"own.conf": settings.encode()})
    return load(files, ["setup/crs-setup.conf", "setup/REQUEST-900*.conf", "own.conf", "*-*.conf"])
