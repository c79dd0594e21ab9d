"""SAML identity providers for role sign-on."""

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.wrapping import Listing
from juyong.services.identity.providers.saml import (
    SAML_PROVIDER,
    BadMetadataDocument,
    FullSamlProvider,
    ListedSamlProvider,
    Metadata,
    SamlProvider,
    check_metadata,
    full_provider,
    listed_provider,
)
from juyong.services.identity.providers.tables import SamlProviderRow
from juyong.services.ims.fields import AuthnSignAlgo, ProviderDescription, ProviderName
from juyong.services.ims.product import PRODUCT as IMS

BY_NAME = SAML_PROVIDER.by(saml_provider_name=ProviderName)
NothingToUpdate = fact(
    "MissingNewDescription",
    400,
    "NewDescription or NewEncodedSAMLMetadataDocument is mandatory for this action.",
    why="Neither a description nor a document is given.",
)


@operation(
    IMS,
    "CreateSAMLProvider",
    on=SAML_PROVIDER.new,
    raises=(BadMetadataDocument,),
    answers="SAMLProvider",
)
def create_saml_provider(
    ctx: Context,
    *,
    saml_provider_name: ProviderName,
    encoded_saml_metadata_document: Metadata | None = None,
    description: ProviderDescription = "",
    authn_sign_algo: AuthnSignAlgo = "rsa-sha1",
) -> SamlProvider:
    """Register a SAML identity provider.

    Args:
        saml_provider_name: Unique within the account.
        encoded_saml_metadata_document: Base64 of its metadata; without it no sign-on is possible.

    Assumed: codes other than not-found.
    """
    if encoded_saml_metadata_document is not None:
        check_metadata(encoded_saml_metadata_document, ctx.now)
    row = SamlProviderRow(
        account_id=ctx.account_id,
        provider_name=saml_provider_name,
        description=description,
        metadata_document=encoded_saml_metadata_document or "",
        authn_sign_algo=authn_sign_algo,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return _provider(SAML_PROVIDER.add(ctx, row))


@operation(IMS, "GetSAMLProvider", on=BY_NAME, answers="SAMLProvider", reads_only=True)
def get_saml_provider(_ctx: Context, provider: SamlProviderRow) -> FullSamlProvider:
    """Return a provider with its metadata."""
    return full_provider(provider)


@operation(
    IMS,
    "UpdateSAMLProvider",
    on=BY_NAME,
    raises=(NothingToUpdate, BadMetadataDocument),
    answers="SAMLProvider",
)
def update_saml_provider(
    ctx: Context,
    provider: SamlProviderRow,
    *,
    new_description: ProviderDescription | None = None,
    new_encoded_saml_metadata_document: Metadata | None = None,
    authn_sign_algo: AuthnSignAlgo | None = None,
) -> SamlProvider:
    """Change a provider; what is not sent stays as it is.

    Args:
        new_description: Free text; empty clears it.
        new_encoded_saml_metadata_document: Base64 of its new metadata.

    Assumed: that the algorithm may change alone.
    """
    changes = {
        "description": new_description,
        "metadata_document": new_encoded_saml_metadata_document,
        "authn_sign_algo": authn_sign_algo,
    }
    if not any(value is not None for value in changes.values()):
        raise NothingToUpdate
    if new_encoded_saml_metadata_document is not None:
        check_metadata(new_encoded_saml_metadata_document, ctx.now)
    return _provider(SAML_PROVIDER.change(ctx, provider, updated_at=ctx.now, **changes))


@operation(IMS, "DeleteSAMLProvider", on=BY_NAME)
def delete_saml_provider(ctx: Context, provider: SamlProviderRow) -> None:
    """Delete a provider; roles that trust it can no longer be assumed through it."""
    SAML_PROVIDER.remove(ctx, provider)


@operation(
    IMS,
    "ListSAMLProviders",
    on=SAML_PROVIDER.all,
    answers="SAMLProviders.SAMLProvider",
    reads_only=True,
)
def list_saml_providers(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> Listing[ListedSamlProvider, MarkerPage]:
    """List providers by name, without their metadata."""
    page = MARKED.stored(ctx, SamlProviderRow, "provider_name", token=marker, limit=max_items)
    return page.map(lambda row: ListedSamlProvider(**listed_provider(row)))


def _provider(row: SamlProviderRow) -> SamlProvider:
    return SamlProvider(**listed_provider(row), authn_sign_algo=row.authn_sign_algo)
