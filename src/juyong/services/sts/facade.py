"""The functions of STS for other services and the gateway."""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.sts.product import PRODUCT as STS
    from juyong.services.sts.sessions import (
        Credentials,
        RoleTrustsNot,
        session_for_service,
        trusting_role,
    )
    from juyong.services.sts.tables import AssertionRow
    from juyong.services.sts.tokens import PURPOSE, BadToken, Session, make_token, open_token
else:
    __getattr__ = late_names(__name__)
