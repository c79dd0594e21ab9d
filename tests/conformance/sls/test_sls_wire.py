"""The format of SLS: signatures, times, digests, and the form of errors."""

import hashlib
import hmac
import json
import re
from email.utils import formatdate

import pytest
from alibabacloud_sts20150401 import models as sts
from aliyun.log import LogClient
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server
from tests.conformance.sls_calls import REGION, Caller, raw, refused, tea_refused

from juyong.services.identity.facade import NewAccount


def code_of(answer: object) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["errorCode"]  # type: ignore[attr-defined]


def test_answers_have_an_id_and_are_json(owner: Caller, project: str) -> None:
    for answer in (
        owner.call("GET", "/", project=project),
        owner.call("GET", "/logstores/none", project=project),
    ):
        assert re.fullmatch("[0-9A-F]{24}", answer.headers["x-log-requestid"])
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["date"]
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.headers["x-log-bodyrawsize"] is None
    assert set(json.loads(answer.body)) == {"errorCode", "errorMessage"}
    made = owner.call("DELETE", "/", project=project)
    assert (made.status, made.body) == (200, b"")


def test_signature_v4_of_the_log_sdk(server: Server, owner: Caller, project: str) -> None:
    client = LogClient(
        f"http://{REGION}.log.aliyuncs.com",
        owner.key_id,
        owner.secret,
        auth_version="v4",
        region=REGION,
    )
    client._session.proxies = {"http": f"http://127.0.0.1:{server.port}"}
    client.create_logstore(project, "four", ttl=3)
    assert client.list_logstore(project, "ou").get_logstores() == ["four"]
    elsewhere = LogClient(
        f"http://{REGION}.log.aliyuncs.com",
        owner.key_id,
        owner.secret,
        auth_version="v4",
        region="cn-shanghai",
    )
    elsewhere._session.proxies = client._session.proxies
    with refused("Unauthorized", 401):
        elsewhere.list_logstore(project)
    wrong = LogClient(
        f"http://{REGION}.log.aliyuncs.com", owner.key_id, "x", auth_version="v4", region=REGION
    )
    wrong._session.proxies = client._session.proxies
    with refused("SignatureNotMatch", 401):
        wrong.list_logstore(project)


def test_signature_v4_of_the_generated_sdk(server: Server, owner: Caller, project: str) -> None:
    owner.tea._signature_version = "v4"
    from alibabacloud_sls20201230 import models as m

    given = m.CreateLogStoreRequest(logstore_name="four", ttl=3, shard_count=1)
    owner.tea.create_log_store(project, given)
    found = owner.tea.list_log_stores(project, m.ListLogStoresRequest(logstore_name="fo")).body
    assert found.logstores == ["four"]


def test_temporary_keys(
    server: Server, admin: Clients, owner: Caller, account: NewAccount, project: str
) -> None:
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"RAM": [f"acs:ram::{account.account_id}:root"]},
            }
        ],
    }
    from alibabacloud_ram20150501 import models as ram

    role = admin.ram.create_role(
        ram.CreateRoleRequest(role_name="reader", assume_role_policy_document=json.dumps(trust))
    ).body.role
    admin.ram.attach_policy_to_role(
        ram.AttachPolicyToRoleRequest(
            policy_type="System", policy_name="AliyunLogReadOnlyAccess", role_name="reader"
        )
    )
    held = admin.sts.assume_role(
        sts.AssumeRoleRequest(role_arn=role.arn, role_session_name="session")
    ).body.credentials
    session = Caller(server, held.access_key_id, held.access_key_secret, held.security_token)
    assert session.log.get_project(project).get_status() == "Normal"
    with refused("Unauthorized", 401, "action: log:CreateLogStore"):
        session.log.create_logstore(project, "store")
    bare = Caller(server, held.access_key_id, held.access_key_secret)
    with refused("SecurityTokenInvalid", 401):
        bare.log.get_project(project)
    mixed = Caller(server, held.access_key_id, held.access_key_secret, "CAIS-nonsense")
    with refused("SecurityTokenInvalid", 401):
        mixed.log.get_project(project)
    server.clock.offset += 3601
    try:
        answer = session.call(
            "GET", "/", project=project, headers={"x-acs-security-token": held.security_token}
        )
    finally:
        server.clock.offset -= 3601
    assert code_of(answer) == (401, "SecurityTokenExpired")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"authorization": "LOG nobody-at-all:c2ln"}, 401, "Unauthorized"),
        ({"authorization": "LOG :c2ln"}, 401, "Unauthorized"),
        ({"authorization": "SLS k:c2ln"}, 401, "Unauthorized"),
        ({"authorization": "SLS4-HMAC-SHA256 Credential=x,Signature=y"}, 401, "Unauthorized"),
        ({"x-log-apiversion": None}, 400, "MissingAPIVersion"),
        ({"x-log-apiversion": "0.4.0"}, 400, "InvalidAPIVersion"),
        ({"x-log-signaturemethod": None}, 400, "MissingSignatureMethod"),
        ({"x-log-signaturemethod": "hmac-md5"}, 400, "InvalidSignatureMethod"),
        ({"date": None}, 400, "MissingDate"),
        ({"date": "yesterday"}, 400, "InvalidDateFormat"),
        ({"date": "Mon, 01 Jan 2024 00:00:00 GMT"}, 400, "RequestTimeExpired"),
        ({"authorization": ""}, 400, "MissAccessKeyId"),
    ],
)
def test_what_no_client_sends(
    owner: Caller, project: str, headers: dict[str, str | None], status: int, code: str
) -> None:
    answer = owner.call("GET", "/", project=project, headers=headers)
    assert code_of(answer) == (status, code)


