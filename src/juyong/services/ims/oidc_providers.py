"""OIDC identity providers for role sign-on."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.wrapping import Listing
from juyong.services.identity.providers.oidc import (
    OIDC_PROVIDER,
    ClientIds,
    Fingerprints,
    IssuerUrl,
    OidcProvider,
    issuer_condition,
    items,
    provider_of,
)
from juyong.services.identity.providers.tables import OidcProviderRow
from juyong.services.ims.fields import ProviderDescription, ProviderName
from juyong.services.ims.oidc_trust import (
    BY_NAME,
    TooManyClientIds,
    TooManyFingerprints,
    joined_client_ids,
    joined_fingerprints,
)
from juyong.services.ims.product import PRODUCT as IMS

IssuanceLimitTime = Annotated[int, Between(1, 168)]
IssuerExists = fact(
    "EntityAlreadyExists.OIDCProvider.IssuerUrl",
    409,
    "The issuer URL does already belong to an OIDC provider.",
    why="The account has a provider of that issuer.",
)


@operation(
    IMS,
    "CreateOIDCProvider",
    on=OIDC_PROVIDER.new,
    conditions=issuer_condition,
    raises=(IssuerExists, TooManyClientIds, TooManyFingerprints),
    answers="OIDCProvider",
)
def create_oidc_provider(
    ctx: Context,
    *,
    oidc_provider_name: ProviderName,
    issuer_url: Annotated[str, IssuerUrl()],
    client_ids: Annotated[str, ClientIds()] = "",
    fingerprints: Annotated[str, Fingerprints()] = "",
    issuance_limit_time: IssuanceLimitTime = 12,
    description: ProviderDescription = "",
) -> OidcProvider:
    """Register an OIDC identity provider.

    Args:
        oidc_provider_name: Unique within the account.
        issuer_url: Unique within the account, never changed; `https`, or `http` to loopback.
        client_ids: Audiences that are accepted, comma-separated.
        fingerprints: SHA-1 of certificates the issuer may show, comma-separated.
        issuance_limit_time: Hours since its issuance after which a token is refused, 1 to 168.

    Assumed: codes other than not-found, the default of issuance_limit_time, and loopback issuers.
    """
    if ctx.tx.find_one(OidcProviderRow, account_id=ctx.account_id, issuer_url=issuer_url):
        raise IssuerExists
    row = OidcProviderRow(
        account_id=ctx.account_id,
        provider_name=oidc_provider_name,
        issuer_url=issuer_url,
        client_ids=joined_client_ids(ctx, items(client_ids)),
        fingerprints=joined_fingerprints(ctx, items(fingerprints)),
        description=description,
        issuance_limit_hours=issuance_limit_time,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return provider_of(OIDC_PROVIDER.add(ctx, row))


@operation(
    IMS,
    "GetOIDCProvider",
    on=BY_NAME,
    conditions=issuer_condition,
    answers="OIDCProvider",
    reads_only=True,
)
def get_oidc_provider(_ctx: Context, provider: OidcProviderRow) -> OidcProvider:
    """Return a provider."""
    return provider_of(provider)


@operation(
    IMS,
    "UpdateOIDCProvider",
    on=BY_NAME,
    conditions=issuer_condition,
    raises=(TooManyClientIds,),
    answers="OIDCProvider",
)
def update_oidc_provider(
    ctx: Context,
    provider: OidcProviderRow,
    *,
    new_description: ProviderDescription | None = None,
    client_ids: Annotated[str, ClientIds()] | None = None,
    issuance_limit_time: IssuanceLimitTime | None = None,
) -> OidcProvider:
    """Change a provider; what is not sent stays as it is.

    Args:
        new_description: Free text; empty clears it.
        client_ids: Takes the place of all client ids.
        issuance_limit_time: Hours, 1 to 168.
    """
    row = OIDC_PROVIDER.change(
        ctx,
        provider,
        updated_at=ctx.now,
        description=new_description,
        client_ids=joined_client_ids(ctx, items(client_ids)) if client_ids else None,
        issuance_limit_hours=issuance_limit_time,
    )
    return provider_of(row)


@operation(IMS, "DeleteOIDCProvider", on=BY_NAME, conditions=issuer_condition)
def delete_oidc_provider(ctx: Context, provider: OidcProviderRow) -> None:
    """Delete a provider; roles that trust it can no longer be assumed through it."""
    OIDC_PROVIDER.remove(ctx, provider)


@operation(
    IMS,
    "ListOIDCProviders",
    on=OIDC_PROVIDER.all,
    answers="OIDCProviders.OIDCProvider",
    reads_only=True,
)
def list_oidc_providers(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> Listing[OidcProvider, MarkerPage]:
    """List providers by name."""
    page = MARKED.stored(ctx, OidcProviderRow, "provider_name", token=marker, limit=max_items)
    return page.map(provider_of)
