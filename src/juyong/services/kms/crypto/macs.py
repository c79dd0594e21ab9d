"""GenerateMac and VerifyMac.

Source: the official SDK's models (observed); no reference page is published. Sizes and errors are
assumed.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto.keys import BadSignature
from juyong.engines.crypto.macs import verify_mac
from juyong.engines.crypto.specs import SPECS, Usage
from juyong.services.kms.crypto.parameters import MessageText, tobase64, unbase64
from juyong.services.kms.crypto.shapes import Mac, MacVerified
from juyong.services.kms.crypto.using import OF_MAC, check_use, mac_key, perform
from juyong.services.kms.keys.find import find_usable_key, key_policy, key_resource
from juyong.services.kms.keys.material import primary_version
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import SYMMETRIC
from juyong.services.kms.tagging import resource_tags

MacAlgorithm = Annotated[
    str,
    OneOf(tuple(name for spec in SPECS.values() for name in spec.algorithms.get(Usage.MAC, ()))),
    Doc("The key's own."),
]


@operation(
    KMS,
    "GenerateMac",
    effect="Read",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    rate=SYMMETRIC,
    raises=OF_MAC,
    reads_only=True,
)
def generate_mac(
    ctx: Context,
    *,
    key_id: KeyName,
    algorithm: MacAlgorithm,
    message: MessageText,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Mac:
    """Make the authentication code of a message.

    Args:
        key_id: The key: its id, an alias of it, or the ARN of either.
        dry_run: Only check.

    Returns:
        The whole code.

    Source: the SDK (observed).
    """
    row = find_usable_key(ctx, key_id)
    check_use(row, algorithm, Usage.MAC)
    version = primary_version(ctx, row)
    content = unbase64(message.reveal(), "Message")
    key = mac_key(ctx, row, version)
    code = perform(
        ctx, row, version, lambda: key.mac(algorithm, content), what="mac", name="Message"
    )
    return Mac(key_id=row.key_id, algorithm=algorithm, mac=Secret(tobase64(code)))


@operation(
    KMS,
    "VerifyMac",
    effect="Read",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    rate=SYMMETRIC,
    raises=OF_MAC,
    reads_only=True,
)
def verify_mac_of(
    ctx: Context,
    *,
    key_id: KeyName,
    algorithm: MacAlgorithm,
    message: MessageText,
    mac: Annotated[Secret, Text(1, 256)],
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> MacVerified:
    """Say whether an authentication code is a message's, in constant time; a wrong one is no error.

    Args:
        key_id: The key: its id, an alias of it, or the ARN of either.
        mac: The code in Base64, whole.
        dry_run: Only check.

    Returns:
        Whether it fits.

    Source: the SDK (observed).
    """
    row = find_usable_key(ctx, key_id)
    check_use(row, algorithm, Usage.MAC)
    version = primary_version(ctx, row)
    content, code = unbase64(message.reveal(), "Message"), unbase64(mac.reveal(), "Mac")
    key = mac_key(ctx, row, version)

    def fits() -> bool:
        try:
            verify_mac(key, algorithm, content, code)
        except BadSignature:
            return False
        return True

    value = perform(ctx, row, version, fits, what="verify", name="Message")
    return MacVerified(key_id=row.key_id, algorithm=algorithm, value=value)