def test_an_unsigned_date_does_not_make_a_request_fresh(
    server: Server, owner: Caller, project: str
) -> None:
    """The log SDK adds x-log-date when it has signed: only the same moment as Date counts."""
    now = formatdate(server.clock(), usegmt=True)
    old = "Mon, 01 Jan 2024 00:00:00 GMT"

    def ask(date: str, own: str) -> tuple[int, str]:
        headers: dict[str, str] = {
            "host": f"{project}.{REGION}.log.aliyuncs.com",
            "date": date,
            "x-log-apiversion": "0.6.0",
            "x-log-signaturemethod": "hmac-sha1",
        }
        headers["authorization"] = owner.signed("GET", "/", "", headers)
        headers["x-log-date"] = own
        answer = raw(server.port, "GET", "/", headers)
        return answer.status, json.loads(answer.body).get("errorCode", "")

    assert ask(now, now) == (200, "")
    assert ask(old, now) == (401, "SignatureNotMatch")
    assert ask(now, old) == (400, "RequestTimeExpired")


def test_the_go_sdk_calls_the_signature_by_another_name(owner: Caller, project: str) -> None:
    now = formatdate(owner.server.clock(), usegmt=True)
    headers = {
        "host": f"{project}.{REGION}.log.aliyuncs.com",
        "date": now,
        "x-log-apiversion": "0.6.0",
        "x-log-signaturemethod": "hmac-sha1",
    }
    claim = owner.signed("GET", "/", "", headers).replace("LOG", "SLS")
    answer = raw(owner.server.port, "GET", "/", {**headers, "authorization": claim})
    assert answer.status == 200


def test_a_date_of_the_own_header_counts_where_it_is_signed(
    server: Server, owner: Caller, project: str
) -> None:
    now = formatdate(server.clock(), usegmt=True)
    for dates in ({"x-log-date": now}, {"x-log-date": now, "date": None}):
        assert owner.call("GET", "/", project=project, headers=dates).status == 200


def test_the_digest_of_a_body_is_held(owner: Caller, project: str) -> None:
    body = b'{"logstoreName": "store", "ttl": 1, "shardCount": 1}'
    other = hashlib.md5(b"other", usedforsecurity=False).hexdigest().upper()

    def make(headers: dict[str, str | None], sent: bytes = body) -> tuple[int, str]:
        answer = owner.call("POST", "/logstores", "", sent, project=project, headers=headers)
        return answer.status, json.loads(answer.body or b"{}").get("errorCode", "")

    assert make({"content-md5": other}) == (401, "SignatureNotMatch")
    assert make({"content-md5": "no digest"}) == (401, "SignatureNotMatch")
    assert make({}, b"{nonsense") == (400, "PostBodyInvalid")
    assert make({}, b'"text"') == (400, "PostBodyInvalid")
    assert make({"x-log-compresstype": "lz4"}) == (400, "InvalidCompressType")
    assert make({}, b"{}" + b" " * (3 << 20)) == (400, "PostBodyTooLarge")
    # The log SDK says 0 whatever the body has, and sends no type with some bodies.
    assert make({"x-log-bodyrawsize": "0", "content-type": None}) == (200, "")


def test_a_body_that_arrives_late_is_held_to_its_digest_too(owner: Caller, project: str) -> None:
    """A long body is not with its head: it is read once the operation is known."""
    padding = " " * (256 * 1024)
    body = f'{{"logstoreName": "store", "ttl": 1, "shardCount": 1}}{padding}'.encode()
    other = hashlib.md5(b"other", usedforsecurity=False).hexdigest().upper()
    answer = owner.call(
        "POST", "/logstores", "", body, project=project, headers={"content-md5": other}
    )
    assert code_of(answer) == (401, "SignatureNotMatch")
    assert owner.call("POST", "/logstores", "", body, project=project).status == 200


