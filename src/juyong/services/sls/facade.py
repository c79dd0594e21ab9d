"""The functions of SLS for other services."""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.sls.data.taking import Taking
    from juyong.services.sls.errors import NoProject
    from juyong.services.sls.for_services import (
        KeptLogs,
        RoleMayNot,
        give_as_role,
        judge_logstore,
        keep_as_role,
        kept_logs,
        own_project_made,
        sealing_key,
        the_own_project,
    )
    from juyong.services.sls.logstores.data_keys import KeyRefused, Opened, open_keys
    from juyong.services.sls.product import PRODUCT
    from juyong.services.sls.projects.project import PROJECT
    from juyong.services.sls.query.asking import BadQuery, QueryStopped, QueryTooLarge
    from juyong.services.sls.query.checking import check_query
else:
    __getattr__ = late_names(__name__)
