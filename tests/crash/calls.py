"""Signed calls over one kept-alive connection, with no retry: what happened is what is reported."""

import http.client
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.fuzz import signer

RAM = "2015-05-01"
STS = "2015-04-01"
KMS = "2016-01-20"
THROTTLED = "Rejected.Throttling"
_TIMEOUT_SECONDS = 30
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Credentials:
    """An AccessKey."""

    access_key_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `code` is empty for a success."""

    status: int
    request_id: str
    code: str
    members: dict[str, Any]


def signed_target(
    credentials: Credentials, action: str, params: dict[str, str], *, version: str = RAM
) -> str:
    """Write a call as the target of a GET, signed with V1."""
    full = {
        **params,
        "Action": action,
        "Version": version,
        "Format": "JSON",
        "AccessKeyId": credentials.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    signature = signer.v1("GET", full, credentials.secret)
    return "/?" + signer.query_string([*full.items(), ("Signature", signature)])


class Client:
    """One caller."""

    def __init__(self, port: int, credentials: Credentials, agent: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, _TIMEOUT_SECONDS)
        self._credentials = credentials
        self._agent = agent

    def call(self, action: str, *, version: str = RAM, **params: str) -> Answer:
        """Make one call.

        Raises:
            OSError, http.client.HTTPException: the server went away; the call may have happened.
        """
        return self.send(signed_target(self._credentials, action, params, version=version))

    def done(self, action: str, **params: str) -> Answer:
        """Make a call that must succeed."""
        answer = self.call(action, **params)
        assert answer.status == 200, f"{action}: {answer.status} {answer.code} {answer.members}"
        return answer

    def patient(self, action: str, **params: str) -> Answer:
        """Make a KMS call that must succeed, as often as its rate asks for."""
        while True:
            answer = self.call(action, version=KMS, **params)
            if answer.code != THROTTLED:
                assert answer.status == 200, f"{action} {params}: {answer.code} {answer.members}"
                return answer
            time.sleep(_PAUSE_SECONDS)

    def send(self, target: str) -> Answer:
        """Send a signed target as it is."""
        self._connection.request("GET", target, headers={"User-Agent": self._agent})
        with self._connection.getresponse() as response:
            members = json.loads(response.read())
        return Answer(response.status, members["RequestId"], str(members.get("Code", "")), members)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
