"""The functions of ActionTrail for other services and the gateway."""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.audit.use import last_used
    from juyong.services.actiontrail.data_events.recording import SERVICES, data_events_of
    from juyong.services.actiontrail.data_events.selectors import DataCall
    from juyong.services.actiontrail.data_events.tables import DataEventRow
    from juyong.services.actiontrail.operator_events import ACCOUNT_SERVICE, record_operation
    from juyong.services.actiontrail.service_actions import (
        ServiceAction,
        record_own_action,
        record_service_action,
    )
else:
    __getattr__ = late_names(__name__)