def test_v4_holds_a_body_to_its_digest(server: Server, owner: Caller, project: str) -> None:
    body = b'{"logstoreName": "store", "ttl": 1, "shardCount": 1}'
    host = f"{project}.{REGION}.log.aliyuncs.com"

    def make(digest: str) -> int:
        from datetime import UTC, datetime

        date = datetime.fromtimestamp(server.clock(), UTC).strftime("%Y%m%dT%H%M%SZ")
        headers = {
            "content-type": "application/json",
            "host": host,
            "x-log-apiversion": "0.6.0",
            "x-log-content-sha256": digest,
            "x-log-date": date,
        }
        lines = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
        names = ";".join(sorted(headers))
        canonical = f"POST\n/logstores\n\n{lines}\n{names}\n{digest}"
        scope = f"{date[:8]}/{REGION}/sls/aliyun_v4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"SLS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}"
        key = f"aliyun_v4{owner.secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        claim = f"SLS4-HMAC-SHA256 Credential={owner.key_id}/{scope},Signature={signature}"
        return raw(
            server.port, "POST", "/logstores", {**headers, "authorization": claim}, body
        ).status

    assert make(hashlib.sha256().hexdigest()) == 401
    assert make("no digest") == 401
    assert make(hashlib.sha256(body).hexdigest()) == 200


@pytest.mark.parametrize(
    "query", ["size=1&size=2", "a=%FF", "&".join(f"p{n}=1" for n in range(1001))]
)
def test_a_query_with_two_readings_is_refused(owner: Caller, project: str, query: str) -> None:
    answer = owner.call("GET", "/logstores", query, project=project)
    assert code_of(answer) == (400, "ParameterInvalid")


def test_a_path_that_is_no_text_is_refused(owner: Caller, project: str) -> None:
    answer = owner.call("GET", "/logstores/%FF", project=project)
    assert code_of(answer) == (400, "ParameterInvalid")


def test_what_is_not_served_is_named(owner: Caller, project: str, logstore: str) -> None:
    for method, path, query in (
        ("GET", "/machinegroups", ""),
        ("GET", "/logstores/store/shipper", ""),
        ("POST", "/etls", ""),
        ("GET", f"/logstores/{logstore}", "type=nothing"),
    ):
        answer = owner.call(method, path, query, project=project)
        assert code_of(answer) == (400, "NotSupported"), path
        assert path in json.loads(answer.body)["errorMessage"] or query
    assert code_of(owner.call("GET", "/nothing", project=project)) == (405, "InvalidMethod")


def test_a_project_is_before_an_address_too(server: Server, owner: Caller, project: str) -> None:
    """As the log SDK names the host that an endpoint without a name has."""
    answer = owner.call("GET", "/", headers={"host": f"{project}.127.0.0.1"})
    assert json.loads(answer.body)["projectName"] == project


@pytest.mark.parametrize("network", ["-intranet.log", "-share.log", ".sls"])
def test_projects_are_reached_by_every_network(owner: Caller, project: str, network: str) -> None:
    answer = owner.call("GET", "/", headers={"host": f"{project}.{REGION}{network}.aliyuncs.com"})
    assert json.loads(answer.body)["projectName"] == project


def test_an_inactive_key_is_unauthorised(owner: Caller, admin: Clients, project: str) -> None:
    from alibabacloud_ram20150501 import models as ram

    admin.ram.create_user(ram.CreateUserRequest(user_name="u"))
    key = admin.ram.create_access_key(ram.CreateAccessKeyRequest(user_name="u")).body.access_key
    admin.ram.update_access_key(
        ram.UpdateAccessKeyRequest(
            user_name="u", user_access_key_id=key.access_key_id, status="Inactive"
        )
    )
    user = Caller(owner.server, key.access_key_id, key.access_key_secret)
    with refused("Unauthorized", 401):
        user.log.get_project(project)
    with tea_refused("Unauthorized", 401):
        user.tea.get_log_store(project, "store")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/logstores/store/shards/0"), ("GET", "/none"), ("PUT", "/")]
)
def test_what_is_not_served_is_an_invalid_method(owner: Caller, method: str, path: str) -> None:
    """The official command line asks the service itself for the logs of a project's shard."""
    answer = owner.call(
        method, path, "type=log&cursor=MA%3D%3D&count=1" if "shards" in path else ""
    )
    assert (answer.status, json.loads(answer.body)) == (
        405,
        {"errorCode": "InvalidMethod", "errorMessage": f"invalid request method : {path}"},
    )
