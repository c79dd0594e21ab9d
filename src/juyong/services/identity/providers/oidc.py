"""OIDC identity providers as they are given, named and returned."""

import re

from juyong.api.context import Arguments, Context
from juyong.api.errors import InvalidField, fact
from juyong.api.resource import Quota, Resource
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.base.names import ram_arn
from juyong.services.identity.providers.tables import OidcProviderRow
from juyong.store.transaction import Transaction

_LONGEST_URL = 255
_LONGEST_ITEM = 128


# Plain http is for development: the platform asks such an issuer only where its operator allowed
# it, so that registering one opens nothing.
_ISSUER = re.compile(
    r"https://[A-Za-z0-9.\-]+(:[0-9]{1,5})?(/[!$-;=A-Z_a-z~]*)?"
    r"|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?(/[!$-;=A-Z_a-z~]*)?",
    re.ASCII,
)
_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/\-]*", re.ASCII)
_FINGERPRINT = re.compile(r"[A-Za-z0-9]+", re.ASCII)
NoOidcProvider = fact(
    "EntityNotExist.OIDCProvider",
    404,
    "The OIDC provider does not exist.",
    why="No such provider in the account.",
)
OidcProviderExists = fact(
    "EntityAlreadyExists.OIDCProvider",
    409,
    "The OIDC provider does already exist.",
    why="The name is taken.",
)
TooManyOidcProviders = fact(
    "LimitExceeded.OIDCProvider",
    409,
    "The count of OIDC providers beyond the current limits.",
    why="The account holds its quota `ims.oidc-providers`.",
)


class IssuerUrl:
    """An https URL of at most 255 characters, without query, user or fragment."""

    def check(self, name: str, value: str) -> None:
        """Refuse anything else."""
        if len(value) > _LONGEST_URL:
            raise InvalidField(name, "Length")
        if not _ISSUER.fullmatch(value):
            raise InvalidField(name, "Format")


class ClientId:
    """Letters, digits and `._:/-`, a letter or digit first, at most 128 characters."""

    def check(self, name: str, value: str) -> None:
        """Refuse anything else."""
        _check(name, value, _CLIENT_ID)


class Fingerprint:
    """Letters and digits, at most 128."""

    def check(self, name: str, value: str) -> None:
        """Refuse anything else."""
        _check(name, value, _FINGERPRINT)


class ClientIds:
    """Client ids separated by commas."""

    def check(self, name: str, value: str) -> None:
        """Refuse a list with anything else in it."""
        for item in value.split(","):
            _check(name, item, _CLIENT_ID)


class Fingerprints:
    """Fingerprints separated by commas."""

    def check(self, name: str, value: str) -> None:
        """Refuse a list with anything else in it."""
        for item in value.split(","):
            _check(name, item, _FINGERPRINT)


class OidcProvider(Shape, frozen=True, kw_only=True):
    """A provider; lists are comma-separated, GmtCreate and GmtModified milliseconds since 1970."""

    oidc_provider_name: str
    arn: str
    issuer_url: str
    client_ids: str
    fingerprints: str
    issuance_limit_time: int
    description: str
    create_date: str
    update_date: str
    gmt_create: str
    gmt_modified: str


def items(text: str) -> list[str]:
    """Split a comma-separated list, leaving repetitions out."""
    return list(dict.fromkeys(text.split(","))) if text else []


def issuer_condition(ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return ram:OidcIssuerUrl: of the provider to be, else of the one named."""
    url = arguments.get("issuer_url")
    if url is None:
        row = ctx.tx.get(OidcProviderRow, ctx.account_id, arguments["oidc_provider_name"])
        url = row.issuer_url if row else None
    return {"ram:OidcIssuerUrl": (url,)} if url else {}


def provider_of(row: OidcProviderRow) -> OidcProvider:
    """Present a provider row."""
    return OidcProvider(
        oidc_provider_name=row.provider_name,
        arn=ram_arn(row.account_id, f"oidc-provider/{row.provider_name}"),
        issuer_url=row.issuer_url,
        client_ids=row.client_ids,
        fingerprints=row.fingerprints,
        issuance_limit_time=row.issuance_limit_hours,
        description=row.description,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
        gmt_create=str(row.created_at * 1000),
        gmt_modified=str(row.updated_at * 1000),
    )


def _state(_tx: Transaction, row: OidcProviderRow) -> OidcProvider:
    return provider_of(row)


OIDC_PROVIDER = Resource(
    kind="ACS::RAM::OIDCProvider",
    row=OidcProviderRow,
    id="provider_name",
    name="provider_name",
    arn="ram:oidc-provider/",
    find=lambda ctx, name: ctx.tx.get(OidcProviderRow, ctx.account_id, name),
    missing=NoOidcProvider,
    taken=OidcProviderExists,
    quota=Quota("ims.oidc-providers", 100, TooManyOidcProviders),
    state=_state,
)


def _check(name: str, value: str, form: re.Pattern[str]) -> None:
    if len(value) > _LONGEST_ITEM:
        raise InvalidField(name, "Length")
    if not form.fullmatch(value):
        raise InvalidField(name, "InvalidChars")
