"""Secrets through the official SDK, in one line each; and keys brought into any state."""

from dataclasses import dataclass
from typing import Any

from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.harness import Server

from juyong.services.kms.keys.tables import KeyRow


@dataclass(frozen=True)
class Secrets:
    """The operations on secrets, as one caller may call them."""

    client: KmsClient

    def create(self, name: str = "db", **request: Any) -> Any:
        given = {"version_id": "v1", "secret_data": "hunter2-value", **request}
        answer: Any = self.client.create_secret(
            models.CreateSecretRequest(secret_name=name, **given)
        )
        return answer.body

    def put(self, name: str = "db", version: str = "v2", data: str = "", **more: Any) -> Any:
        answer: Any = self.client.put_secret_value(
            models.PutSecretValueRequest(
                secret_name=name, version_id=version, secret_data=data or f"of-{version}", **more
            )
        )
        return answer.body

    def value(self, name: str = "db", **request: Any) -> Any:
        answer: Any = self.client.get_secret_value(
            models.GetSecretValueRequest(secret_name=name, **request)
        )
        return answer.body

    def batch(self, *wanted: dict[str, Any]) -> Any:
        items = [models.BatchGetSecretValueRequestSecretsList(**one) for one in wanted]
        answer: Any = self.client.batch_get_secret_value(
            models.BatchGetSecretValueRequest(secrets_list=items)
        )
        return answer.body

    def describe(self, name: str = "db", **request: Any) -> Any:
        answer: Any = self.client.describe_secret(
            models.DescribeSecretRequest(secret_name=name, **request)
        )
        return answer.body

    def listed(self, **request: Any) -> Any:
        answer: Any = self.client.list_secrets(models.ListSecretsRequest(**request))
        return answer.body

    def update(self, name: str = "db", **request: Any) -> Any:
        answer: Any = self.client.update_secret(
            models.UpdateSecretRequest(secret_name=name, **request)
        )
        return answer.body

    def versions(self, name: str = "db", **request: Any) -> Any:
        answer: Any = self.client.list_secret_version_ids(
            models.ListSecretVersionIdsRequest(secret_name=name, **request)
        )
        return answer.body

    def stages(self, name: str = "db") -> dict[str, list[str]]:
        """Return the stages of each version."""
        found = self.versions(name, include_deprecated="true", page_size=100)
        return {v.version_id: v.version_stages.version_stage for v in found.version_ids.version_id}

    def move(self, stage: str, to: str | None, off: str | None = None, name: str = "db") -> Any:
        return self.client.update_secret_version_stage(
            models.UpdateSecretVersionStageRequest(
                secret_name=name,
                version_stage=stage,
                move_to_version=to,
                remove_from_version=off,
            )
        )

    def delete(self, name: str = "db", **request: Any) -> Any:
        answer: Any = self.client.delete_secret(
            models.DeleteSecretRequest(secret_name=name, **request)
        )
        return answer.body

    def restore(self, name: str = "db") -> Any:
        answer: Any = self.client.restore_secret(models.RestoreSecretRequest(secret_name=name))
        return answer.body

    def set_policy(self, name: str, policy: str) -> None:
        self.client.set_secret_policy(
            models.SetSecretPolicyRequest(secret_name=name, policy=policy)
        )

    def policy(self, name: str) -> str:
        answer: Any = self.client.get_secret_policy(models.GetSecretPolicyRequest(secret_name=name))
        return str(answer.body.policy)

    def rotate(self, name: str = "db", version: str = "r1") -> Any:
        answer: Any = self.client.rotate_secret(
            models.RotateSecretRequest(secret_name=name, version_id=version)
        )
        return answer.body

    def rotation(self, name: str = "db", **request: Any) -> Any:
        answer: Any = self.client.update_secret_rotation_policy(
            models.UpdateSecretRotationPolicyRequest(secret_name=name, **request)
        )
        return answer.body


def change_key(server: Server, key_id: str, **changes: Any) -> None:
    """Bring a key into a state without the operation that would."""

    def change(tx: Any) -> None:
        tx.update(tx.get(KeyRow, key_id), **changes)

    server.running.store.call(change)
