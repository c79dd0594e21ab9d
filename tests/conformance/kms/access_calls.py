"""Access points and what belongs to them, through the official SDK, in one line each."""

import json
from dataclasses import dataclass
from typing import Any

from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient

KEYS = "RbacPermission/Template/CryptoServiceKeyUser"
SECRETS = "RbacPermission/Template/CryptoServiceSecretUser"
PASSWORD = "correct-horse-7"


@dataclass(frozen=True)
class Access:
    """The operations, as one caller may call them."""

    client: KmsClient

    def _body(self, operation: str, **request: Any) -> Any:
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")
        answer: Any = getattr(self.client, snake)(getattr(models, f"{operation}Request")(**request))
        return answer.body

    def rule(self, name: str, **request: Any) -> Any:
        given = {"type": "Private", **request}
        return self._body("CreateNetworkRule", name=name, **given)

    def update_rule(self, name: str, **request: Any) -> Any:
        return self._body("UpdateNetworkRule", name=name, **request)

    def described_rule(self, name: str) -> Any:
        return self._body("DescribeNetworkRule", name=name)

    def delete_rule(self, name: str) -> Any:
        return self._body("DeleteNetworkRule", name=name)

    def rules(self, **page: int) -> tuple[Any, list[Any]]:
        body = self._body("ListNetworkRules", **page)
        return body, body.network_rules.network_rule

    def policy(self, name: str, **request: Any) -> Any:
        given = {"permissions": json.dumps([KEYS]), "resources": '["key/*"]', **request}
        return self._body("CreatePolicy", name=name, **given)

    def update_policy(self, name: str, **request: Any) -> Any:
        return self._body("UpdatePolicy", name=name, **request)

    def described_policy(self, name: str) -> Any:
        return self._body("DescribePolicy", name=name)

    def delete_policy(self, name: str) -> Any:
        return self._body("DeletePolicy", name=name)

    def policies(self, **page: int) -> tuple[Any, list[Any]]:
        body = self._body("ListPolicies", **page)
        return body, body.policies.policy

    def point(self, name: str, **request: Any) -> Any:
        given = {"policies": '["p"]', **request}
        return self._body("CreateApplicationAccessPoint", name=name, **given)

    def update_point(self, name: str, **request: Any) -> Any:
        return self._body("UpdateApplicationAccessPoint", name=name, **request)

    def described_point(self, name: str) -> Any:
        return self._body("DescribeApplicationAccessPoint", name=name)

    def delete_point(self, name: str) -> Any:
        return self._body("DeleteApplicationAccessPoint", name=name)

    def points(self, **page: int) -> tuple[Any, list[Any]]:
        body = self._body("ListApplicationAccessPoints", **page)
        return body, body.application_access_points.application_access_point

    def client_key(self, point: str, **request: Any) -> Any:
        given = {"password": PASSWORD, **request}
        return self._body("CreateClientKey", aap_name=point, **given)

    def got_client_key(self, client_key_id: str) -> Any:
        return self._body("GetClientKey", client_key_id=client_key_id)

    def client_keys(self, point: str | None = None) -> list[Any]:
        found: list[Any] = self._body("ListClientKeys", aap_name=point).client_keys
        return found

    def delete_client_key(self, client_key_id: str) -> Any:
        return self._body("DeleteClientKey", client_key_id=client_key_id)
