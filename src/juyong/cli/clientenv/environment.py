"""Everything an unmodified client must be told to land on the local platform."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from juyong.cli.clientenv.credentials import (
    TOKEN_VARIABLES,
    credential_variables,
    region_variables,
)
from juyong.cli.clientenv.runtimes import java_variables, node_variables, python_variables
from juyong.cli.clientenv.trust import ensure_trust

_PROXY = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
REMOVED = (
    *TOKEN_VARIABLES,
    *_PROXY,
    # The CLI takes each entry for a pattern anywhere in the host, and an empty one matches all;
    # other clients read the list otherwise. Only its absence means the same to all of them.
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
    # Sources of credentials that would be asked before, or instead of, the AccessKey.
    "ALIBABACLOUD_PROFILE",
    "ALIBABA_CLOUD_PROFILE",
    "ALICLOUD_PROFILE",
    "ALIBABA_CLOUD_PROFILE_MODE",
    "ALIBABA_CLOUD_BEARER_TOKEN",
    "ALIBABA_CLOUD_CREDENTIALS_FILE",
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALICLOUD_SHARED_CREDENTIALS_FILE",
    *(
        f"{prefix}{name}"
        for prefix in ("ALIBABA_CLOUD_", "ALIBABACLOUD_")
        for name in ("EXTERNAL_ID", "OIDC_PROVIDER_ARN", "OIDC_TOKEN_FILE", "ROLE_ARN")
    ),
    "ALICLOUD_ASSUME_ROLE_ARN",
    "ALICLOUD_ASSUME_ROLE_EXTERNAL_ID",
    "ALICLOUD_ASSUME_ROLE_POLICY",
    "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION",
    "ALICLOUD_ASSUME_ROLE_SESSION_NAME",
    # Endpoints that would lead elsewhere.
    "ALIBABA_CLOUD_ENDPOINT",
    "ALIBABA_CLOUD_ENDPOINT_TYPE",
    "ALIBABACLOUD_ENDPOINT_TYPE",
    "ALICLOUD_ENDPOINT_TYPE",
    "ALIBABA_CLOUD_STS_ENDPOINT",
    "OSS_ENDPOINT",
    "TF_ENDPOINT_PATH",
)
"""Variables that the client must not see unless `client_environment` sets them itself."""

_EMPTY: Mapping[str, str] = MappingProxyType({})


def client_environment(
    home: Path,
    *,
    port: int | None,
    access_key_id: str,
    access_key_secret: str,
    security_token: str | None,
    region: str,
    account_id: str,
    inherited: Mapping[str, str] = _EMPTY,
) -> dict[str, str]:
    """Return the variables that make a client's calls land on the local platform.

    Apply them over the client's environment and take away `removed(...)` of them.

    Args:
        home: The platform's home; its trust files are made here when absent or out of date.
        port: The front's port on 127.0.0.1; None for a client whose network leads there by itself.
        access_key_id: The caller's AccessKey.
        access_key_secret: Its secret.
        security_token: With temporary credentials only.
        region: The platform's region.
        account_id: The caller's account, which Terraform would otherwise ask for.
        inherited: The variables that the client would see anyway. NODE_OPTIONS, PYTHONPATH and
            JAVA_TOOL_OPTIONS are added to, so what they hold goes on working;
            ALIYUN_ACCESS_KEY_ID and ALIYUN_ACCESS_KEY_SECRET are replaced, but not brought in.

    Raises:
        AuthorityUnusable, OSError: see ensure_trust.

    Source: the clients' own sources, and trials of each through a proxy (observed).
    """
    home = home.absolute()
    trust = ensure_trust(home)
    bundle = str(trust.bundle)
    return {
        **({} if port is None else dict.fromkeys(_PROXY, f"http://127.0.0.1:{port}")),
        "SSL_CERT_FILE": bundle,
        "REQUESTS_CA_BUNDLE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "ALIBABA_CLOUD_CA_BUNDLE": bundle,
        **node_variables(trust, inherited),
        **python_variables(trust, inherited),
        **java_variables(trust, inherited, port=port),
        **credential_variables(
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            security_token=security_token,
            inherited=inherited,
        ),
        **region_variables(region),
        "ALICLOUD_ACCOUNT_ID": account_id,
        "ALIBABA_CLOUD_ACCOUNT_ID": account_id,
        # Without it Terraform asks the billing service which kind of account this is.
        "ALIBABA_CLOUD_ACCOUNT_TYPE": "Domestic",
        "ALICLOUD_SKIP_REGION_VALIDATION": "true",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "ALIBABA_CLOUD_IMDSV1_DISABLED": "true",
        "ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true",
        "ALIBABA_CLOUD_IGNORE_PROFILE": "TRUE",
        "ALIBABACLOUD_IGNORE_PROFILE": "TRUE",
    }


def removed(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables to take away from a client that gets this environment."""
    return tuple(name for name in REMOVED if name not in environment)


def as_exports(environment: Mapping[str, str]) -> str:
    """Render the environment for a POSIX shell: one `export` or `unset` a line."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    lines += [f"unset {name}" for name in removed(environment)]
    return "\n".join(lines) + "\n"


def applied(environment: Mapping[str, str], inherited: Mapping[str, str]) -> dict[str, str]:
    """Return a whole environment: the inherited one with the client's variables over it."""
    gone = removed(environment)
    kept = {name: value for name, value in inherited.items() if name not in gone}
    return kept | dict(environment)
