"""A client of the SDK whose every call names a region, as Terraform's do."""

from typing import Any

from alibabacloud_kms20160120.client import Client as KmsClient


def in_region(client: KmsClient, region: str) -> KmsClient:
    """Have a client send RegionId; the address alone does not say it."""
    plain: Any = client.call_api

    def call(params: Any, request: Any, runtime: Any) -> Any:
        request.query = {**(request.query or {}), "RegionId": region}
        return plain(params, request, runtime)

    client.call_api = call  # type: ignore[method-assign]
    return client
