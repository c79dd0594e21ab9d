"""What the environment says, and how it is handed on."""

import os
import shlex
import ssl
import stat
import subprocess
import sys

from juyong.cli.clientenv.environment import REMOVED, applied, as_exports, removed
from juyong.cli.clientenv.runtimes import NODE_HOOK, PYTHON_HOOK
from juyong.cli.clientenv.trust import ensure_trust

ACCESS_KEY_IDS = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABACLOUD_ACCESS_KEY_ID",
    "ALICLOUD_ACCESS_KEY_ID",
    "ALICLOUD_ACCESS_KEY",
    "ALIYUN_LOG_CLI_ACCESSID",
    "OSS_ACCESS_KEY_ID",
)
SECRETS = (
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABACLOUD_ACCESS_KEY_SECRET",
    "ALICLOUD_ACCESS_KEY_SECRET",
    "ALICLOUD_SECRET_KEY",
    "ALIYUN_LOG_CLI_ACCESSKEY",
    "OSS_ACCESS_KEY_SECRET",
)
TOKENS = ("ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN", "OSS_SESSION_TOKEN")
REGIONS = (
    "ALIBABA_CLOUD_REGION",
    "ALIBABA_CLOUD_REGION_ID",
    "ALIBABA_CLOUD_STS_REGION",
    "ALICLOUD_REGION",
    "ALIBABACLOUD_REGION_ID",
    "OSS_REGION",
)


def test_every_family_finds_its_credentials_and_region(platform):
    env = platform.environment()
    assert {env[name] for name in ACCESS_KEY_IDS} == {"LTAI5tSample"}
    assert {env[name] for name in SECRETS} == {"sample secret"}
    assert {env[name] for name in REGIONS} == {"cn-hangzhou"}
    assert env["ALICLOUD_ACCOUNT_ID"] == "1234567890123456"
    assert not set(TOKENS) & set(env)


def test_oldest_key_is_replaced_but_not_brought_in(platform):
    names = ("ALIYUN_ACCESS_KEY_ID", "ALIYUN_ACCESS_KEY_SECRET")
    assert not set(names) & set(platform.environment())
    assert not set(names) & set(platform.environment({names[0]: "only half of it"}))
    found = platform.environment(dict.fromkeys(names, "of another account"))
    assert [found[name] for name in names] == ["LTAI5tSample", "sample secret"]


def test_token_is_set_with_temporary_credentials_and_removed_without(platform):
    temporary = platform.environment(security_token="token")
    assert {temporary[name] for name in TOKENS} == {"token"}
    assert not set(TOKENS) & set(removed(temporary))
    assert set(TOKENS) <= set(removed(platform.environment()))


def test_proxy_and_trust_point_here(platform):
    env = platform.environment()
    names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
    assert {env[name] for name in names} == {f"http://127.0.0.1:{platform.port}"}
    assert {"NO_PROXY", "no_proxy", "ALL_PROXY"} <= set(removed(env))
    bundles = {
        env[name]
        for name in (
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "ALIBABA_CLOUD_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
        )
    }
    assert bundles == {str(platform.home / "authority" / "bundle.pem")}
    assert len(ssl.create_default_context(cafile=bundles.pop()).get_ca_certs()) > 50


def test_no_variable_is_both_set_and_removed(platform):
    env = platform.environment(security_token="token")
    assert not set(removed(env)) & set(env)
    assert len(set(REMOVED)) == len(REMOVED)


def test_settings_of_the_runtimes_are_added_to(platform):
    inherited = {
        "NODE_OPTIONS": "--max-old-space-size=512",
        "PYTHONPATH": f"/one{os.pathsep}/two",
        "JAVA_TOOL_OPTIONS": "-Xmx64m",
    }
    env = platform.environment(inherited)
    assert env["NODE_OPTIONS"].startswith("--max-old-space-size=512 --require ")
    assert env["PYTHONPATH"].split(os.pathsep) == [str(PYTHON_HOOK), "/one", "/two"]
    assert env["JAVA_TOOL_OPTIONS"].startswith("-Xmx64m ")
    assert platform.environment(applied(env, inherited)) == env


def test_applied_environment_drops_what_would_lead_astray(platform):
    inherited = {"NO_PROXY": "*", "ALIBABA_CLOUD_PROFILE": "prod", "PATH": "/bin"}
    whole = applied(platform.environment(), inherited)
    assert whole["PATH"] == "/bin"
    assert not {"NO_PROXY", "ALIBABA_CLOUD_PROFILE"} & set(whole)


def test_exports_survive_a_shell(platform):
    env = platform.environment(access_key_secret="a 'b' $HOME `id` \"c\"\n\\")
    script = (
        as_exports(env)
        + f"{shlex.quote(sys.executable)} -I -c 'import os; print(dict(os.environ))'"
    )
    result = subprocess.run(
        ["sh", "-ec", script],
        env={"NO_PROXY": "*", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = eval(result.stdout)  # noqa: S307  # the repr of a dict that this test made
    assert {name: seen[name] for name in env} == env
    assert "NO_PROXY" not in seen


def test_trust_files_are_made_once_and_renewed_with_their_sources(tmp_path):
    files = ensure_trust(tmp_path)
    made = (files.bundle, files.java_store)
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o644, 0o644]
    first = [path.stat().st_mtime_ns for path in made]
    ensure_trust(tmp_path)
    assert [path.stat().st_mtime_ns for path in made] == first
    later = max(first) + 1_000_000_000
    os.utime(files.bundle, ns=(0, 0))
    ensure_trust(tmp_path)
    assert files.bundle.stat().st_mtime_ns >= first[0]
    os.utime(files.certificate, ns=(later, later))
    ensure_trust(tmp_path)
    assert files.java_store.stat().st_mtime_ns > first[1]


def test_hooks_are_shipped():
    assert NODE_HOOK.is_file()
    assert (PYTHON_HOOK / "sitecustomize.py").is_file()
