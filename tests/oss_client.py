"""OSS over one kept-alive connection, signed as the documentation says; nothing is retried."""

import base64
import hashlib
import hmac
import http.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import quote

from tests.crash.calls import Credentials

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class OssAnswer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def signed_headers(
    credentials: Credentials, method: str, resource: str, headers: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return headers with signature V1.

    Args:
        credentials: The caller's.
        method: Of the request.
        resource: `/bucket/key`, with the sub-resources that are signed.
        headers: Further ones, names in small letters.
    """
    full = {"date": formatdate(usegmt=True), **(headers or {})}
    own = "".join(f"{n}:{full[n]}\n" for n in sorted(full) if n.startswith("x-oss-"))
    digests = (full.get("content-md5", ""), full.get("content-type", ""), full["date"])
    text = "\n".join((method, *digests, own + resource))
    mac = hmac.new(credentials.secret.encode(), text.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(mac).decode()
    return {**full, "authorization": f"OSS {credentials.access_key_id}:{signature}"}


class OssClient:
    """One caller, by the platform's own address."""

    def __init__(self, port: int, credentials: Credentials, agent: str = "oss") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, _TIMEOUT_SECONDS)
        self._credentials = credentials
        self._agent = agent

    def call(
        self,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: str = "",
        unsigned: str = "",
        body: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> OssAnswer:
        """Make one call, and read the answer whole; `unsigned` is further query behind `query`.

        Raises:
            OSError, http.client.HTTPException: the server went away; the call may have happened.
        """
        given = {"query": query, "unsigned": unsigned}
        with self.begin(method, bucket, key, **given, body=body, headers=headers) as answer:
            return OssAnswer(answer.status, answer.headers, answer.read())

    def begin(
        self,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: str = "",
        unsigned: str = "",
        body: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        """Make one call; the caller reads the answer."""
        resource = f"/{bucket}/{key}" if bucket else "/"
        asked = f"?{query}" if query else ""
        signed = signed_headers(self._credentials, method, resource + asked, headers)
        target = quote(resource) + asked + (f"&{unsigned}" if unsigned else "")
        self._connection.request(method, target, body, {**signed, "user-agent": self._agent})
        return self._connection.getresponse()

    def done(self, method: str, bucket: str, key: str = "", **more: object) -> OssAnswer:
        """Make a call that must succeed."""
        answer = self.call(method, bucket, key, **more)  # type: ignore[arg-type]
        assert answer.status < 300, f"{method} {bucket}/{key}: {answer.status} {answer.body!r}"
        return answer

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
