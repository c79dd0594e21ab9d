"""Calls of SLS by both official SDKs: callers, refusals, and requests that no client would send."""

import base64
import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from alibabacloud_sls20201230.client import Client as TeaClient
from aliyun.log import LogClient, LogException
from darabonba.exceptions import UnretryableException
from Tea.exceptions import TeaException
from tests.conformance.harness import Server
from tests.conformance.samples import sample

from juyong.api.operation_spec import Operation

REGION = "cn-hangzhou"


class Caller:
    """One AccessKey, as the log SDK, as the generated SDK, and as nothing but a signer calls."""

    def __init__(self, server: Server, key_id: str, secret: str, token: str | None = None) -> None:
        self.server, self.key_id, self.secret = server, key_id, secret
        self.log = LogClient(f"http://{REGION}.log.aliyuncs.com", key_id, secret, token)
        self.log._session.proxies = {"http": f"http://127.0.0.1:{server.port}"}
        config = server.config(key_id, secret, token)
        config.endpoint = f"{REGION}.log.aliyuncs.com"
        self.tea = TeaClient(config)

    def signed(self, method: str, path: str, query: str, headers: dict[str, str]) -> str:
        """Return the Authorization header of signature V1."""
        own = sorted(f"{k}:{v}" for k, v in headers.items() if k.startswith(("x-log-", "x-acs-")))
        first = [headers.get(name, "") for name in ("content-md5", "content-type", "date")]
        pairs = "&".join(sorted(query.split("&"))) if query else ""
        text = "\n".join((method, *first, *own, f"{path}?{pairs}" if pairs else path))
        code = hmac.digest(self.secret.encode(), text.encode(), "sha1")
        return f"LOG {self.key_id}:{base64.b64encode(code).decode()}"

    def call(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        *,
        project: str = "",
        headers: Mapping[str, str | None] | None = None,
    ) -> "Answer":
        """Make a signed call; headers: Further ones, or None for one that is left out."""
        host = f"{project}.{REGION}.log.aliyuncs.com" if project else f"{REGION}.log.aliyuncs.com"
        sent = {
            "host": host,
            "date": formatdate(self.server.clock(), usegmt=True),
            "x-log-apiversion": "0.6.0",
            "x-log-signaturemethod": "hmac-sha1",
        }
        if body:
            digest = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
            sent |= {"content-md5": digest, "content-type": "application/json"}
        for name, value in (headers or {}).items():
            sent = {k: v for k, v in sent.items() if k != name}
            if value is not None:
                sent[name] = value
        sent.setdefault("authorization", self.signed(method, path, query, sent))
        return raw(self.server.port, method, f"{path}?{query}" if query else path, sent, body)


class Answer:
    """An answer as it came."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()


def raw(port: int, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """Send a request as it stands."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, body or None, dict(headers))
        return Answer(connection.getresponse())


OWN: dict[str, dict[str, Any]] = {
    "ChangeResourceGroup": {"resourceId": None, "resourceGroupId": "rg-1"},
    "UpsertResourceRecord": {"records": [{"value": "{}"}]},
    "TagResources": {"tags": [{"key": "k", "value": "v"}]},
}
"""What one operation needs as well, or otherwise; None: the project of the test."""
SAMPLES: dict[str, Any] = {
    "projectName": "another-project",
    "resourceType": "project",
    "resourceId": '["another-project"]',
    "logstoreName": "another-store",
    "shard": "0",
}


def asked(caller: Caller, found: Operation, project: str, logstore: str) -> Answer:
    """Call an operation with a valid request that is about a project and a logstore."""
    assert found.route is not None
    values = {"project": project, "logstore": logstore, **SAMPLES, **OWN.get(found.name, {})}
    values = {name: project if value is None else value for name, value in values.items()}
    path, query = found.route.path, found.route.marks
    own = path.startswith("/project/")
    path = path.removeprefix("/project/{project}") or "/"
    named = {name for name in values if f"{{{name}}}" in path}
    for name in named:
        path = path.replace(f"{{{name}}}", quote(values[name], safe=""))
    body = {**sample(found), **{k: v for k, v in values.items() if k not in named}}
    if found.route.method in ("GET", "DELETE"):
        names = {field.wire for field in found.fields if field.required}
        rest = {k: v for k, v in body.items() if k in names - named - {"project"}}
        query = "&".join(filter(None, (query, urlencode(rest))))
        body = {}
    sent = json.dumps(body).encode() if body else b""
    return caller.call(found.route.method, path, query, sent, project=project if own else "")


@contextmanager
def refused(code: str, status: int, text: str = "") -> Iterator[Any]:
    """Expect a call of the log SDK to be refused with a code and an HTTP status."""
    with pytest.raises(LogException) as caught:
        yield caught
    error = caught.value
    assert (error.get_error_code(), error.resp_status) == (code, status), str(error)
    assert text in error.get_error_message(), str(error)


@contextmanager
def tea_refused(code: str, status: int, text: str = "") -> Iterator[Any]:
    """Expect a call of the generated SDK to be refused; its gateway raises what it reads."""
    with pytest.raises(UnretryableException) as caught:
        yield caught
    error: Any = caught.value.inner_exception
    assert isinstance(error, TeaException), repr(error)
    found = error.code, (error.data or {}).get("statusCode")
    assert found == (code, status), f"{found}: {error.message}"
    assert text in error.message, error.message
