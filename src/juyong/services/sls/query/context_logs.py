"""GetContextLogs: the logs that a sender sent before and after one of its logs.

Source: SLS API reference, GetContextLogs (documented); members that official SDKs read (observed).
"""

from typing import Annotated

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Text, Wire
from juyong.api.operation import Route, operation
from juyong.logs.neighbours import Around, Walk
from juyong.services.sls.errors import BadArgument
from juyong.services.sls.logstores.data_keys import KeyRefused, KeysOnDemand
from juyong.services.sls.logstores.logstore import ONE_LOGSTORE
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.query.shown_logs import pack_meta, read_meta, shown_fields
from juyong.services.sls.tables import LogstoreRow

_MOST_LINES = 100
Lines = Annotated[int, Between(0, _MOST_LINES), Doc("0 to 100.")]


@operation(
    SLS,
    "GetContextLogs",
    on=ONE_LOGSTORE,
    action="log:GetLogStoreContextLogs",
    audit="data",
    raises=(BadArgument, KeyRefused),
    route=Route(
        method="GET", path="/project/{project}/logstores/{logstore}", marks="type=context_log"
    ),
    reads_only=True,
    scans=True,
)
def get_context_logs(
    ctx: Context,
    row: LogstoreRow,
    *,
    pack_id: Annotated[str, Wire("pack_id"), Text(1, 256), Doc("The log's `__pack_id__`.")],
    meta: Annotated[str, Wire("pack_meta"), Text(1, 256), Doc("The log's `__pack_meta__`.")],
    back_lines: Annotated[Lines, Wire("back_lines")] = 0,
    forward_lines: Annotated[Lines, Wire("forward_lines")] = 0,
) -> RawAnswer:
    """Return a log and its neighbours: what the same sender sent before and after.

    `progress` is Incomplete where the neighbours lie behind more than 1,000 groups, or 32 MB, of
    other senders: those behind are not answered.
    """
    place = read_meta(meta)
    if place is None:
        raise BadArgument(why="pack_meta is invalid")
    shard, number = place
    keys = KeysOnDemand(ctx, row)
    walk = Walk(ctx.tx, ctx.platform.segments, row.store_id, shard, keys)
    found = walk.around(number, pack_id, back_lines, forward_lines)
    if found is None:
        raise BadArgument(why="the logstore has no log of this pack_id and pack_meta")
    return RawAnswer(
        body=msgspec.json.encode(_shown(found, shard)),
        content_type="application/json",
        record=msgspec.UNSET,
    )


def _shown(found: Around, shard: int) -> dict[str, object]:
    logs = (*found.before, found.start, *found.after)
    return {
        "progress": "Complete" if found.complete else "Incomplete",
        "total_lines": len(logs),
        "back_lines": len(found.before),
        "forward_lines": len(found.after),
        "logs": [
            {
                "__index_number__": str(place),
                **shown_fields(log),
                "__pack_meta__": pack_meta(shard, log.sequence),
            }
            for place, log in enumerate(logs, -len(found.before))
        ],
    }
