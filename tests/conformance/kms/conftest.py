"""KMS: an account's client, and keys made in one line."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.conftest import Clients
from tests.conformance.kms.secret_calls import Secrets


@pytest.fixture
def kms(admin: Clients) -> KmsClient:
    """The KMS client of the account's administrator."""
    return admin.kms


@pytest.fixture
def new_key(kms: KmsClient) -> Callable[..., Any]:
    """Make a key and return its metadata: new_key(key_spec=…)."""

    def make(**request: Any) -> Any:
        answer: Any = kms.create_key(models.CreateKeyRequest(**request))
        return answer.body.key_metadata

    return make


@pytest.fixture
def describe(kms: KmsClient) -> Callable[[str], Any]:
    """Return a key as DescribeKey shows it."""

    def show(key_id: str) -> Any:
        answer: Any = kms.describe_key(models.DescribeKeyRequest(key_id=key_id))
        return answer.body.key_metadata

    return show


@pytest.fixture
def secrets(kms: KmsClient) -> Secrets:
    """What the account's administrator does with secrets."""
    return Secrets(kms)
