"""Client keys as the gateway needs them: whose they are, and what proves it."""

from dataclasses import dataclass

from juyong.api.caller import AccessPoint
from juyong.base.clock import Instant
from juyong.services.kms.access.tables import ClientKeyRow
from juyong.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredential:
    """A client key, its access point, its certificate (PEM), and when it is valid."""

    caller: AccessPoint
    certificate: str
    not_before: Instant
    not_after: Instant


def find_credential(tx: Transaction, client_key_id: str) -> ClientCredential | None:
    """Return a client key, or None if there is none; access points with keys are never gone."""
    row = tx.get(ClientKeyRow, client_key_id)
    if row is None:
        return None
    return ClientCredential(
        caller=AccessPoint(
            account_id=row.account_id,
            region=row.region,
            name=row.point_name,
            client_key_id=row.client_key_id,
        ),
        certificate=row.certificate,
        not_before=row.not_before,
        not_after=row.not_after,
    )
