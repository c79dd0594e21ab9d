"""What a page needs beside the platform: `<!-- needs: postgresql, softhsm -->` in its text.

A page whose need is not met here is skipped, with the reason.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.clickhouse import PASSWORD, serving
from tests.conformance.databases import ADMIN, ADMIN_PASSWORD, postgres_with_passwords
from tests.docs.walkthrough import Reader, reader
from tests.stores import moto_store
from tests.unit.cli.isolation.world import refusal

from juyong import sandbox

_NEEDS = re.compile(r"^<!-- needs: (.+) -->$", re.MULTILINE)
_SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")


@contextmanager
def _postgresql() -> Iterator[Mapping[str, str]]:
    """A server that asks for passwords, and its administrator in the variables psql reads."""
    with postgres_with_passwords() as database:
        yield {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(database.port),
            "PGUSER": ADMIN,
            "PGPASSWORD": ADMIN_PASSWORD,
        }


@contextmanager
def _softhsm() -> Iterator[Mapping[str, str]]:
    """SoftHSM where Debian has it."""
    if not _SOFTHSM.is_file():
        pytest.skip(f"SoftHSM2 is not installed as {_SOFTHSM}")
    yield {}


@contextmanager
def _functions() -> Iterator[Mapping[str, str]]:
    """A system that can isolate functions."""
    why_not = sandbox.probe()
    if why_not is not None:
        pytest.skip(f"functions cannot be isolated here: {why_not}")
    yield {}


@contextmanager
def _isolation() -> Iterator[Mapping[str, str]]:
    """A system that can isolate commands."""
    why_not = refusal()
    if why_not is not None:
        pytest.skip(f"commands cannot be isolated here: {why_not}")
    yield {}


@contextmanager
def _aliyun() -> Iterator[Mapping[str, str]]:
    """The command-line client of the cloud."""
    if shutil.which("aliyun") is None:
        pytest.skip("`aliyun` is not installed")
    yield {}


@contextmanager
def _pypi() -> Iterator[Mapping[str, str]]:
    """The registry that `pip` asks."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    with tempfile.TemporaryDirectory() as folder:
        asked = [*command, folder, "alibabacloud-dkms-gcs"]
        if subprocess.run(asked, capture_output=True, timeout=120, check=False).returncode:
            pytest.skip("pip cannot reach its registry")
    yield {}


@contextmanager
def _s3() -> Iterator[Mapping[str, str]]:
    """A store with a bucket `blobs`; its address stands over the one of the page."""
    with moto_store() as store:
        place = store.place
        yield {
            "JUYONG_BLOB_ENDPOINT": place.endpoint,
            "STORE_KEY_ID": place.access_key_id,
            "STORE_SECRET": place.secret.reveal(),
        }


@contextmanager
def _clickhouse() -> Iterator[Mapping[str, str]]:
    """A server that speaks as ClickHouse does, over chDB; its address stands over the page's."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        files = Path(folder) / "files"
        files.mkdir()
        yield {
            "JUYONG_LOG_CLICKHOUSE_URL": url,
            "JUYONG_LOG_CLICKHOUSE_FOLDER": str(files),
            "CLICKHOUSE_PASSWORD": PASSWORD,
        }


@contextmanager
def _nginx() -> Iterator[Mapping[str, str]]:
    """A web server that other sites have in front."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    yield {}


_PROVIDERS: Mapping[str, Callable[[], AbstractContextManager[Mapping[str, str]]]] = {
    "postgresql": _postgresql,
    "softhsm": _softhsm,
    "functions": _functions,
    "isolation": _isolation,
    "aliyun": _aliyun,
    "pypi": _pypi,
    "s3": _s3,
    "clickhouse": _clickhouse,
    "nginx": _nginx,
}


@contextmanager
def equipped(page: Path, **variables: str) -> Iterator[Reader]:
    """Seat a reader who has what a page needs."""
    found = _NEEDS.search(page.read_text())
    with ExitStack() as supplies:
        given: dict[str, str] = dict(variables)
        for need in found[1].split(", ") if found else ():
            given.update(supplies.enter_context(_PROVIDERS[need]()))
        yield supplies.enter_context(reader(**given))
