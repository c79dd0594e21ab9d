"""Fuzz the JSON inside parameters of secrets: what is accepted is kept, and nothing else escapes."""

from juyong.base.secret import Secret
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.secrets.config import (
    ECS,
    GENERIC,
    MAX_CHARS,
    RAM,
    RDS,
    EcsConfig,
    RdsConfig,
    config_of,
    read_config,
    read_pairs,
    shown_config,
    stored_config,
    stored_pairs,
)
from juyong.services.kms.secrets.values import (
    access_key_of,
    account_of,
    check_login,
    read_access_keys,
    read_accounts,
)

SEEDS = [
    b'{"SecretSubType":"SingleUser","DBInstanceId":"rm-1","CustomData":{"a":"b"}}',
    b'{"SecretSubType":"DoubleUsers","DBInstanceId":"rm-1"}',
    b'{"SecretSubType":"RamUserAccessKey","UserName":"robot"}',
    b'{"SecretSubType":"SSHKey","RegionId":"cn-hangzhou","InstanceId":"i-1","CustomData":{}}',
    b'{"SecretSubType":"Custom","RotationFunction":"acs:fc:cn-hangzhou:1:functions/f"}',
    b'{"Accounts":[{"AccountName":"a","AccountPassword":"p"},{"AccountName":"b","AccountPassword":"q"}]}',
    b'{"AccessKeys":[{"AccessKeyId":"LTAI","AccessKeySecret":"s"}]}',
    b'{"UserName":"root","Password":"p"}',
    b'{"UserName":"root","PublicKey":"ssh-ed25519 AAAA","PrivateKey":"k"}',
    b'{"a":"b"}',
    b"[" * 100_000,
    b'{"Accounts":[{"AccountName":"\\ud800","AccountPassword":"p"}]}',
    b"",
]
_DATABASE = RdsConfig(secret_sub_type="DoubleUsers", db_instance_id="rm-1")
_SERVERS = tuple(
    EcsConfig(secret_sub_type=kind, region_id="r", instance_id="i")
    for kind in ("Password", "SSHKey")
)


def target(data: bytes) -> None:
    """Read `data` as each of the parameters; what is accepted reads back the same."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    for secret_type in (GENERIC, RDS, RAM, ECS):
        _config(secret_type, text)
    _pairs(text)
    _values(Secret(text))


def _config(secret_type: str, text: str) -> None:
    try:
        config = read_config(secret_type, text)
    except InvalidParameter:
        return
    assert config is not None
    stored, pairs = stored_config(config), stored_pairs(config.custom_data)
    shown = shown_config(stored, pairs)
    assert len(shown) > MAX_CHARS or read_config(secret_type, shown) == config
    assert config_of(secret_type, stored) is not None


def _pairs(text: str) -> None:
    try:
        stored = read_pairs(text)
    except InvalidParameter:
        return
    assert read_pairs(stored) == stored


def _values(data: Secret) -> None:
    for server in _SERVERS:
        try:
            check_login(server, data)
        except InvalidParameter:
            continue
    try:
        for account in read_accounts(_DATABASE, data):
            assert account_of(account.value()) == account
    except InvalidParameter:
        pass
    try:
        for key in read_access_keys(data):
            again = access_key_of(key.value(0))  # type: ignore[arg-type]
            assert again.access_key_id == key.access_key_id
    except InvalidParameter:
        pass
