"""The variables in which each family of clients looks for its AccessKey and its region."""

from collections.abc import Mapping

_PREFIXES = ("ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", "ALIYUN_")

_OLDEST_KEY = ("ALIYUN_ACCESS_KEY_ID", "ALIYUN_ACCESS_KEY_SECRET")


def credential_variables(
    *,
    access_key_id: str,
    access_key_secret: str,
    security_token: str | None,
    inherited: Mapping[str, str],
) -> dict[str, str]:
    """Name one AccessKey in every way that a known client reads.

    Args:
        access_key_id: Of a RAM user or of temporary credentials.
        access_key_secret: Its secret.
        security_token: With temporary credentials only.
        inherited: The variables that the client would see anyway.

    Source: the CLI, Terraform provider, SDK, OSS and SLS clients' own sources (observed).
    """
    variables = {
        "ALICLOUD_ACCESS_KEY": access_key_id,
        "ALICLOUD_SECRET_KEY": access_key_secret,
        "ALIYUN_LOG_CLI_ACCESSID": access_key_id,
        "ALIYUN_LOG_CLI_ACCESSKEY": access_key_secret,
        "OSS_ACCESS_KEY_ID": access_key_id,
        "OSS_ACCESS_KEY_SECRET": access_key_secret,
    }
    for prefix in _PREFIXES:
        variables[f"{prefix}ACCESS_KEY_ID"] = access_key_id
        variables[f"{prefix}ACCESS_KEY_SECRET"] = access_key_secret
    # SECURITY: where these are set, the first Python SDK takes them before the temporary
    # credentials or the role that a program gives it, and would act as the wrong principal.
    if not all(name in inherited for name in _OLDEST_KEY):
        for name in _OLDEST_KEY:
            del variables[name]
    if security_token is not None:
        variables |= dict.fromkeys(TOKEN_VARIABLES, security_token)
    return variables


TOKEN_VARIABLES = (
    *(f"{prefix}SECURITY_TOKEN" for prefix in _PREFIXES),
    "ALIYUN_LOG_CLI_STS_TOKEN",
    "OSS_SESSION_TOKEN",
    "SECURITY_TOKEN",
)
"""Variables where a leftover token of other credentials would spoil the ones given here."""


def region_variables(region: str) -> dict[str, str]:
    """Name the region in every way that a known client reads.

    Source: as for credential_variables (observed). The CLI takes none of them while it is told to
    ignore its profile: it then means cn-hangzhou unless `--region` is given.
    """
    variables = {
        "ALIBABA_CLOUD_STS_REGION": region,
        "ALIYUN_LOG_CLI_ENDPOINT": f"{region}.log.aliyuncs.com",
        "OSS_REGION": region,
    }
    for prefix in _PREFIXES:
        variables[f"{prefix}REGION"] = region
        variables[f"{prefix}REGION_ID"] = region
    return variables
