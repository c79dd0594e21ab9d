"""SAML identity providers for role sign-on."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated

from juyong.api.errors import fact
from juyong.api.fields import Text
from juyong.api.resource import Quota, Resource
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.base.names import ram_arn
from juyong.engines.federation.saml import BadMetadata, parse_metadata
from juyong.services.identity.providers.tables import SamlProviderRow
from juyong.store.transaction import Transaction

Metadata = Annotated[str, Text(4, 300_000)]
NoSamlProvider = fact(
    "EntityNotExist.SAMLProvider",
    404,
    "The SAML provider does not exist.",
    why="No such provider in the account.",
)
SamlProviderExists = fact(
    "EntityAlreadyExists.SAMLProvider",
    409,
    "The SAML provider does already exist.",
    why="The name is taken.",
)
TooManySamlProviders = fact(
    "LimitExceeded.SAMLProvider",
    409,
    "The count of SAML providers beyond the current limits.",
    why="The account holds its quota `ims.saml-providers`.",
)
BadMetadataDocument = fact(
    "InvalidParameter.SAMLMetadataDocument",
    400,
    "The SAML metadata document is incorrect: {reason}.",
    why="The document is not usable metadata of an identity provider.",
)


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


def check_metadata(encoded: str, now: Instant) -> None:
    """Refuse metadata that could never verify a sign-on.

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


def listed_provider(row: SamlProviderRow) -> Mapping[str, str]:
    return {
        "saml_provider_name": row.provider_name,
        "arn": ram_arn(row.account_id, f"saml-provider/{row.provider_name}"),
        "description": row.description,
        "create_date": iso(row.created_at),
        "update_date": iso(row.updated_at),
    }


def full_provider(row: SamlProviderRow) -> FullSamlProvider:
    return FullSamlProvider(
        **listed_provider(row),
        authn_sign_algo=row.authn_sign_algo,
        encoded_saml_metadata_document=row.metadata_document,
    )


def _state(_tx: Transaction, row: SamlProviderRow) -> FullSamlProvider:
    return full_provider(row)


SAML_PROVIDER = Resource(
    kind="ACS::RAM::SAMLProvider",
    row=SamlProviderRow,
    id="provider_name",
    name="provider_name",
    arn="ram:saml-provider/",
    find=lambda ctx, name: ctx.tx.get(SamlProviderRow, ctx.account_id, name),
    missing=NoSamlProvider,
    taken=SamlProviderExists,
    quota=Quota("ims.saml-providers", 100, TooManySamlProviders),
    state=_state,
)
