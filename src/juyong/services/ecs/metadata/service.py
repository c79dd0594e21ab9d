"""Answer requests to the metadata service.

Source: ECS, "Instance metadata" (documented): with HttpTokens `required` a request without a token
is refused by 403, a token that is wrong or expired by 401. That a service that is turned off
answers 403, and other methods 405, is assumed.
"""

from juyong.api.context import Platform
from juyong.base.clock import Instant
from juyong.services.ecs.metadata.asked import Answer, Asked
from juyong.services.ecs.metadata.contents import contents
from juyong.services.ecs.metadata.credentials import roles_of
from juyong.services.ecs.metadata.tokens import HEADER, PURPOSE, give, holds
from juyong.services.ecs.metadata.tree import look
from juyong.services.network.machines import instance_at
from juyong.services.network.tables import InstanceRow
from juyong.store.transaction import Transaction

_NEW = "/latest/api/token"


def answer_at(
    tx: Transaction, platform: Platform, now: Instant, place: tuple[str, str], asked: Asked
) -> Answer:
    """Answer a request from a place: the VPC where it arrived, and the address that sent it.

    SECURITY: the place alone says which instance asks, nothing in the request does.

    Writes an event when it makes credentials; tx must be one that may write.
    """
    row = instance_at(tx, *place)
    return Answer(status=404) if row is None else answer(tx, platform, now, row, asked)


def answer(
    tx: Transaction, platform: Platform, now: Instant, row: InstanceRow, asked: Asked
) -> Answer:
    """Answer a request of an instance; see `answer_at`."""
    if not row.metadata_enabled:
        return Answer(status=403)
    key = platform.keys[PURPOSE]
    if asked.method == "PUT" and asked.path == _NEW:
        return give(asked, row.instance_id, key, now)
    if asked.method != "GET":
        return Answer(status=405)
    token = asked.headers.get(HEADER)
    if token is None:
        if row.metadata_token:
            return Answer(status=403)
    elif not holds(token, row.instance_id, key, now):
        return Answer(status=401)
    return look(contents(tx, row, roles_of(tx, platform, row, now)), asked.path)
