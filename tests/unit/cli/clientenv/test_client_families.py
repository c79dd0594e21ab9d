"""Unmodified clients of every family reach the platform through the environment alone."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

from juyong.cli.clientenv.environment import applied

PLAIN = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
HTTPS = ("https", "ram.aliyuncs.com")
HTTP = ("http", "ram.aliyuncs.com")


def _need(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


def _need_module(name: str) -> None:
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed")


def _client(platform, *command, inherited=None, **options):
    inherited = PLAIN | (inherited or {})
    environment = applied(platform.environment(inherited), inherited)
    result = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        **options,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


TEA = """
from alibabacloud_ram20150501.client import Client
from alibabacloud_ram20150501.models import ListUsersRequest
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_tea_openapi.models import Config
config = Config(credential=Credentials(), endpoint="ram.aliyuncs.com")
print(Client(config).list_users(ListUsersRequest()).body.request_id)
"""
CORE = """
import os
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
client = AcsClient(os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                   os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
                   os.environ["ALIBABA_CLOUD_REGION_ID"])
request = CommonRequest("ram.aliyuncs.com", "2015-05-01", "ListUsers")
request.set_protocol_type("%s")
print(client.do_action_with_exception(request).decode())
"""


def test_tea_python(platform):
    _need_module("alibabacloud_ram20150501")
    assert _client(platform, sys.executable, "-c", TEA) == "R\n"
    assert platform.seen == [HTTPS]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_aliyunsdkcore(platform, scheme):
    _need_module("aliyunsdkcore")
    assert json.loads(_client(platform, sys.executable, "-c", CORE % scheme))["RequestId"] == "R"
    assert platform.seen == [(scheme, "ram.aliyuncs.com")]


PYTHON_CLIENTS = {
    "requests": "import requests; print(requests.get('https://ram.aliyuncs.com/').text)",
    "urllib": "import urllib.request as u; print(u.urlopen('https://ram.aliyuncs.com/').read())",
    "httpx": "import httpx; print(httpx.get('https://ram.aliyuncs.com/').text)",
    "certifi": "import certifi, requests; verify = certifi.where()\n"
    "print(requests.get('https://ram.aliyuncs.com/', verify=verify).text)",
}


@pytest.mark.parametrize("name", PYTHON_CLIENTS)
def test_python_libraries(platform, name):
    if name != "urllib":
        _need_module(name)
    assert "RequestId" in _client(platform, sys.executable, "-c", PYTHON_CLIENTS[name])
    assert platform.seen == [HTTPS]


def test_certifi_is_changed_in_every_way_it_is_asked(platform):
    code = (
        "from certifi import where; import certifi, certifi.core, os\n"
        "b = os.environ['JUYONG_CA_BUNDLE']\n"
        "print(where() == certifi.where() == certifi.core.where() == b,"
        " certifi.contents() == open(b).read())"
    )
    assert _client(platform, sys.executable, "-c", code) == "True True\n"


def test_certifi_is_left_alone_without_our_variable(platform):
    inherited = PLAIN | platform.environment()
    del inherited["JUYONG_CA_BUNDLE"]
    code = "import certifi; print(certifi.where())"
    result = subprocess.run(
        [sys.executable, "-c", code], env=inherited, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip().endswith("certifi/cacert.pem")


def test_the_sitecustomize_behind_ours_still_runs(platform, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.theirs = __file__")
    code = "import sys; print(sys.theirs, sys.modules['sitecustomize'].__file__)"
    theirs = str(tmp_path / "sitecustomize.py")
    out = _client(platform, sys.executable, "-c", code, inherited={"PYTHONPATH": str(tmp_path)})
    assert out == f"{theirs} {theirs}\n"


NODE = """
const http = require('http'), https = require('https');
function get(module, url, options) {
  return new Promise((resolve, reject) => {
    module.get(url, options, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    }).on('error', reject);
  });
}
(async () => {
  const agent = new https.Agent({ keepAlive: true });
  const found = [
    await get(https, 'https://ram.aliyuncs.com/', {}),
    await get(https, 'https://ram.aliyuncs.com/', { agent: agent }),
    await get(https, 'https://ram.aliyuncs.com/', { agent: agent }),
    await get(https, 'https://ram.aliyuncs.com/', { agent: false }),
    await get(http, 'http://ram.aliyuncs.com/', {}),
    await get(http, process.argv[1], {}),
  ];
  agent.destroy();
  console.log(found.join());
})().catch((error) => { console.error(error); process.exit(1); });
"""


def test_node(platform):
    own = f"http://127.0.0.1:{platform.port}/"
    assert _client(platform, _need("node"), "-e", NODE, own) == "200,200,200,200,200,200\n"
    assert platform.seen == [HTTPS] * 4 + [HTTP, ("http", own[len("http://") : -1])]


def test_node_is_told_when_the_proxy_is_gone(platform):
    environment = applied(platform.environment(port=9), PLAIN)
    code = (
        "require('https').get('https://ram.aliyuncs.com/').on('error', (e) => console.log(e.code))"
    )
    result = subprocess.run(
        [_need("node"), "-e", code], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout == "ECONNREFUSED\n"


GO = """
package main

import (
	"fmt"
	"net/http"
)

func main() {
	for _, url := range []string{"https://ram.aliyuncs.com/", "http://ram.aliyuncs.com/"} {
		answer, err := http.Get(url)
		if err != nil {
			panic(err)
		}
		fmt.Print(answer.StatusCode, " ")
	}
}
"""


@pytest.mark.clients
def test_go(platform, tmp_path):
    go = _need("go")
    (tmp_path / "main.go").write_text(GO)
    # Built outside the environment, so that only the program itself runs inside it.
    subprocess.run(
        [go, "build", "-o", "client", "main.go"], cwd=tmp_path, env=os.environ, check=True
    )
    assert _client(platform, str(tmp_path / "client")) == "200 200 "
    assert platform.seen == [HTTPS, HTTP]


JAVA = """
import java.net.*;
class Client {
    public static void main(String[] arguments) throws Exception {
        for (String url : new String[] {"https://ram.aliyuncs.com/", "http://ram.aliyuncs.com/"}) {
            System.out.print(((HttpURLConnection) new URL(url).openConnection()).getResponseCode() + " ");
        }
    }
}
"""


def test_java(platform, tmp_path):
    java = _need("java")
    _need("javac")
    (tmp_path / "Client.java").write_text(JAVA)
    assert _client(platform, java, "-Xshare:auto", str(tmp_path / "Client.java")) == "200 200 "
    assert platform.seen == [HTTPS, HTTP]


def test_curl(platform):
    curl = _need("curl")
    for scheme in ("https", "http"):
        assert "RequestId" in _client(platform, curl, "-sS", f"{scheme}://ram.aliyuncs.com/")
    assert platform.seen == [HTTPS, HTTP]


def test_curl_is_refused_other_hosts_in_clear_words(platform):
    environment = applied(platform.environment(), PLAIN)
    result = subprocess.run(
        [_need("curl"), "-sS", "http://example.com/"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--allow-host example.com" in result.stdout
    assert platform.seen == []
