"""Addresses under which a function's package can be fetched without a signature of one's own.

In the cloud they lead to OSS; here they lead back to the product.
"""

import hashlib
import hmac
from typing import Annotated
from urllib.parse import quote, urlencode

from juyong.api.access import Entry
from juyong.api.answers import RawAnswer
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Text
from juyong.api.operation import Route, operation
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.services.fc.errors import NoFunction
from juyong.services.fc.fields import CamelShape, FunctionName
from juyong.services.fc.packages import code_of
from juyong.services.fc.permissions import SERVICE
from juyong.services.fc.product import PRODUCT as FC
from juyong.services.fc.resources import FUNCTION, FunctionKey, function_named
from juyong.services.fc.tables import FunctionRow

PURPOSE = "fc-code"
LINK_SECONDS = 600


class BadLink(ApiError):
    """The address was not made here, is over, or the function is another one by now."""

    code, status = "SignatureNotMatch", 403
    text = "The address was changed or has expired."


class FunctionCode(CamelShape, frozen=True, kw_only=True):
    """Where a package can be fetched, for ten minutes, and its CRC-64."""

    url: Secret
    checksum: str


def code_link(ctx: Context, row: FunctionRow) -> FunctionCode:
    """Make the address of a function's package as it is now, on the host that was called."""
    expires = ctx.now + LINK_SECONDS
    query = urlencode(
        {
            "accountId": row.account_id,
            "region": row.region,
            "serviceName": row.service_name,
            "expires": expires,
            "token": _token(ctx, row, expires),
        }
    )
    scheme = "https" if ctx.secure else "http"
    path = f"/{FC.version}/functions/{quote(row.function_name)}/package"
    return FunctionCode(
        url=Secret(f"{scheme}://{ctx.host}{path}?{query}"), checksum=row.code_checksum
    )


@operation(
    FC,
    "DownloadFunctionCode",
    entry=Entry.ANONYMOUS,
    effect="Read",
    route=Route(method="GET", path="/2023-03-30/functions/{functionName}/package"),
    raises=(BadLink,),
    reads_only=True,
    scans=True,
)
def download_function_code(
    ctx: Context,
    *,
    function_name: FunctionName,
    account_id: Annotated[str, Text(1, 32, chars="0-9"), Doc("The owner's account.")],
    region: Annotated[str, Text(1, 64), Doc("The function's region.")],
    service_name: Annotated[str, Doc("Of which service, if any.")] = "",
    expires: Annotated[int, Doc("When the address is over, in seconds since 1970.")],
    token: Annotated[Secret, Doc("Proves that the address was made here.")],
) -> RawAnswer:
    """Give the package that an address of GetFunctionCode leads to; the address is the proof.

    Returns:
        The zip package.

    Source: the platform's own; in the cloud the address is OSS's.
    """
    key = FunctionKey(AccountId(account_id), region, service_name, function_name)
    try:
        row = function_named(ctx.tx, key)
    except NoFunction:
        raise BadLink from None
    genuine = hmac.compare_digest(_token(ctx, row, expires).encode(), token.reveal().encode())
    if not genuine or ctx.now > Instant(expires):
        raise BadLink
    ctx.journal.acting = Service(account_id=row.account_id, name=SERVICE)
    ctx.journal.refer(FUNCTION.kind, row.function_name)
    return code_of(ctx.tx, ctx.platform.disk, row).answered()


def _token(ctx: Context, row: FunctionRow, expires: int) -> str:
    """Bind an address to one package of one function, and to its end."""
    parts = (row.account_id, row.region, row.service_name, row.function_name)
    text = "\n".join((*parts, row.function_id, row.code_checksum, str(expires)))
    return hmac.new(ctx.key(PURPOSE), text.encode(), hashlib.sha256).hexdigest()
