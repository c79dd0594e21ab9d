"""What people get wrong, as their clients tell them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.build import need
from tests.clients.client import PROGRAMS, Client, Key, Platform, Refused

PYTHON = Path(sys.executable)
MINUTES = 60


@pytest.fixture(scope="module")
def admin(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    errors = tmp_path_factory.mktemp("mistakes") / "errors"
    with platform.client([PYTHON, PROGRAMS / "python_sync.py"], errors) as client:
        yield client


def program(name: str, *arguments: str) -> list[str]:
    return [str(PYTHON), str(PROGRAMS / f"{name}.py"), *arguments]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_user_without_any_permission(platform: Platform, admin: Client, tmp_path: Path) -> None:
    admin.call("ram", "CreateUser", UserName="mistakes-ann")
    admin.call("ram", "CreateAccessKey", UserName="mistakes-ann")
    with platform.client(
        program("python_sync"), tmp_path / "errors", as_user="mistakes-ann"
    ) as client:
        arn = f"acs:ram::{platform.account_id}:user/mistakes-ann"
        assert client.call("sts", "GetCallerIdentity")["Arn"] == arn
        for product, action in (("ram", "ListUsers"), ("ims", "ListUsers")):
            with pytest.raises(Refused) as refused:
                client.call(product, action)
            assert refused.value.status == 403
            assert refused.value.code.startswith("NoPermission")
            assert refused.value.detail is not None
            assert refused.value.detail["AuthPrincipalDisplayName"]


def _use_a_wrong_secret(platform: Platform, command: list[str], errors: Path) -> Refused:
    wrong = Key(id=platform.credentials["access_key_id"], secret="not the secret")
    with platform.client(command, errors) as client:
        with pytest.raises(Refused) as refused:
            client.call("ram", "GetUser", key=wrong, UserName="administrator")
        # The client goes on working with the right one.
        assert client.call("sts", "GetCallerIdentity")["AccountId"] == platform.account_id
    assert refused.value.status == 400
    return refused.value


# Those with words of their own compare the server's string to sign with theirs: when the two are
# equal, only the secret can be wrong.
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("python_sync", "SignatureDoesNotMatch", "not match"),
        ("python_async", "SignatureDoesNotMatch", "not match"),
        ("python_legacy", "InvalidAccessKeySecret", "The AccessKeySecret is incorrect."),
    ],
)
def test_wrong_secret_in_python(
    platform: Platform, tmp_path: Path, name: str, code: str, words: str
) -> None:
    refused = _use_a_wrong_secret(platform, program(name), tmp_path / "errors")
    assert refused.code == code
    assert words in refused.message


@pytest.mark.timeout(600)  # the first run on a machine fetches and builds
@pytest.mark.parametrize("name", ["tea", "pop"])
def test_wrong_secret_in_node(
    platform: Platform, tmp_path: Path, node_folder: Path, name: str
) -> None:
    command = ["node", str(node_folder / f"{name}.js")]
    assert _use_a_wrong_secret(platform, command, tmp_path / "errors").code == (
        "SignatureDoesNotMatch"
    )


@pytest.mark.timeout(600)  # the first run on a machine fetches and builds
@pytest.mark.parametrize(
    ("name", "words"), [("tea", "not match"), ("legacy", "Please check you AccessKeySecret")]
)
def test_wrong_secret_in_go(
    platform: Platform, tmp_path: Path, go_folder: Path, name: str, words: str
) -> None:
    refused = _use_a_wrong_secret(platform, [str(go_folder / name)], tmp_path / "errors")
    assert refused.code == "SignatureDoesNotMatch"
    assert words in refused.message


def test_unknown_access_key(admin: Client) -> None:
    with pytest.raises(Refused) as refused:
        admin.call("sts", "GetCallerIdentity", key=Key(id="LTAI5tNoSuchKey", secret="secret"))
    assert refused.value.code == "InvalidAccessKeyId.NotFound"


def test_token_of_another_key(platform: Platform, admin: Client) -> None:
    mixed = Key(
        id=platform.credentials["access_key_id"],
        secret=platform.credentials["access_key_secret"],
        token="left over",
    )
    with pytest.raises(Refused) as refused:
        admin.call("sts", "GetCallerIdentity", key=mixed)
    assert refused.value.code == "InvalidSecurityToken.MismatchWithAccessKey"


@pytest.mark.parametrize(
    ("off", "code"),
    [
        (-14 * MINUTES, ""),
        (-16 * MINUTES, "InvalidTimeStamp.Expired"),
        (14 * MINUTES, ""),
        (16 * MINUTES, "InvalidTimeStamp.Expired"),
    ],
)
def test_clock_that_is_off(platform: Platform, off: int, code: str) -> None:
    done = platform.run_client(program("signed_by_hand", str(off), "1"))
    assert [told["code"] for told in lines(done.stdout)] == [code], done.stderr


def test_request_sent_twice(platform: Platform) -> None:
    done = platform.run_client(program("signed_by_hand", "0", "2"))
    assert lines(done.stdout) == [
        {"status": 200, "code": ""},
        {"status": 400, "code": "SignatureNonceUsed"},
    ], done.stderr


def test_foreign_host_is_refused_in_clear_words(platform: Platform) -> None:
    curl = need("curl")
    plain = platform.run_client([curl, "-sS", "http://example.com/"])
    assert json.loads(plain.stdout)["Code"] == "Proxy.HostNotAllowed"
    assert "--allow-host example.com" in plain.stdout
    secure = platform.run_client([curl, "-sS", "-v", "https://example.com/"])
    assert secure.returncode == 56
    assert "host not allowed by juyong, see --allow-host" in secure.stderr


def test_product_that_is_not_served_says_so(platform: Platform) -> None:
    url = "https://no-such-product.cn-hangzhou.aliyuncs.com/"
    done = platform.run_client([need("curl"), "-sS", url])
    assert json.loads(done.stdout)["Code"] == "InvalidProduct.NotFound"


def test_unknown_user_and_account(platform: Platform) -> None:
    done = platform.run_client(["true"], as_user="nobody-here")
    assert done.returncode == 1
    assert "`nobody-here`" in done.stderr
    done = platform.run_client(["true"], options=("--account", "no-such-account"))
    assert done.returncode == 1
    assert "no account `no-such-account`" in done.stderr


def test_server_that_does_not_run(platform: Platform, tmp_path: Path) -> None:
    elsewhere = Platform(home=tmp_path / "home", port=0, process=platform.process, credentials={})
    done = elsewhere.run_client(["true"])
    assert done.returncode == 1
    assert done.stderr == (
        f"juyong: no server runs with `{elsewhere.home}`; "
        f"start one: juyong serve --home {elsewhere.home}\n"
    )


def test_command_that_is_not_there(platform: Platform) -> None:
    done = platform.run_client(["no-such-command-here"])
    assert done.returncode == 127
    assert "`no-such-command-here`" in done.stderr


def test_settings_left_over_lead_nowhere_else(platform: Platform, tmp_path: Path) -> None:
    other = {"mode": "AK", "access_key_id": "LTAIother", "access_key_secret": "other"}
    profiles = {"current": "prod", "profiles": [{"name": "prod", **other}]}
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps(profiles))
    (tmp_path / ".alibabacloud").mkdir()
    (tmp_path / ".alibabacloud" / "credentials.ini").write_text(
        "[default]\ntype=access_key\naccess_key_id=LTAIother\naccess_key_secret=other\n"
    )
    done = platform.run_client(
        program("credential_provider", "{}"),
        HOME=str(tmp_path),
        ALIBABA_CLOUD_ACCESS_KEY_ID="LTAIother",
        ALIBABA_CLOUD_ACCESS_KEY_SECRET="other",
        ALIBABA_CLOUD_SECURITY_TOKEN="left over",
        ALIBABA_CLOUD_PROFILE="prod",
        ALIBABA_CLOUD_ROLE_ARN="acs:ram::1:role/other",
        ALIBABA_CLOUD_OIDC_PROVIDER_ARN="acs:ram::1:oidc-provider/other",
        ALIBABA_CLOUD_OIDC_TOKEN_FILE=str(tmp_path / "none"),
        ALIBABA_CLOUD_CREDENTIALS_URI="http://127.0.0.1:9/",
        HTTPS_PROXY="http://127.0.0.1:9",
        NO_PROXY="*",
        no_proxy="*",
    )
    assert done.returncode == 0, done.stderr
    arn = f"acs:ram::{platform.account_id}:user/administrator"
    assert json.loads(done.stdout) == {"sync": arn, "async": arn, "group": "created"}


def test_oldest_python_client_asks_where_a_product_is(platform: Platform) -> None:
    asked = [
        "ims,2019-08-15,ListUsers,cn-shanghai",
        "actiontrail,2020-07-06,DescribeRegions,cn-guangzhou",
        "no-such-product,2020-01-01,DescribeRegions,cn-shanghai",
    ]
    done = platform.run_client(program("python_legacy_location", *asked))
    ims, trail, none = lines(done.stdout)
    assert not any(told["in_own_tables"] for told in (ims, trail, none))
    assert "Users" in ims["answered"]
    assert "Regions" in trail["answered"]
    assert none["code"] == "SDK.EndpointResolvingError"


def test_calls_at_the_same_time(platform: Platform, tmp_path: Path) -> None:
    with platform.client(program("python_async"), tmp_path / "errors") as client:
        together = [
            {
                "product": "ram",
                "action": "CreateUser",
                "parameters": {"UserName": f"mistakes-together-{number % 15}"},
            }
            for number in range(30)
        ]
        told = client.say({"together": together})["answers"]
    codes = sorted(one.get("refused", {}).get("code", "") for one in told)
    assert codes == [""] * 15 + ["EntityAlreadyExists.User"] * 15
