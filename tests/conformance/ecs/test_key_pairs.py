"""SSH key pairs through the official SDK, judged by OpenSSH's own tool where it is installed."""

import json
import shutil
import subprocess

import pytest
from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from tests.conformance.harness import Server, quotas, refused, serving, stored_bytes

from juyong.app.settings import Settings
from juyong.services.identity.facade import NewAccount

REGION = "cn-hangzhou"


@pytest.fixture
def ecs(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def create(ecs: Client, name: str, region: str = REGION, **tags: str):
    return ecs.create_key_pair(
        m.CreateKeyPairRequest(
            region_id=region,
            key_pair_name=name,
            tag=[m.CreateKeyPairRequestTag(key=k, value=v) for k, v in tags.items()] or None,
        )
    ).body


def bring(ecs: Client, name: str, key: str, **tags: str):
    return ecs.import_key_pair(
        m.ImportKeyPairRequest(
            region_id=REGION,
            key_pair_name=name,
            public_key_body=key,
            tag=[m.ImportKeyPairRequestTag(key=k, value=v) for k, v in tags.items()] or None,
        )
    ).body


def describe(ecs: Client, region: str = REGION, **asked):
    return ecs.describe_key_pairs(m.DescribeKeyPairsRequest(region_id=region, **asked)).body


def names(ecs: Client, **asked) -> list[str]:
    return [k.key_pair_name for k in describe(ecs, **asked).key_pairs.key_pair]


def delete(ecs: Client, *given: str) -> None:
    ecs.delete_key_pairs(
        m.DeleteKeyPairsRequest(region_id=REGION, key_pair_names=json.dumps(given))
    )


def openssh(key) -> str:
    raw = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return raw.decode()


def fingerprint_by_openssh(line: str, tmp_path) -> str:
    tool = shutil.which("ssh-keygen")
    if tool is None:
        pytest.skip("ssh-keygen is not installed")
    (tmp_path / "key.pub").write_text(line + "\n")
    said = subprocess.run(
        [tool, "-l", "-E", "md5", "-f", tmp_path / "key.pub"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return said.split()[1].removeprefix("MD5:")


def test_the_private_key_opens_what_the_public_key_closes(ecs: Client) -> None:
    made = create(ecs, "pair-1")
    private = serialization.load_pem_private_key(made.private_key_body.encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size == 2048
    shown = describe(ecs, include_public_key=True).key_pairs.key_pair[0]
    assert shown.public_key == openssh(private)
    assert shown.key_pair_finger_print == made.key_pair_finger_print
    assert made.key_pair_id.startswith("ssh-")
    assert describe(ecs).key_pairs.key_pair[0].public_key is None


def test_fingerprints_are_openssh_s(ecs: Client, tmp_path) -> None:
    create(ecs, "pair-1")
    shown = describe(ecs, include_public_key=True).key_pairs.key_pair[0]
    assert fingerprint_by_openssh(shown.public_key, tmp_path) == shown.key_pair_finger_print


@pytest.mark.parametrize(
    "made",
    [
        lambda: rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP256R1()),
    ],
    ids=["rsa", "ed25519", "ecdsa"],
)
def test_keys_made_elsewhere(ecs: Client, tmp_path, made) -> None:
    line = openssh(made())
    brought = bring(ecs, "mine", f"{line} me@example.com\n", env="test")
    assert brought.key_pair_finger_print == fingerprint_by_openssh(line, tmp_path)
    shown = describe(ecs, include_public_key=True).key_pairs.key_pair[0]
    assert shown.public_key == line
    assert [(t.tag_key, t.tag_value) for t in shown.tags.tag] == [("env", "test")]


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        "ssh-rsa",
        "ssh-rsa AAAA",
        "ssh-rsa !!!!",
        "ssh-ed25519 " + openssh(ec.generate_private_key(ec.SECP256R1())).split()[1],
        "ssh-dss AAAAB3NzaC1kc3MAAACBAP==",
        "sk-ssh-ed25519@openssh.com " + openssh(ed25519.Ed25519PrivateKey.generate()).split()[1],
        openssh(ed25519.Ed25519PrivateKey.generate()) + "\nssh-rsa AAAA",
        "-----BEGIN PUBLIC KEY-----",
        "ssh-rsa " + "A" * 20000,
    ],
    ids=["word", "type", "short", "base64", "mixed", "dsa", "token", "lines", "pem", "long"],
)
def test_public_keys_that_are_refused(ecs: Client, bad: str) -> None:
    with refused("InvalidPublicKeyBody.Malformed", 400):
        bring(ecs, "mine", bad)
    assert names(ecs) == []


def test_a_name_is_taken_once_a_region(ecs: Client) -> None:
    key = openssh(ed25519.Ed25519PrivateKey.generate())
    create(ecs, "pair-1")
    for call in (lambda: create(ecs, "pair-1"), lambda: bring(ecs, "pair-1", key)):
        with refused("KeyPair.AlreadyExist", 400):
            call()
    create(ecs, "pair-1", region="cn-beijing")
    assert names(ecs, region="cn-beijing") == ["pair-1"]


@pytest.mark.parametrize("bad", ["a", "1ab", "http://ab", "a b", "a" * 129, "a/b"])
def test_names_that_are_refused(ecs: Client, bad: str) -> None:
    with refused("InvalidKeyPairName.Malformed", 400):
        create(ecs, bad)


def test_lists_are_filtered_and_come_in_pages(ecs: Client) -> None:
    keys = {n: openssh(ed25519.Ed25519PrivateKey.generate()) for n in ("app-1", "app-2", "web-1")}
    for name, key in keys.items():
        bring(ecs, name, key, team=name[:3])
    assert names(ecs) == ["app-1", "app-2", "web-1"]
    assert names(ecs, key_pair_name="app*") == ["app-1", "app-2"]
    assert names(ecs, key_pair_name="*1") == ["app-1", "web-1"]
    assert names(ecs, key_pair_name="app") == []
    wanted = [m.DescribeKeyPairsRequestTag(key="team", value="web")]
    assert names(ecs, tag=wanted) == ["web-1"]
    mark = describe(ecs, key_pair_name="app-2").key_pairs.key_pair[0].key_pair_finger_print
    assert names(ecs, key_pair_finger_print=mark) == ["app-2"]
    page = describe(ecs, page_number=2, page_size=2)
    assert [k.key_pair_name for k in page.key_pairs.key_pair] == ["web-1"]
    assert (page.total_count, page.page_number, page.page_size) == (3, 2, 2)


def test_pairs_are_deleted_with_their_tags(ecs: Client) -> None:
    for name in ("one", "two", "three"):
        create(ecs, name, k="v")
    delete(ecs, "one", "absent")
    assert names(ecs) == ["three", "two"]
    ecs.delete_key_pairs(m.DeleteKeyPairsRequest(region_id=REGION, key_pair_names="two,three"))
    assert names(ecs) == []
    create(ecs, "one")
    assert describe(ecs).key_pairs.key_pair[0].tags.tag == []


@pytest.mark.parametrize("bad", ["[1]", "[", "[]", "a,,b", json.dumps(["n"] * 101)])
def test_lists_of_names_that_are_refused(ecs: Client, bad: str) -> None:
    with refused("InvalidKeyPairNames.ValueNotSupported", 400):
        ecs.delete_key_pairs(m.DeleteKeyPairsRequest(region_id=REGION, key_pair_names=bad))


def test_tags_that_are_refused(ecs: Client) -> None:
    key = openssh(ed25519.Ed25519PrivateKey.generate())
    for make in (lambda **t: create(ecs, "pair", **t), lambda **t: bring(ecs, "pair", key, **t)):
        for tags, code in (
            ({"acs:x": "v"}, "InvalidTagKey.Malformed"),
            ({"aliyun": "v"}, "InvalidTagKey.Malformed"),
            ({"k" * 129: "v"}, "InvalidTagKey.Malformed"),
            ({"k": "acs:v"}, "InvalidTagValue.Malformed"),
            ({"k": "https://v"}, "InvalidTagValue.Malformed"),
            ({"k": "v", "K": "v"}, "Duplicate.TagKey"),
        ):
            with refused(code, 400):
                make(**tags)
    assert names(ecs) == []


def test_a_region_holds_its_quota(server: Server, ecs: Client) -> None:
    key = openssh(ed25519.Ed25519PrivateKey.generate())
    with quotas(server, {"ecs.key-pairs": 1}):
        create(ecs, "one")
        for call in (lambda: create(ecs, "two"), lambda: bring(ecs, "two", key)):
            with refused("QuotaExceed.KeyPair", 403):
                call()


def test_a_region_that_is_none(ecs: Client) -> None:
    for call in (
        lambda: create(ecs, "pair", region="x"),
        lambda: describe(ecs, region="x"),
        lambda: ecs.delete_key_pairs(
            m.DeleteKeyPairsRequest(region_id="x", key_pair_names='["a"]')
        ),
        lambda: ecs.import_key_pair(
            m.ImportKeyPairRequest(region_id="x", key_pair_name="pair", public_key_body="y")
        ),
    ):
        with refused("InvalidRegionId.NotFound", 404):
            call()


def test_what_is_not_served_is_refused_by_name(ecs: Client) -> None:
    with refused("UnsupportedOperation", 400):
        ecs.export_image(m.ExportImageRequest(region_id=REGION, image_id="m-1"))
    with refused("UnsupportedOperation", 400):
        describe(ecs, resource_group_id="rg-1")


def test_the_private_key_is_kept_nowhere(tmp_path, capfd) -> None:
    home = tmp_path / "home"
    with serving(home, Settings()) as server:
        made = server.new_account("keys")
        ecs = Client(server.config(made.access_key_id, made.secret.reveal()))
        private = create(ecs, "pair").private_key_body
    written = stored_bytes(home)
    said = capfd.readouterr()
    everything = written + said.out.encode() + said.err.encode()
    assert b"CreateKeyPair" in everything
    lines = [line for line in private.splitlines() if not line.startswith("-----")]
    private_part = lines[8:]  # the modulus, which is public, comes first
    assert len(private_part) > 10
    assert not [line for line in private_part if line.encode() in everything]
    with serving(home, Settings()) as server:
        ecs = Client(server.config(made.access_key_id, made.secret.reveal()))
        assert names(ecs) == ["pair"]


def test_key_pairs_are_tagged_by_arn(server: Server, account: NewAccount, ecs: Client) -> None:
    """The interface to the tags of all products keeps the rules of this one."""
    from alibabacloud_tag20180828 import models as tag_models
    from alibabacloud_tag20180828.client import Client as TagClient

    create(ecs, "pair")
    client = TagClient(server.config(account.access_key_id, account.secret.reveal()))
    place = f"arn:acs:ecs:{REGION}:{account.account_id}:keypair"

    def tag(name: str, *keys: str) -> list[str]:
        """Return the codes of what was refused."""
        asked = tag_models.TagResourcesRequest(
            region_id=REGION,
            resource_arn=[f"{place}/{name}"],
            tags=json.dumps(dict.fromkeys(keys, "v")),
        )
        failed = client.tag_resources(asked).body.failed_resources.failed_resource
        return [each.result.code for each in failed]

    assert tag("none", "a") == ["InvalidKeyPairName.NotFound"]
    assert tag("pair", *(f"a{n}" for n in range(10))) == []
    assert tag("pair", *(f"b{n}" for n in range(10))) == []
    assert tag("pair", "a0", "one-more") == ["NumberExceed.Tags"]
    assert tag("pair", "a0") == []
    assert len(describe(ecs).key_pairs.key_pair[0].tags.tag) == 20
