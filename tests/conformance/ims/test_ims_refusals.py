"""What is published but not honoured is refused by name."""

import pytest
from tests.conformance.generic_client import call
from tests.conformance.harness import Server, refused

from juyong.api import registry
from juyong.api.refusals import Refusals
from juyong.services.identity.facade import NewAccount
from juyong.services.ims.product import PRODUCT

registry.load(PRODUCT)
REFUSALS = Refusals(PRODUCT, PRODUCT.operations)


@pytest.mark.parametrize("name", sorted(REFUSALS.names))
def test_refused_operation_says_so(name: str, account: NewAccount, server: Server) -> None:
    config = server.config(account.access_key_id, account.secret.reveal())
    with refused("UnsupportedOperation", 400) as caught:
        call(config, "2019-08-15", name)
    assert f"{name}: {REFUSALS.why(name)}" in caught.value.message


def test_refusals_are_these_many() -> None:
    assert len(REFUSALS.names) == 30
    assert all(reason and "juyong" not in reason for reason in PRODUCT.refused.values())
