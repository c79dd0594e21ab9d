"""The functions of VPC for other services and the app."""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.vpc.flow_logs.arriving import deliver
    from juyong.services.vpc.routes.changing import delete_routes_to
else:
    __getattr__ = late_names(__name__)
