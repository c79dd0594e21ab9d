"""The encryption of a logstore: by a key of the service, or by one of the KMS.

Source: SLS API reference, EncryptConf, EncryptUserCmkConf, UpdateLogStoreEncryption (documented):
the type and the key are fixed once they are set, and only `enable` changes. The role trusts
`log.aliyuncs.com`, and the caller may pass it (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc
from juyong.api.operation import Route, operation
from juyong.base.ids import AccountId
from juyong.services.sls.acting import SERVICE, assumed_role, is_role_of, passing
from juyong.services.sls.errors import BadLogstore
from juyong.services.sls.fields import CamelShape
from juyong.services.sls.logstores.logstore import LOGSTORE, ONE_LOGSTORE
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.tables import LogstoreRow
from juyong.services.sts.facade import RoleTrustsNot

TYPES = (
    "default",
    "m4",
    *("sm4_ecb", "sm4_cbc", "sm4_gcm"),
    *("aes_ecb", "aes_cbc", "aes_cfb", "aes_ofb", "aes_gcm"),
)


class UserCmk(msgspec.Struct, frozen=True, kw_only=True):
    """A key of the KMS, and the role that uses the key."""

    cmk_key_id: str
    arn: str
    region_id: str


class EncryptConf(msgspec.Struct, frozen=True, kw_only=True):
    """The encryption of a logstore; without a key of the KMS the service has one of its own."""

    enable: bool
    encrypt_type: str = ""
    user_cmk_info: UserCmk | None = None


def passed_role(_ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the role that a call gives to the service."""
    wanted: EncryptConf | None = arguments["given"].encrypt_conf
    key = wanted.user_cmk_info if wanted else None
    return passing(key.arn) if key and key.arn else ()


def checked(ctx: Context, wanted: EncryptConf, held: str, account_id: AccountId) -> str:
    """Return an encryption as it is stored.

    Args:
        ctx: The call.
        wanted: As the call has it.
        held: As it is stored, empty for none.
        account_id: The owner of the logstore.

    Raises:
        BadLogstore: no logstore can have it, or the role is none that the service may use.
    """
    if held:
        return _toggled(wanted, msgspec.json.decode(held, type=EncryptConf))
    if not wanted.enable and not wanted.encrypt_type:
        return ""
    if wanted.encrypt_type not in TYPES:
        raise BadLogstore(why=f"encrypt_type is one of {', '.join(TYPES)}")
    if wanted.user_cmk_info is not None:
        _check_role(ctx, wanted.user_cmk_info, account_id)
    return msgspec.json.encode(wanted).decode()


def _toggled(wanted: EncryptConf, held: EncryptConf) -> str:
    same_type = wanted.encrypt_type in ("", held.encrypt_type)
    if not same_type or wanted.user_cmk_info not in (None, held.user_cmk_info):
        raise BadLogstore(why="the encryption of a logstore can be switched, and not changed")
    return msgspec.json.encode(msgspec.structs.replace(held, enable=wanted.enable)).decode()


def _check_role(ctx: Context, key: UserCmk, account_id: AccountId) -> None:
    if not is_role_of(account_id, key.arn) or not key.cmk_key_id:
        raise BadLogstore(why="user_cmk_info names a key, and a role of the account")
    if key.region_id != ctx.region:
        raise BadLogstore(why="the key must be in the region of the logstore")
    try:
        assumed_role(ctx, account_id, key.arn)
    except RoleTrustsNot:
        raise BadLogstore(why=f"the role does not trust {SERVICE}") from None


class NewCmk(CamelShape, frozen=True, kw_only=True):
    """A key of the KMS, as UpdateLogStoreEncryption names it."""

    key_id: str
    role_arn: str
    region_id: str


def _passed_by_update(_ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    key: NewCmk | None = arguments.get("user_cmk_info")
    return passing(key.role_arn) if key and key.role_arn else ()


@operation(
    SLS,
    "UpdateLogStoreEncryption",
    on=ONE_LOGSTORE,
    also=_passed_by_update,
    raises=(BadLogstore,),
    route=Route(method="PUT", path="/project/{project}/logstores/{logstore}/encryption"),
)
def update_log_store_encryption(
    ctx: Context,
    row: LogstoreRow,
    *,
    enable: Annotated[bool, Doc("Whether logs are encrypted from now on.")],
    encrypt_type: Annotated[str, Doc("Fixed once it is set.")] = "",
    user_cmk_info: Annotated[NewCmk, Doc("Fixed once it is set.")] | None = None,
) -> None:
    """Encrypt what comes into a logstore from now on, or encrypt it no longer."""
    key = user_cmk_info
    wanted = EncryptConf(
        enable=enable,
        encrypt_type=encrypt_type,
        user_cmk_info=UserCmk(cmk_key_id=key.key_id, arn=key.role_arn, region_id=key.region_id)
        if key
        else None,
    )
    stored = checked(ctx, wanted, row.encryption, row.account_id)
    LOGSTORE.change(ctx, row, encryption=stored, modified_at=ctx.now)
