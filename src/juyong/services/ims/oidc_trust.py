"""What an OIDC identity provider is trusted by: client ids and certificate fingerprints.

Source: IMS API reference (documented); the codes of these refusals (assumed).
"""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.operation import operation
from juyong.services.identity.providers.oidc import (
    ClientId,
    Fingerprint,
    NoOidcProvider,
    OidcProviderAnswer,
    change_provider,
    issuer_condition,
    items,
    provider_named,
)
from juyong.services.ims.fields import ProviderName
from juyong.services.ims.product import PRODUCT as IMS

_OF_PROVIDER = acs("ram", "oidc-provider/{oidc_provider_name}")


class TooManyClientIds(ApiError):
    """The provider would hold more than its quota `ims.oidc-client-ids`."""

    code, status = "LimitExceeded.OIDCProvider.ClientId", 409
    text = "The count of client IDs beyond the current limits."


class TooManyFingerprints(ApiError):
    """The provider would hold more than its quota `ims.oidc-fingerprints`."""

    code, status = "LimitExceeded.OIDCProvider.Fingerprint", 409
    text = "The count of fingerprints beyond the current limits."


class ClientIdExists(ApiError):
    """The provider has it."""

    code, status = "EntityAlreadyExists.OIDCProvider.ClientId", 409
    text = "The client ID does already exist."


class FingerprintExists(ApiError):
    """The provider has it."""

    code, status = "EntityAlreadyExists.OIDCProvider.Fingerprint", 409
    text = "The fingerprint does already exist."


class NoClientId(ApiError):
    """The provider does not have it."""

    code, status = "EntityNotExist.OIDCProvider.ClientId", 404
    text = "The client ID does not exist."


class NoFingerprint(ApiError):
    """The provider does not have it."""

    code, status = "EntityNotExist.OIDCProvider.Fingerprint", 404
    text = "The fingerprint does not exist."


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


@operation(
    IMS,
    "AddClientIdToOIDCProvider",
    resource=_OF_PROVIDER,
    conditions=issuer_condition,
    raises=(NoOidcProvider, ClientIdExists, TooManyClientIds),
)
def add_client_id_to_oidc_provider(
    ctx: Context, *, oidc_provider_name: ProviderName, client_id: Annotated[str, ClientId()]
) -> OidcProviderAnswer:
    """Accept one more audience.

    Args:
        oidc_provider_name: The provider.
        client_id: The audience.

    Returns:
        The provider as stored.

    Source: IMS API reference, AddClientIdToOIDCProvider (documented).
    """
    row = provider_named(ctx, oidc_provider_name)
    held = items(row.client_ids)
    if client_id in held:
        raise ClientIdExists
    return change_provider(ctx, row, client_ids=joined_client_ids(ctx, [*held, client_id]))


@operation(
    IMS,
    "RemoveClientIdFromOIDCProvider",
    resource=_OF_PROVIDER,
    conditions=issuer_condition,
    raises=(NoOidcProvider, NoClientId),
)
def remove_client_id_from_oidc_provider(
    ctx: Context, *, oidc_provider_name: ProviderName, client_id: Annotated[str, ClientId()]
) -> OidcProviderAnswer:
    """Accept an audience no longer.

    Args:
        oidc_provider_name: The provider.
        client_id: The audience.

    Returns:
        The provider as stored.

    Source: IMS API reference, RemoveClientIdFromOIDCProvider (documented).
    """
    row = provider_named(ctx, oidc_provider_name)
    held = items(row.client_ids)
    if client_id not in held:
        raise NoClientId
    return change_provider(ctx, row, client_ids=",".join(c for c in held if c != client_id))


@operation(
    IMS,
    "AddFingerprintToOIDCProvider",
    resource=_OF_PROVIDER,
    conditions=issuer_condition,
    raises=(NoOidcProvider, FingerprintExists, TooManyFingerprints),
)
def add_fingerprint_to_oidc_provider(
    ctx: Context, *, oidc_provider_name: ProviderName, fingerprint: Annotated[str, Fingerprint()]
) -> OidcProviderAnswer:
    """Trust one more certificate.

    Args:
        oidc_provider_name: The provider.
        fingerprint: SHA-1 of the certificate.

    Returns:
        The provider as stored.

    Source: IMS API reference, AddFingerprintToOIDCProvider (documented).
    """
    row = provider_named(ctx, oidc_provider_name)
    held = items(row.fingerprints)
    if fingerprint.lower() in [known.lower() for known in held]:
        raise FingerprintExists
    return change_provider(ctx, row, fingerprints=joined_fingerprints(ctx, [*held, fingerprint]))


@operation(
    IMS,
    "RemoveFingerprintFromOIDCProvider",
    resource=_OF_PROVIDER,
    conditions=issuer_condition,
    raises=(NoOidcProvider, NoFingerprint),
)
def remove_fingerprint_from_oidc_provider(
    ctx: Context, *, oidc_provider_name: ProviderName, fingerprint: Annotated[str, Fingerprint()]
) -> OidcProviderAnswer:
    """Trust a certificate no longer.

    Args:
        oidc_provider_name: The provider.
        fingerprint: SHA-1 of the certificate, in whatever case.

    Returns:
        The provider as stored.

    Source: IMS API reference, RemoveFingerprintFromOIDCProvider (documented).
    """
    row = provider_named(ctx, oidc_provider_name)
    held = items(row.fingerprints)
    left = [known for known in held if known.lower() != fingerprint.lower()]
    if left == held:
        raise NoFingerprint
    return change_provider(ctx, row, fingerprints=",".join(left))
