"""GenerateMac and VerifyMac.

Source: the official SDK's models (observed); no reference page is published. Sizes and errors are
assumed.
"""

from functools import partial
from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto.keys import BadSignature
from juyong.engines.crypto.macs import verify_mac
from juyong.engines.crypto.specs import SPECS, Usage
from juyong.services.kms.crypto.parameters import Mac, MacVerified, MessageText, tobase64, unbase64
from juyong.services.kms.crypto.using import UNIMPORTED_KEY, USING, check_use, mac_key, perform
from juyong.services.kms.keys.material import primary_version
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.product import KMS, SYMMETRIC, OnlyCheck

MacAlgorithm = Annotated[
    str,
    OneOf(tuple(name for spec in SPECS.values() for name in spec.algorithms.get(Usage.MAC, ()))),
    Doc("The key's own."),
]


@operation(
    KMS,
    "GenerateMac",
    effect="Read",
    on=UNIMPORTED_KEY,
    rate=SYMMETRIC,
    raises=USING,
    reads_only=True,
)
def generate_mac(
    ctx: Context,
    key: KeyRow,
    *,
    algorithm: MacAlgorithm,
    message: MessageText,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Mac:
    """Make the authentication code of a message, whole."""
    check_use(key, algorithm, Usage.MAC)
    version = primary_version(ctx, key)
    content = unbase64(message.reveal(), "Message")
    work = partial(mac_key(ctx, key, version).mac, algorithm, content)
    code = perform(ctx, key, version, work, what="mac", name="Message")
    return Mac(key_id=key.key_id, algorithm=algorithm, mac=Secret(tobase64(code)))


@operation(
    KMS,
    "VerifyMac",
    effect="Read",
    on=UNIMPORTED_KEY,
    rate=SYMMETRIC,
    raises=USING,
    reads_only=True,
)
def verify_mac_of(
    ctx: Context,
    key: KeyRow,
    *,
    algorithm: MacAlgorithm,
    message: MessageText,
    mac: Annotated[Secret, Text(1, 256), Doc("The code in Base64, whole.")],
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> MacVerified:
    """Say whether a code is a message's, in constant time; a wrong one is no error."""
    check_use(key, algorithm, Usage.MAC)
    version = primary_version(ctx, key)
    content, code = unbase64(message.reveal(), "Message"), unbase64(mac.reveal(), "Mac")
    made_by = mac_key(ctx, key, version)

    def fits() -> bool:
        try:
            verify_mac(made_by, algorithm, content, code)
        except BadSignature:
            return False
        return True

    value = perform(ctx, key, version, fits, what="verify", name="Message")
    return MacVerified(key_id=key.key_id, algorithm=algorithm, value=value)
