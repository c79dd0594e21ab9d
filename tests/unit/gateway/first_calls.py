"""Run in a process of its own: the first calls of every product, and which thread imports for them.

Prints what was imported on the event loop's thread, what the first KMS call imported elsewhere, and
which catalogues of published names were read.
"""

import asyncio
import json
import sys
import threading
import uuid
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from tests.unit.gateway.calls import raw, v1_call

from juyong.api.request import Raw
from juyong.app.bootstrap import Credentials, read_credentials
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant

NOW = 1_790_000_000
HELD = "juyong.services.kms.crypto.encrypt"
FIRST: list[tuple[str, str, dict[str, str]]] = [
    ("ims", "ListUsers", {}),
    ("ims", "CreateVirtualMFADevice", {"VirtualMFADeviceName": "one"}),
    ("ram", "CreateVirtualMFADevice", {"VirtualMFADeviceName": "other"}),
    ("ram", "ListPoliciesForUser", {"UserName": "administrator"}),
    ("sts", "GetCallerIdentity", {}),
    ("actiontrail", "LookupEvents", {}),
    ("kms", "CreateKey", {}),
    ("kms", "CreateKey", {"KeySpec": "EC_SM2", "KeyUsage": "SIGN/VERIFY"}),
    ("kms", "CreateSecret", {"SecretName": "s", "VersionId": "v", "SecretData": "d"}),
    ("kms", "GetSecretValue", {"SecretName": "s"}),
    ("ecs", "DescribeKeyPairs", {"RegionId": "cn-hangzhou"}),
    ("rds", "DescribeRegions", {}),
    ("location", "DescribeEndpoints", {"Id": "cn-hangzhou", "ServiceCode": "kms"}),
    ("ram", "NoSuchOperation", {}),
]
VERSIONS = {
    "actiontrail": "2020-07-06",
    "ecs": "2014-05-26",
    "ims": "2019-08-15",
    "kms": "2016-01-20",
    "location": "2015-06-12",
    "ram": "2015-05-01",
    "rds": "2014-08-15",
    "sts": "2015-04-01",
}


class Recorder:
    """Notes each import and its thread; holds one of them until it is let go."""

    def __init__(self) -> None:
        self.loop = threading.get_ident()
        self.on_loop: list[str] = []
        self.elsewhere: list[str] = []
        self.catalogues: list[tuple[str, bool]] = []
        self.held, self.go = threading.Event(), threading.Event()

    def note_open(self, event: str, args: tuple[Any, ...]) -> None:
        """Take an audit event; noted are files of the catalogue, with the thread's kind."""
        if event == "open" and isinstance(args[0], str) and args[0].endswith(".txt"):
            on_loop = threading.get_ident() == self.loop
            self.catalogues.append((Path(args[0]).name, on_loop))

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        if threading.get_ident() == self.loop:
            self.on_loop.append(name)
            return None
        self.elsewhere.append(name)
        if name == HELD:
            self.held.set()
            self.go.wait()
        return None


def call(key: Credentials, product: str, action: str, **params: str) -> Raw:
    host, version = f"{product}.aliyuncs.com", VERSIONS[product]
    return v1_call(
        *(key.access_key_id, key.access_key_secret, NOW),
        host=host,
        Action=action,
        Version=version,
        **params,
    )


async def scene(running: Running, recorder: Recorder) -> dict[str, Any]:
    key = read_credentials(running.home)

    async def answered(product: str, action: str, **params: str) -> tuple[int, str]:
        answer = await running.pipeline.serve(call(key, product, action, **params))
        return answer.status, json.loads(answer.body).get("Code", "")

    assert (await answered("ram", "GetUser", UserName="administrator"))[0] == 200
    encrypts = [
        asyncio.create_task(answered("kms", "Encrypt", KeyId="alias/none", Plaintext="YQ=="))
        for _ in range(3)
    ]
    await asyncio.to_thread(recorder.held.wait)
    reads = await asyncio.gather(
        *(answered("ram", "GetUser", UserName="administrator") for _ in range(50))
    )
    waiting = not any(task.done() for task in encrypts)
    recorder.go.set()
    found = {
        "reads": reads,
        "waiting": waiting,
        "encrypts": await asyncio.gather(*encrypts),
        "first": {},
    }
    for product, action, params in FIRST:
        found["first"][f"{product}.{action}"] = await answered(product, action, **params)
        if action == "NoSuchOperation":
            continue
        assert not recorder.catalogues, "a served call read a catalogue"
        assert "juyong.api.catalogue" not in sys.modules
    await answered("ecs", "CreateSnapshot")
    await answered("ecs", "NoSuchOperation")
    for host, path in (
        ("fcv3.cn-hangzhou.aliyuncs.com", "/2023-03-30/functions"),
        ("1.cn-hangzhou.fc.aliyuncs.com", "/2021-04-06/services"),
    ):
        answer = await running.pipeline.serve(raw(path=path, headers={"host": host}))
        found["first"][path] = (answer.status, json.loads(answer.body)["Code"])
    return found


def main() -> None:
    home = Path(sys.argv[1]) / uuid.uuid4().hex
    settings = Settings(hsm_module="none")
    running = open_platform(home, settings=settings, clock=lambda: Instant(NOW))
    recorder = Recorder()
    sys.meta_path.insert(0, recorder)
    sys.addaudithook(recorder.note_open)
    found = asyncio.run(scene(running, recorder))
    running.close()
    json.dump(
        {
            **found,
            "on_loop": recorder.on_loop,
            "elsewhere": recorder.elsewhere,
            "catalogues": recorder.catalogues,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
