"""The logstore that gets the data events of a trail of one region.

Source: ActionTrail, data events (documented): the names of project and logstore, and that the
service makes both; the names of topic and member as those of other events (assumed).
"""

from juyong.api.context import Context
from juyong.base.ids import AccountId
from juyong.logs.batches import Arrived
from juyong.services.actiontrail.data_events.tables import DataEventRow
from juyong.services.actiontrail.delivery.to_project import Place
from juyong.services.actiontrail.trails.roles import SESSION, assumed_role
from juyong.services.actiontrail.trails.settings import logs_of
from juyong.services.sls.facade import keep_as_role, own_project_made


def project_name(account_id: AccountId, region: str) -> str:
    """Return the name of the project that gets an account's data events of a region."""
    return f"actiontrail-log-{account_id}-{region}"


def place_of(ctx: Context, row: DataEventRow) -> Place:
    """Return where the logs of an event's trail and region go.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
    """
    role = assumed_role(ctx.tx, row.account_id, "", ctx.now)
    return Place(role, logs_of(row.trail_name, project_name(row.account_id, row.region)))


def write(ctx: Context, row: DataEventRow, logs: Arrived) -> None:
    """Give logs to the logstore of an event's trail and region; project and logstore are made.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
        ApiError: the role may not write there, or another account has the name of the project.
    """
    place = place_of(ctx, row)
    own_project_made(ctx, place.role, place.kept.project, region=row.region, session=SESSION)
    keep_as_role(ctx, *place, logs)
