"""The trust in an OIDC identity provider: client ids and certificate fingerprints.

Source: IMS API reference (documented); the codes of these refusals (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.operation import operation
from juyong.services.identity.providers.oidc import (
    OIDC_PROVIDER,
    ClientId,
    Fingerprint,
    OidcProvider,
    issuer_condition,
    items,
    provider_of,
)
from juyong.services.identity.providers.tables import OidcProviderRow
from juyong.services.ims.fields import ProviderName
from juyong.services.ims.product import PRODUCT as IMS

BY_NAME = OIDC_PROVIDER.by(oidc_provider_name=ProviderName)
TooManyClientIds = fact(
    "LimitExceeded.OIDCProvider.ClientId",
    409,
    "The count of client IDs beyond the current limits.",
    why="The provider would hold more than its quota `ims.oidc-client-ids`.",
)
TooManyFingerprints = fact(
    "LimitExceeded.OIDCProvider.Fingerprint",
    409,
    "The count of fingerprints beyond the current limits.",
    why="The provider would hold more than its quota `ims.oidc-fingerprints`.",
)
ClientIdExists = fact(
    "EntityAlreadyExists.OIDCProvider.ClientId",
    409,
    "The client ID does already exist.",
    why="The provider has it.",
)
FingerprintExists = fact(
    "EntityAlreadyExists.OIDCProvider.Fingerprint",
    409,
    "The fingerprint does already exist.",
    why="The provider has it.",
)
NoClientId = fact(
    "EntityNotExist.OIDCProvider.ClientId",
    404,
    "The client ID does not exist.",
    why="The provider does not have it.",
)
NoFingerprint = fact(
    "EntityNotExist.OIDCProvider.Fingerprint",
    404,
    "The fingerprint does not exist.",
    why="The provider does not have it.",
)


def joined_client_ids(ctx: Context, client_ids: list[str]) -> str:
    """Join client ids as they are stored.

    Raises:
        TooManyClientIds: more than the quota `ims.oidc-client-ids` (50).
    """
    if len(client_ids) > ctx.quota("ims.oidc-client-ids", 50):
        raise TooManyClientIds
    return ",".join(client_ids)


def joined_fingerprints(ctx: Context, fingerprints: list[str]) -> str:
    """Join fingerprints as they are stored.

    Raises:
        TooManyFingerprints: more than the quota `ims.oidc-fingerprints` (5).
    """
    if len(fingerprints) > ctx.quota("ims.oidc-fingerprints", 5):
        raise TooManyFingerprints
    return ",".join(fingerprints)


def _changed(ctx: Context, provider: OidcProviderRow, **columns: str) -> OidcProvider:
    return provider_of(OIDC_PROVIDER.change(ctx, provider, updated_at=ctx.now, **columns))


@operation(
    IMS,
    "AddClientIdToOIDCProvider",
    on=BY_NAME,
    conditions=issuer_condition,
    raises=(ClientIdExists, TooManyClientIds),
    answers="OIDCProvider",
)
def add_client_id_to_oidc_provider(
    ctx: Context, provider: OidcProviderRow, *, client_id: Annotated[str, ClientId()]
) -> OidcProvider:
    """Accept one more audience.

    Args:
        client_id: The audience.
    """
    held = items(provider.client_ids)
    if client_id in held:
        raise ClientIdExists
    return _changed(ctx, provider, client_ids=joined_client_ids(ctx, [*held, client_id]))


@operation(
    IMS,
    "RemoveClientIdFromOIDCProvider",
    on=BY_NAME,
    conditions=issuer_condition,
    raises=(NoClientId,),
    answers="OIDCProvider",
)
def remove_client_id_from_oidc_provider(
    ctx: Context, provider: OidcProviderRow, *, client_id: Annotated[str, ClientId()]
) -> OidcProvider:
    """Accept an audience no longer.

    Args:
        client_id: The audience.
    """
    held = items(provider.client_ids)
    if client_id not in held:
        raise NoClientId
    return _changed(ctx, provider, client_ids=",".join(c for c in held if c != client_id))


@operation(
    IMS,
    "AddFingerprintToOIDCProvider",
    on=BY_NAME,
    conditions=issuer_condition,
    raises=(FingerprintExists, TooManyFingerprints),
    answers="OIDCProvider",
)
def add_fingerprint_to_oidc_provider(
    ctx: Context, provider: OidcProviderRow, *, fingerprint: Annotated[str, Fingerprint()]
) -> OidcProvider:
    """Trust one more certificate.

    Args:
        fingerprint: SHA-1 of the certificate.
    """
    held = items(provider.fingerprints)
    if fingerprint.lower() in [known.lower() for known in held]:
        raise FingerprintExists
    return _changed(ctx, provider, fingerprints=joined_fingerprints(ctx, [*held, fingerprint]))


@operation(
    IMS,
    "RemoveFingerprintFromOIDCProvider",
    on=BY_NAME,
    conditions=issuer_condition,
    raises=(NoFingerprint,),
    answers="OIDCProvider",
)
def remove_fingerprint_from_oidc_provider(
    ctx: Context, provider: OidcProviderRow, *, fingerprint: Annotated[str, Fingerprint()]
) -> OidcProvider:
    """Trust a certificate no longer.

    Args:
        fingerprint: SHA-1 of the certificate, in whatever case.
    """
    held = items(provider.fingerprints)
    left = [known for known in held if known.lower() != fingerprint.lower()]
    if left == held:
        raise NoFingerprint
    return _changed(ctx, provider, fingerprints=",".join(left))
