"""OIDC identity providers for role sign-on."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Between
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.identity.providers.oidc import (
    RESOURCE,
    ClientIds,
    Fingerprints,
    IssuerUrl,
    NoOidcProvider,
    OidcProvider,
    OidcProviderAnswer,
    change_provider,
    issuer_condition,
    items,
    provider,
    provider_named,
)
from juyong.services.identity.providers.tables import OidcProviderRow
from juyong.services.ims.fields import ProviderDescription, ProviderName
from juyong.services.ims.oidc_trust import (
    TooManyClientIds,
    TooManyFingerprints,
    joined_client_ids,
    joined_fingerprints,
)
from juyong.services.ims.product import PRODUCT as IMS
from juyong.store.errors import Duplicate

_OF_PROVIDER = acs("ram", "oidc-provider/{oidc_provider_name}")
IssuanceLimitTime = Annotated[int, Between(1, 168)]


class OidcProviderExists(ApiError):
    """The name is taken."""

    code, status = "EntityAlreadyExists.OIDCProvider", 409
    text = "The OIDC provider does already exist."


class IssuerExists(ApiError):
    """The account has a provider of that issuer."""

    code, status = "EntityAlreadyExists.OIDCProvider.IssuerUrl", 409
    text = "The issuer URL does already belong to an OIDC provider."


class TooManyOidcProviders(ApiError):
    """The account holds its quota `ims.oidc-providers`."""

    code, status = "LimitExceeded.OIDCProvider", 409
    text = "The count of OIDC providers beyond the current limits."


class OidcProviderList(Shape, frozen=True, kw_only=True):
    """The wrapper IMS puts around a list of providers."""

    oidc_provider: list[OidcProvider]


class ListOidcProvidersAnswer(MarkerPage, frozen=True, kw_only=True):
    """A page of providers."""

    oidc_providers: OidcProviderList


@operation(
    IMS,
    "CreateOIDCProvider",
    resource=acs("ram", "oidc-provider/*"),
    conditions=issuer_condition,
    raises=(
        OidcProviderExists,
        IssuerExists,
        TooManyOidcProviders,
        TooManyClientIds,
        TooManyFingerprints,
    ),
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
) -> OidcProviderAnswer:
    """Register an OIDC identity provider.

    Args:
        oidc_provider_name: Unique within the account.
        issuer_url: Unique within the account, never changed; `https`, or `http` to loopback.
        client_ids: Audiences that are accepted, comma-separated.
        fingerprints: SHA-1 of certificates the issuer may show, comma-separated.
        issuance_limit_time: Hours since its issuance after which a token is refused, 1 to 168.

    Returns:
        The stored provider.

    Source: IMS API reference, CreateOIDCProvider (documented); codes other than not-found, the
    default of issuance_limit_time, and loopback issuers (assumed).
    """
    if ctx.tx.find_one(OidcProviderRow, account_id=ctx.account_id, issuer_url=issuer_url):
        raise IssuerExists
    held = ctx.tx.count(OidcProviderRow, account_id=ctx.account_id)
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
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise OidcProviderExists from None
    if held >= ctx.quota("ims.oidc-providers", 100):
        raise TooManyOidcProviders
    made = provider(row)
    ctx.journal.record("created", RESOURCE, row.provider_name, row.provider_name, made)
    return OidcProviderAnswer(oidc_provider=made)


@operation(
    IMS,
    "GetOIDCProvider",
    resource=_OF_PROVIDER,
    conditions=issuer_condition,
    raises=(NoOidcProvider,),
    reads_only=True,
)
def get_oidc_provider(ctx: Context, *, oidc_provider_name: ProviderName) -> OidcProviderAnswer:
    """Return a provider.

    Returns:
        The provider.

    Source: IMS API reference, GetOIDCProvider (documented).
    """
    row = provider_named(ctx, oidc_provider_name)
    ctx.journal.refer(RESOURCE, row.provider_name)
    return OidcProviderAnswer(oidc_provider=provider(row))


@operation(
    IMS,
    "UpdateOIDCProvider",
    resource=_OF_PROVIDER,
    conditions=issuer_condition,
    raises=(NoOidcProvider, TooManyClientIds),
)
def update_oidc_provider(
    ctx: Context,
    *,
    oidc_provider_name: ProviderName,
    new_description: ProviderDescription | None = None,
    client_ids: Annotated[str, ClientIds()] | None = None,
    issuance_limit_time: IssuanceLimitTime | None = None,
) -> OidcProviderAnswer:
    """Change a provider; what is not sent stays as it is.

    Args:
        new_description: Free text; empty clears it.
        client_ids: Takes the place of all client ids.
        issuance_limit_time: Hours, 1 to 168.

    Returns:
        The provider as stored.

    Source: IMS API reference, UpdateOIDCProvider (documented).
    """
    row = provider_named(ctx, oidc_provider_name)
    changes: dict[str, object] = {
        "description": new_description,
        "client_ids": joined_client_ids(ctx, items(client_ids)) if client_ids else None,
        "issuance_limit_hours": issuance_limit_time,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    return change_provider(ctx, row, **given)


@operation(
    IMS,
    "DeleteOIDCProvider",
    resource=_OF_PROVIDER,
    conditions=issuer_condition,
    raises=(NoOidcProvider,),
)
def delete_oidc_provider(ctx: Context, *, oidc_provider_name: ProviderName) -> Empty:
    """Delete a provider; roles that trust it can no longer be assumed through it.

    Source: IMS API reference, DeleteOIDCProvider (documented).
    """
    row = provider_named(ctx, oidc_provider_name)
    ctx.tx.delete(row)
    ctx.journal.record("deleted", RESOURCE, row.provider_name, row.provider_name, provider(row))
    return Empty()


@operation(IMS, "ListOIDCProviders", resource=acs("ram", "oidc-provider/*"), reads_only=True)
def list_oidc_providers(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> ListOidcProvidersAnswer:
    """List providers by name.

    Returns:
        A page; Marker is there only when IsTruncated is true.

    Source: IMS API reference, ListOIDCProviders (documented).
    """
    found = MARKED.stored(ctx, OidcProviderRow, "provider_name", token=marker, limit=max_items)
    return ListOidcProvidersAnswer(
        oidc_providers=OidcProviderList(oidc_provider=[provider(row) for row in found.items]),
        is_truncated=found.page.is_truncated,
        marker=found.page.marker,
    )
