"""Calls whose answers are looked at byte by byte: an SDK's model hides what is absent."""

import time
from dataclasses import dataclass
from typing import Any

import httpx
from tests.conformance.harness import Server
from tests.unit.gateway.calls import v1_call, v3_call

VERSIONS = {
    "ram": "2015-05-01",
    "sts": "2015-04-01",
    "ims": "2019-08-15",
    "kms": "2016-01-20",
    "actiontrail": "2020-07-06",
}


@dataclass(frozen=True)
class Raw:
    """One answer as it arrived."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    def at(self, path: str) -> Any:
        """Return a member: `Users.User.0.Email`."""
        found: Any = self.body
        for name in path.split("."):
            found = found[int(name)] if name.isdigit() else found[name]
        return found


class RawCaller:
    """One credential that calls a server without any SDK."""

    def __init__(self, server: Server, key_id: str, secret: str, token: str = "") -> None:
        self._server, self._key_id, self._secret, self._token = server, key_id, secret, token

    def __call__(self, product: str, action: str, **params: str) -> Raw:
        """Call with a V1 signature."""
        return _answer(self.plain(product, action, **params))

    def plain(self, product: str, action: str, **params: str) -> httpx.Response:
        """Call with a V1 signature, for an answer that need not be JSON."""
        host = f"127.0.0.1:{self._server.port}"
        more = {"SecurityToken": self._token} if self._token else {}
        given = {"Action": action, "Version": VERSIONS[product], "RegionId": "cn-hangzhou"}
        request = v1_call(
            self._key_id, self._secret, int(time.time()), host=host, **given, **more, **params
        )
        return httpx.get(f"http://{host}/?{request.query}", timeout=30)

    def v3(self, product: str, action: str, after: dict[str, str] | None = None) -> Raw:
        """Call with a V3 signature; `after` changes headers once they are signed."""
        host = f"127.0.0.1:{self._server.port}"
        request = v3_call(
            self._key_id,
            self._secret,
            int(time.time()),
            action,
            headers={"host": host, "x-acs-version": VERSIONS[product]},
            after=after,
        )
        return _answer(httpx.post(f"http://{host}/", headers=request.headers, timeout=30))


def _answer(answer: httpx.Response) -> Raw:
    return Raw(answer.status_code, dict(answer.headers), answer.json())
