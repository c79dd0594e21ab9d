"""SAML identity providers for role sign-on."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Text
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import Instant, iso
from juyong.base.names import ram_arn
from juyong.engines.federation.saml import BadMetadata, parse_metadata
from juyong.services.ims.fields import (
    AuthnSignAlgo,
    ProviderDescription,
    ProviderName,
)
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ims.tables import SamlProviderRow
from juyong.store.errors import Duplicate

RESOURCE = "ACS::RAM::SAMLProvider"
_OF_PROVIDER = acs("ram", "saml-provider/{saml_provider_name}")

Metadata = Annotated[str, Text(4, 300_000)]


class NoSamlProvider(ApiError):
    """No such provider in the account."""

    code, status = "EntityNotExist.SAMLProvider", 404
    text = "The SAML provider does not exist."


class SamlProviderExists(ApiError):
    """The name is taken."""

    code, status = "EntityAlreadyExists.SAMLProvider", 409
    text = "The SAML provider does already exist."


class TooManySamlProviders(ApiError):
    """The account holds its quota `ims.saml-providers`."""

    code, status = "LimitExceeded.SAMLProvider", 409
    text = "The count of SAML providers beyond the current limits."


class BadMetadataDocument(ApiError):
    """The document is not usable metadata of an identity provider."""

    code, status = "InvalidParameter.SAMLMetadataDocument", 400
    text = "The SAML metadata document is incorrect: {reason}."


class NothingToUpdate(ApiError):
    """Neither a description nor a document is given."""

    code, status = "MissingNewDescription", 400
    text = "NewDescription or NewEncodedSAMLMetadataDocument is mandatory for this action."


class ListedSamlProvider(Shape, frozen=True, kw_only=True):
    """A provider as lists return it."""

    saml_provider_name: str
    arn: str
    description: str
    create_date: str
    update_date: str


class SamlProvider(ListedSamlProvider, frozen=True, kw_only=True):
    """A provider."""

    authn_sign_algo: str


class FullSamlProvider(SamlProvider, frozen=True, kw_only=True):
    """A provider with its metadata."""

    encoded_saml_metadata_document: str


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


def check_metadata(encoded: str, now: Instant) -> None:
    """Refuse what could never verify a sign-on.

    Args:
        encoded: Base64 of the metadata XML.
        now: Metadata past its own validity is refused too.

    Raises:
        BadMetadataDocument: as named.
    """
    try:
        xml = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as bad:
        raise BadMetadataDocument(reason="it is not Base64") from bad
    try:
        parse_metadata(xml, now=now)
    except BadMetadata as bad:
        raise BadMetadataDocument(reason=bad.reason) from bad


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
    ctx.journal.record("created", RESOURCE, row.provider_name, row.provider_name, _full(row))
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
    return GetSamlProviderAnswer(saml_provider=_full(row))


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
    ctx.journal.record("updated", RESOURCE, row.provider_name, row.provider_name, _full(row))
    return SamlProviderAnswer(saml_provider=_provider(row))


@operation(IMS, "DeleteSAMLProvider", resource=_OF_PROVIDER, raises=(NoSamlProvider,))
def delete_saml_provider(ctx: Context, *, saml_provider_name: ProviderName) -> Empty:
    """Delete a provider; roles that trust it can no longer be assumed through it.

    Source: IMS API reference, DeleteSAMLProvider (documented).
    """
    row = _named(ctx, saml_provider_name)
    ctx.tx.delete(row)
    ctx.journal.record("deleted", RESOURCE, row.provider_name, row.provider_name, _full(row))
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
            saml_provider=[ListedSamlProvider(**_listed(row)) for row in found.items]
        ),
        is_truncated=found.page.is_truncated,
        marker=found.page.marker,
    )


def _named(ctx: Context, name: str) -> SamlProviderRow:
    row = ctx.tx.get(SamlProviderRow, ctx.account_id, name)
    if row is None:
        raise NoSamlProvider
    return row


def _listed(row: SamlProviderRow) -> Mapping[str, str]:
    return {
        "saml_provider_name": row.provider_name,
        "arn": ram_arn(row.account_id, f"saml-provider/{row.provider_name}"),
        "description": row.description,
        "create_date": iso(row.created_at),
        "update_date": iso(row.updated_at),
    }


def _provider(row: SamlProviderRow) -> SamlProvider:
    return SamlProvider(**_listed(row), authn_sign_algo=row.authn_sign_algo)


def _full(row: SamlProviderRow) -> FullSamlProvider:
    return FullSamlProvider(
        **_listed(row),
        authn_sign_algo=row.authn_sign_algo,
        encoded_saml_metadata_document=row.metadata_document,
    )
