"""SAML identity providers for role sign-on."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.identity.providers.saml import (
    RESOURCE,
    BadMetadataDocument,
    FullSamlProvider,
    ListedSamlProvider,
    Metadata,
    NoSamlProvider,
    SamlProvider,
    SamlProviderExists,
    TooManySamlProviders,
    check_metadata,
    full_provider,
    listed_provider,
)
from juyong.services.identity.providers.tables import SamlProviderRow
from juyong.services.ims.fields import AuthnSignAlgo, ProviderDescription, ProviderName
from juyong.services.ims.product import PRODUCT as IMS
from juyong.store.errors import Duplicate

_OF_PROVIDER = acs("ram", "saml-provider/{saml_provider_name}")


class NothingToUpdate(ApiError):
    """Neither a description nor a document is given."""

    code, status = "MissingNewDescription", 400
    text = "NewDescription or NewEncodedSAMLMetadataDocument is mandatory for this action."


class SamlProviderAnswer(Shape, frozen=True, kw_only=True):
    """One provider."""

    saml_provider: SamlProvider


class GetSamlProviderAnswer(Shape, frozen=True, kw_only=True):
    """One provider with its metadata."""

    saml_provider: FullSamlProvider


class SamlProviderList(Shape, frozen=True, kw_only=True):
    """The wrapper IMS puts around a list of providers."""

    saml_provider: list[ListedSamlProvider]


class ListSamlProvidersAnswer(MarkerPage, frozen=True, kw_only=True):
    """A page of providers."""

    saml_providers: SamlProviderList


@operation(
    IMS,
    "CreateSAMLProvider",
    resource=acs("ram", "saml-provider/*"),
    raises=(BadMetadataDocument, SamlProviderExists, TooManySamlProviders),
)
def create_saml_provider(
    ctx: Context,
    *,
    saml_provider_name: ProviderName,
    encoded_saml_metadata_document: Metadata | None = None,
    description: ProviderDescription = "",
    authn_sign_algo: AuthnSignAlgo = "rsa-sha1",
) -> SamlProviderAnswer:
    """Register a SAML identity provider.

    Args:
        saml_provider_name: Unique within the account.
        encoded_saml_metadata_document: Base64 of its metadata; without it nobody can sign on yet.

    Returns:
        The stored provider.

    Source: IMS API reference, CreateSAMLProvider (documented); codes other than not-found
    (assumed).
    """
    if encoded_saml_metadata_document is not None:
        check_metadata(encoded_saml_metadata_document, ctx.now)
    held = ctx.tx.count(SamlProviderRow, account_id=ctx.account_id)
    row = SamlProviderRow(
        account_id=ctx.account_id,
        provider_name=saml_provider_name,
        description=description,
        metadata_document=encoded_saml_metadata_document or "",
        authn_sign_algo=authn_sign_algo,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise SamlProviderExists from None
    if held >= ctx.quota("ims.saml-providers", 100):
        raise TooManySamlProviders
    ctx.journal.record(
        "created", RESOURCE, row.provider_name, row.provider_name, full_provider(row)
    )
    return SamlProviderAnswer(saml_provider=_provider(row))


@operation(IMS, "GetSAMLProvider", resource=_OF_PROVIDER, raises=(NoSamlProvider,), reads_only=True)
def get_saml_provider(ctx: Context, *, saml_provider_name: ProviderName) -> GetSamlProviderAnswer:
    """Return a provider with its metadata.

    Returns:
        The provider.

    Source: IMS API reference, GetSAMLProvider (documented).
    """
    row = _named(ctx, saml_provider_name)
    ctx.journal.refer(RESOURCE, row.provider_name)
    return GetSamlProviderAnswer(saml_provider=full_provider(row))


@operation(
    IMS,
    "UpdateSAMLProvider",
    resource=_OF_PROVIDER,
    raises=(NoSamlProvider, NothingToUpdate, BadMetadataDocument),
)
def update_saml_provider(
    ctx: Context,
    *,
    saml_provider_name: ProviderName,
    new_description: ProviderDescription | None = None,
    new_encoded_saml_metadata_document: Metadata | None = None,
    authn_sign_algo: AuthnSignAlgo | None = None,
) -> SamlProviderAnswer:
    """Change a provider; what is not sent stays as it is.

    Args:
        new_description: Free text; empty clears it.
        new_encoded_saml_metadata_document: Base64 of its new metadata.

    Returns:
        The provider as stored.

    Source: IMS API reference, UpdateSAMLProvider (documented); that the algorithm may change alone
    (assumed).
    """
    changes: dict[str, str | None] = {
        "description": new_description,
        "metadata_document": new_encoded_saml_metadata_document,
        "authn_sign_algo": authn_sign_algo,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        raise NothingToUpdate
    if new_encoded_saml_metadata_document is not None:
        check_metadata(new_encoded_saml_metadata_document, ctx.now)
    row = ctx.tx.update(_named(ctx, saml_provider_name), updated_at=ctx.now, **given)
    ctx.journal.record(
        "updated", RESOURCE, row.provider_name, row.provider_name, full_provider(row)
    )
    return SamlProviderAnswer(saml_provider=_provider(row))


@operation(IMS, "DeleteSAMLProvider", resource=_OF_PROVIDER, raises=(NoSamlProvider,))
def delete_saml_provider(ctx: Context, *, saml_provider_name: ProviderName) -> Empty:
    """Delete a provider; roles that trust it can no longer be assumed through it.

    Source: IMS API reference, DeleteSAMLProvider (documented).
    """
    row = _named(ctx, saml_provider_name)
    ctx.tx.delete(row)
    ctx.journal.record(
        "deleted", RESOURCE, row.provider_name, row.provider_name, full_provider(row)
    )
    return Empty()


@operation(IMS, "ListSAMLProviders", resource=acs("ram", "saml-provider/*"), reads_only=True)
def list_saml_providers(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> ListSamlProvidersAnswer:
    """List providers by name, without their metadata.

    Returns:
        A page; Marker is there only when IsTruncated is true.

    Source: IMS API reference, ListSAMLProviders (documented).
    """
    found = MARKED.stored(ctx, SamlProviderRow, "provider_name", token=marker, limit=max_items)
    return ListSamlProvidersAnswer(
        saml_providers=SamlProviderList(
            saml_provider=[ListedSamlProvider(**listed_provider(row)) for row in found.items]
        ),
        is_truncated=found.page.is_truncated,
        marker=found.page.marker,
    )


def _named(ctx: Context, name: str) -> SamlProviderRow:
    row = ctx.tx.get(SamlProviderRow, ctx.account_id, name)
    if row is None:
        raise NoSamlProvider
    return row


def _provider(row: SamlProviderRow) -> SamlProvider:
    return SamlProvider(**listed_provider(row), authn_sign_algo=row.authn_sign_algo)
