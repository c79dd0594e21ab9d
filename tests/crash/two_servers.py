"""Two server processes on one store: what one commits, the other goes by at once."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from tests.crash.calls import Client, Credentials, signed_target
from tests.crash.evidence import events_by_agent, reading
from tests.crash.homes import Home, postgres_where_installed
from tests.crash.server import ServerProcess
from tests.oss_client import OssClient

_BOTH_WRITE = 60
_THREADS_EACH = 3
_RACES = 20
_OBJECT_RACES = 10
_OBJECT_BYTES = (100, 1_500_000)


@contextmanager
def two_servers(home: Home) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Run two servers on one home."""
    with home.server() as first, home.server() as second:
        yield first, second


def seen_by_the_other(first: ServerProcess, second: ServerProcess) -> str:
    """Create, change and delete through one; look through the other."""
    a, b = first.client(), second.client()
    a.done("CreateUser", UserName="shared", DisplayName="one")
    assert b.done("GetUser", UserName="shared").members["User"]["DisplayName"] == "one"
    b.done("UpdateUser", UserName="shared", NewDisplayName="two")
    assert a.done("GetUser", UserName="shared").members["User"]["DisplayName"] == "two"
    assert b.call("CreateUser", UserName="shared").code == "EntityAlreadyExists.User"
    a.done("DeleteUser", UserName="shared")
    assert b.call("GetUser", UserName="shared").code == "EntityNotExist.User"
    return "created, changed and deleted through one, seen through the other"


def revoked_at_once(first: ServerProcess, second: ServerProcess) -> str:
    """Detach a policy, disable and delete a key through one; the other denies the next call."""
    a = first.client()
    key = _user_with_key(a, "reader")
    b = second.client(key)
    policy = {"PolicyType": "System", "PolicyName": "AliyunRAMReadOnlyAccess"}
    for _ in range(5):
        a.done("AttachPolicyToUser", UserName="reader", **policy)
        assert b.call("GetUser", UserName="reader").status == 200
        a.done("DetachPolicyFromUser", UserName="reader", **policy)
        denied = b.call("GetUser", UserName="reader")
        assert (denied.status, denied.code) == (403, "NoPermission"), denied
    a.done("AttachPolicyToUser", UserName="reader", **policy)
    assert b.call("GetUser", UserName="reader").status == 200
    named = {"UserName": "reader", "UserAccessKeyId": key.access_key_id}
    a.done("UpdateAccessKey", Status="Inactive", **named)
    assert b.call("GetUser", UserName="reader").code == "InvalidAccessKeyId.Inactive"
    a.done("UpdateAccessKey", Status="Active", **named)
    assert b.call("GetUser", UserName="reader").status == 200
    a.done("DeleteAccessKey", **named)
    assert b.call("GetUser", UserName="reader").code == "InvalidAccessKeyId.NotFound"
    return "detached policy, disabled key and deleted key denied at once through the other"


def accepted_once(first: ServerProcess, second: ServerProcess) -> str:
    """Send one signed request to both, one after the other and at the same moment."""
    key = first.credentials
    for here, there in ((first, second), (second, first)):
        target = signed_target(key, "GetUser", {"UserName": "administrator"})
        assert here.client().send(target).status == 200
        assert there.client().send(target).code == "SignatureNonceUsed"
    for _ in range(_RACES):
        assert _race(first, second) == ["", "SignatureNonceUsed"]
    return f"a nonce used on one is refused by the other, also in {_RACES} races"


def _race(first: ServerProcess, second: ServerProcess) -> list[str]:
    """Send one signed request to both at the same moment; returns the codes."""
    target = signed_target(first.credentials, "GetUser", {"UserName": "administrator"})
    codes: list[str] = []

    def send(client: Client) -> None:
        codes.append(client.send(target).code)

    racers = [threading.Thread(target=send, args=(each.client(),)) for each in (first, second)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return sorted(codes)


def both_write(home: Home, first: ServerProcess, second: ServerProcess) -> str:
    """Write through both at the same time: every call succeeds, every event is there."""
    wrong: list[str] = []

    def work(client: Client, name: str) -> None:
        for number in range(_BOTH_WRITE):
            answer = client.call("CreateUser", UserName=f"{name}-{number}")
            if answer.status != 200:
                wrong.append(f"{name}-{number}: {answer.code}")

    threads = [
        threading.Thread(target=work, args=(server.client(agent="both"), f"both{which}{each}"))
        for which, server in enumerate((first, second))
        for each in range(_THREADS_EACH)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong
    total = len(threads) * _BOTH_WRITE
    with reading(home) as database:
        assert not database.damage()
        query = "SELECT count(*) FROM ram_user WHERE user_name LIKE 'both%'"
        assert database.execute(query).fetchone()[0] == total
        assert len(events_by_agent(database)["both"]) == total
    return f"{total} writes through both at once"


def objects_shared(first: ServerProcess, second: ServerProcess) -> str:
    """Put, overwrite and delete objects through both; each read finds one of them whole."""
    with (
        closing(OssClient(first.port, first.credentials)) as a,
        closing(OssClient(second.port, second.credentials)) as b,
    ):
        a.done("PUT", "shared-bucket")
        for size in _OBJECT_BYTES:
            a.done("PUT", "shared-bucket", "key", body=b"a" * size)
            assert b.done("GET", "shared-bucket", "key").body == b"a" * size
            b.done("PUT", "shared-bucket", "key", body=b"b" * size)
            assert a.done("GET", "shared-bucket", "key").body == b"b" * size
            for _ in range(_OBJECT_RACES):
                _overwrite((a, b), size)
                found = {each.done("GET", "shared-bucket", "key").body for each in (a, b)}
                assert found in ({b"0" * size}, {b"1" * size}), "two servers show other objects"
            b.done("DELETE", "shared-bucket", "key")
            assert a.call("GET", "shared-bucket", "key").status == 404
    return "objects overwritten through both at once are one of the two, whole"


def _overwrite(clients: Sequence[OssClient], size: int) -> None:
    """Put an object through each at the same moment."""
    racers = [
        threading.Thread(
            target=client.done,
            args=("PUT", "shared-bucket", "key"),
            kwargs={"body": b"%d" % number * size},
        )
        for number, client in enumerate(clients)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()


def _user_with_key(admin: Client, name: str) -> Credentials:
    admin.done("CreateUser", UserName=name)
    made = admin.done("CreateAccessKey", UserName=name).members["AccessKey"]
    return Credentials(made["AccessKeyId"], made["AccessKeySecret"])


def two_processes(home: Home) -> str:
    """Run all of it on one pair of servers."""
    steps = (
        seen_by_the_other,
        revoked_at_once,
        accepted_once,
        objects_shared,
        partial(both_write, home),
    )
    with two_servers(home) as (first, second):
        return "; ".join(step(first, second) for step in steps)


def on_sqlite(folder: Path) -> str:
    """Run two servers on one file."""
    return two_processes(Home(folder / "two"))


def on_postgres(folder: Path) -> str:
    """Run two servers on one database; said so where there is no PostgreSQL."""
    with postgres_where_installed() as databases:
        if databases is None:
            return "left out: PostgreSQL's server binaries are not installed"
        return two_processes(databases.home(folder / "two-on-postgres"))


CASES: Mapping[str, Callable[[Path], str]] = {
    "two servers on one file": on_sqlite,
    "two servers on one PostgreSQL database": on_postgres,
}
