"""SAML identity providers for role sign-on.

The codes of refusals other than not-found are assumed.
"""

import base64
import binascii
from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, OneOf, Raises, Text
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.resource import Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape, UpdateDate
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant
from juyong.engines.federation.saml import BadMetadata, parse_metadata
from juyong.services.identity.errors import full, missing
from juyong.services.identity.fields import ProviderDescription, ProviderName
from juyong.services.identity.providers.tables import SamlProviderRow
from juyong.services.ims.product import PRODUCT as IMS

NoSamlProvider = missing("EntityNotExist.SAMLProvider", "SAML provider")
SamlProviderExists = fact(
    "EntityAlreadyExists.SAMLProvider",
    409,
    "The SAML provider does already exist.",
    why="The name is taken.",
)
TooManySamlProviders = full("LimitExceeded.SAMLProvider", "SAML providers", "ims.saml-providers")
BadMetadataDocument = fact(
    "InvalidParameter.SAMLMetadataDocument",
    400,
    "The SAML metadata document is incorrect: {reason}.",
    why="The document is not usable metadata of an identity provider.",
)
NothingToUpdate = fact(
    "MissingNewDescription",
    400,
    "NewDescription or NewEncodedSAMLMetadataDocument is mandatory for this action.",
    why="Neither a description nor a document is given.",
)
Metadata = Annotated[
    str,
    Text(4, 300_000),
    Doc("Base64 of the provider's metadata."),
    Raises((BadMetadataDocument,)),
]
AuthnSignAlgo = Annotated[
    str, OneOf(("rsa-sha1", "rsa-sha256")), Doc("How sign-on requests are to be signed.")
]


class ListedSamlProvider(Shape, frozen=True, kw_only=True):
    """A provider as lists return it."""

    saml_provider_name: Annotated[str, Of("provider_name")]
    arn: str
    description: str
    create_date: CreateDate
    update_date: UpdateDate


class SamlProvider(ListedSamlProvider, frozen=True, kw_only=True):
    """A provider."""

    authn_sign_algo: str


class FullSamlProvider(SamlProvider, frozen=True, kw_only=True):
    """A provider with its metadata."""

    encoded_saml_metadata_document: Annotated[str, Of("metadata_document")]


SAML_PROVIDER = Resource(
    kind="ACS::RAM::SAMLProvider",
    row=SamlProviderRow,
    id="provider_name",
    name="provider_name",
    arn="ram:saml-provider/",
    find=lambda ctx, name: ctx.tx.get(SamlProviderRow, ctx.account_id, name),
    missing=NoSamlProvider,
    taken=SamlProviderExists,
    quota=Quota("ims.saml-providers", TooManySamlProviders),
    state=FullSamlProvider,
)
_BY_NAME = SAML_PROVIDER.by(saml_provider_name=ProviderName)


def check_metadata(encoded: str | None, now: Instant) -> None:
    """Refuse metadata that could never verify a sign-on.

    Args:
        encoded: Base64 of the metadata XML; None: there is nothing to check.
        now: Metadata past its own validity is refused too.

    Raises:
        BadMetadataDocument: as named.
    """
    if encoded is None:
        return
    try:
        xml = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as bad:
        raise BadMetadataDocument(reason="it is not Base64") from bad
    try:
        parse_metadata(xml, now=now)
    except BadMetadata as bad:
        raise BadMetadataDocument(reason=bad.reason) from bad


@operation(IMS, "CreateSAMLProvider", on=SAML_PROVIDER.new, answers="SAMLProvider")
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
    """
    check_metadata(encoded_saml_metadata_document, ctx.now)
    row = SAML_PROVIDER.create(
        ctx,
        provider_name=saml_provider_name,
        description=description,
        metadata_document=encoded_saml_metadata_document or "",
        authn_sign_algo=authn_sign_algo,
    )
    return SamlProvider.of(row)


@operation(IMS, "GetSAMLProvider", on=_BY_NAME, answers="SAMLProvider", reads_only=True)
def get_saml_provider(_ctx: Context, provider: SamlProviderRow) -> FullSamlProvider:
    """Return a provider with its metadata."""
    return FullSamlProvider.of(provider)


@operation(
    IMS, "UpdateSAMLProvider", on=_BY_NAME, raises=(NothingToUpdate,), answers="SAMLProvider"
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

    Assumed: that the algorithm may change alone.
    """
    changes = {
        "description": new_description,
        "metadata_document": new_encoded_saml_metadata_document,
        "authn_sign_algo": authn_sign_algo,
    }
    if all(value is None for value in changes.values()):
        raise NothingToUpdate
    check_metadata(new_encoded_saml_metadata_document, ctx.now)
    row = SAML_PROVIDER.change(ctx, provider, updated_at=ctx.now, **changes)
    return SamlProvider.of(row)


@operation(IMS, "DeleteSAMLProvider", on=_BY_NAME)
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
    return page.map(ListedSamlProvider.of)
