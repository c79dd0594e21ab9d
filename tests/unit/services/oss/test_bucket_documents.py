"""A state of a bucket gives each text that the policy engine may have been given of the bucket."""

import json
from itertools import product

import msgspec
import pytest

from juyong.api.shape import to_record
from juyong.base.clock import Instant
from juyong.services.oss.buckets.bucket import BucketState
from juyong.services.oss.buckets.policy import documents_of, target_of
from juyong.services.oss.tables import BucketRow

ACLS = ("private", "public-read", "public-read-write")
POLICY = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": ["*"],
                "Action": ["oss:Get*"],
                "Resource": ["acs:oss:*:*:b/*"],
            },
            {
                "Effect": "Deny",
                "Principal": ["7"],
                "Action": ["oss:*"],
                "Resource": ["acs:oss:*:*:b/*"],
            },
        ],
    }
)


@pytest.mark.parametrize(
    ("acl", "policy", "blocks"), list(product(ACLS, ("", POLICY), (False, True)))
)
def test_every_text_is_among_the_documents(acl: str, policy: str, blocks: bool) -> None:
    row = BucketRow(
        bucket_name="b",
        account_id="1",
        region="cn-hangzhou",
        storage_class="Standard",
        redundancy="LRS",
        acl=acl,
        policy=policy,
        blocks_public=blocks,
        created_at=Instant(1),
    )
    state = msgspec.json.decode(to_record(BucketState.of(row, retention=msgspec.UNSET)))
    found = documents_of(state, row.account_id)
    own = target_of(row, acl, blocked=blocks).document
    assert found[0] == own
    for other, blocked in product(ACLS, (False, True)):
        assert target_of(row, other, blocked=blocked).document in found
