"""The KMS while its store has no room, or is gone: it refuses, keeps its promises, and goes on."""

import base64
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.crash.calls import KMS, Answer, Client
from tests.crash.kms_evidence import check_promises
from tests.crash.kms_rounds import ENVIRONMENT
from tests.crash.kms_two_servers import postgres_home
from tests.crash.kms_writer import LEVELS, KmsWriter
from tests.crash.rounds import verify_with_check
from tests.crash.server import ServerProcess
from tests.crash.shortage import (
    CannotMount,
    Shortage,
    Work,
    full,
    no_larger_files,
    small_disk,
    starve,
)
from tests.waiting import wait_until

_UNAVAILABLE = "ServiceUnavailableTemporary"
_TEXT = base64.b64encode(b"before and after").decode()
_WRITERS = 3
_OUTAGES = 2
_OUTAGE_SECONDS = 0.5
_CALLS_BETWEEN = 8
_PROGRESS_SECONDS = 60
_JOIN_SECONDS = 60


def _value(name: str) -> str:
    return f"value of {name} ".ljust(1000, "x")


def _make(client: Client, name: str) -> Answer:
    return client.call(
        "CreateSecret", version=KMS, SecretName=name, VersionId="v1", SecretData=_value(name)
    )


def _keeps(client: Client, name: str) -> None:
    told = client.patient("GetSecretValue", SecretName=name).members
    assert told["SecretData"] == _value(name), name


_MOST_KEYS = 20
SECRETS = Work(
    action="CreateSecret",
    refusal=_UNAVAILABLE,
    make=_make,
    keeps=_keeps,
    names="SELECT name FROM kms_secret",
)


def starve_kms(server: ServerProcess, shortage: Shortage) -> str:
    """Take the room away; keys of both kinds that were there go on, new ones come afterwards."""
    client = server.client()
    sealed = {_new_key(client, level): "" for level in LEVELS}
    for key in sealed:
        told = client.patient("Encrypt", KeyId=key, Plaintext=_TEXT).members
        sealed[key] = told["CiphertextBlob"]

    made: list[str] = []

    @contextmanager
    def and_no_keys(server: ServerProcess) -> Iterator[None]:
        with shortage(server):
            yield
            # A key takes less room than a secret, so that a few may still be made.
            for level in LEVELS:
                made.extend(_keys_until_refused(client, level))

    seen = starve(server, and_no_keys, SECRETS)
    for key in (*sealed, *made, *(_new_key(client, level) for level in LEVELS)):
        blob = sealed.get(key)
        if blob is None:
            told = client.patient("Encrypt", KeyId=key, Plaintext=_TEXT).members
            blob = told["CiphertextBlob"]
        assert client.patient("Decrypt", CiphertextBlob=blob).members["Plaintext"] == _TEXT
    listed = client.patient("ListKeys", PageSize="100").members["Keys"]["Key"]
    assert len(listed) == 2 * len(LEVELS) + 1 + len(made), "there are keys nobody was told of"
    return seen


def _keys_until_refused(client: Client, level: str) -> Iterator[str]:
    """Make keys until the server says that there is no room; yields those that were made."""
    for _ in range(_MOST_KEYS):
        answer = client.call("CreateKey", version=KMS, ProtectionLevel=level)
        if answer.status != 200:  # HTTP
            return
        yield str(answer.members["KeyMetadata"]["KeyId"])
    raise AssertionError("keys are made without room")


def _new_key(client: Client, level: str) -> str:
    made = client.done("CreateKey", version=KMS, ProtectionLevel=level)
    return str(made.members["KeyMetadata"]["KeyId"])


def full_disk(folder: Path) -> str:
    """Run on a small disk that gets full, the hardware module's files on it too.

    Raises:
        CannotMount: it takes root's rights.
    """
    with (
        small_disk(folder / "kms-disk") as disk,
        ServerProcess(disk / "home", ENVIRONMENT, logs=folder) as server,
    ):
        return starve_kms(server, full)


def full_disk_where_allowed(folder: Path) -> str:
    """Run on a small disk; said so where this process may not mount one."""
    try:
        return full_disk(folder)
    except CannotMount:
        return "left out: mounting takes root; the next case stands for it"


def file_size_limit(folder: Path) -> str:
    """Run until the kernel refuses to let the database's log grow."""
    with ServerProcess(folder / "kms-limited", ENVIRONMENT) as server:
        return starve_kms(server, no_larger_files)


def broken_postgres(folder: Path, outages: int = _OUTAGES) -> str:
    """Crash the database server under writers, and start it again."""
    with postgres_home(folder) as (database, home, environment):
        with ServerProcess(home, environment) as server:
            writers = [KmsWriter(server.client(), f"b{each}", each) for each in range(_WRITERS)]
            for writer in writers:
                writer.start()
            for _ in range(outages):
                _wait_for_progress(writers)
                assert database.process is not None
                database.process.send_signal(signal.SIGQUIT)  # at once, nothing is finished
                database.process.wait()
                time.sleep(_OUTAGE_SECONDS)
                database.start()
            _wait_for_progress(writers)
            for writer in writers:
                writer.enough.set()
                writer.join(_JOIN_SECONDS)
                assert not writer.is_alive(), "a writer still waits for the store"
                check_promises(writer, server.client())
        verify_with_check(home, environment)
    kept = sum(len(writer.acknowledged) for writer in writers)
    doubtful = sum(len(writer.doubtful) for writer in writers)
    assert doubtful > 0, "nobody noticed that the store was gone"
    return f"{kept} acknowledged and kept, {doubtful} refused while the database was down"


def _wait_for_progress(writers: list[KmsWriter]) -> None:
    """Wait until every writer is served again."""
    goals = [(writer, len(writer.acknowledged) + _CALLS_BETWEEN) for writer in writers]

    def served() -> bool:
        assert all(writer.is_alive() for writer in writers), "a call was not answered"
        return all(len(writer.acknowledged) >= goal for writer, goal in goals)

    wait_until(served, _PROGRESS_SECONDS)


CASES: Mapping[str, Callable[[Path], str]] = {
    "KMS on a full disk": full_disk_where_allowed,
    "KMS under a file size limit": file_size_limit,
    "KMS on a database that crashes": broken_postgres,
}
