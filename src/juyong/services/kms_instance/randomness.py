"""GenerateRandom."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between
from juyong.api.operation import operation
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.services.kms.facade import RANDOM, SYMMETRIC, NoInstance, instance_called, tobase64
from juyong.services.kms_instance.product import PRODUCT as INSTANCE
from juyong.services.kms_instance.shapes import Random


@operation(
    INSTANCE,
    "GenerateRandom",
    effect="Read",
    resource=acs("kms", RANDOM, regional=True),
    rate=SYMMETRIC,
    raises=(NoInstance,),
    reads_only=True,
)
def generate_random(ctx: Context, *, length: Annotated[int, Between(1, 1024)]) -> Random:
    """Draw random bytes.

    Args:
        length: How many, 1 to 1024.

    Returns:
        The bytes, of the operating system's generator.

    Source: KMS instance API, GenerateRandom (documented); that it takes the permission to use keys
        (assumed).
    """
    instance_called(ctx)
    return Random(random=Secret(tobase64(random_bytes(length))))
