"""OIDC identity providers for role sign-on, and the trust in each: client ids and fingerprints.

The codes of refusals other than not-found are assumed.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError, InvalidField, fact
from juyong.api.fields import Between, Doc, Judged, Pattern, Text
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.resource import Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape, UpdateDate
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant
from juyong.services.identity.errors import full, missing
from juyong.services.identity.fields import ProviderDescription, ProviderName
from juyong.services.identity.providers.tables import OidcProviderRow
from juyong.services.ims.product import PRODUCT as IMS

_LONGEST_ITEM = 128
# Plain http is for development: the platform asks such an issuer only where its operator allowed
# it, so that registering one opens nothing.
_ISSUER = (
    r"https://[A-Za-z0-9.\-]+(:[0-9]{1,5})?(/[!$-;=A-Z_a-z~]*)?"
    r"|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?(/[!$-;=A-Z_a-z~]*)?"
)
_CLIENT_ID = r"[A-Za-z0-9][A-Za-z0-9._:/\-]*"
_FINGERPRINT = r"[A-Za-z0-9]+"
NoOidcProvider = missing("EntityNotExist.OIDCProvider", "OIDC provider")
OidcProviderExists = fact(
    "EntityAlreadyExists.OIDCProvider",
    409,
    "The OIDC provider does already exist.",
    why="The name is taken.",
)
TooManyOidcProviders = full("LimitExceeded.OIDCProvider", "OIDC providers", "ims.oidc-providers")
IssuerExists = fact(
    "EntityAlreadyExists.OIDCProvider.IssuerUrl",
    409,
    "The issuer URL does already belong to an OIDC provider.",
    why="The account has a provider of that issuer.",
)


class _Items(msgspec.Struct, frozen=True):
    """Texts of at most 128 characters in one form, separated by commas."""

    form: str
    why: str = "InvalidChars"

    def check(self, name: str, value: str) -> None:
        """Refuse a list with anything else in it."""
        for item in value.split(","):
            if len(item) > _LONGEST_ITEM:
                raise InvalidField(name, "Length")
            Pattern(self.form, self.why).check(name, item)


def _judged(issuer_url: str) -> dict[str, tuple[str, ...]]:
    """Return ram:OidcIssuerUrl of the provider to be."""
    return {"ram:OidcIssuerUrl": (issuer_url,)}


IssuerUrl = Annotated[
    str,
    Text(1, 255),
    Pattern(_ISSUER),
    Judged(_judged),
    Doc("Unique within the account, never changed; `https`, or `http` to loopback."),
]
ClientId = Annotated[
    str, Text(1, _LONGEST_ITEM), Pattern(_CLIENT_ID, "InvalidChars"), Doc("The audience.")
]
ClientIds = Annotated[
    str, _Items(_CLIENT_ID), Doc("All audiences that are accepted; letters, digits and `._:/-`.")
]
Fingerprint = Annotated[
    str,
    Text(1, _LONGEST_ITEM),
    Pattern(_FINGERPRINT, "InvalidChars"),
    Doc("SHA-1 of the certificate, in whatever case."),
]
Fingerprints = Annotated[
    str, _Items(_FINGERPRINT), Doc("SHA-1 of certificates the issuer may show; letters and digits.")
]
IssuanceLimitTime = Annotated[
    int, Between(1, 168), Doc("Hours since its issuance after which a token is refused.")
]


def _milliseconds(at: Instant) -> str:
    return str(at * 1000)


class OidcProvider(Shape, frozen=True, kw_only=True):
    """A provider; lists are comma-separated, GmtCreate and GmtModified milliseconds since 1970."""

    oidc_provider_name: Annotated[str, Of("provider_name")]
    arn: str
    issuer_url: str
    client_ids: str
    fingerprints: str
    issuance_limit_time: Annotated[int, Of("issuance_limit_hours")]
    description: str
    create_date: CreateDate
    update_date: UpdateDate
    gmt_create: Annotated[str, Of("created_at", _milliseconds)]
    gmt_modified: Annotated[str, Of("updated_at", _milliseconds)]


def _issuer(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    """Return ram:OidcIssuerUrl of the provider."""
    row = OIDC_PROVIDER.find(ctx, arn.rpartition("/")[2])
    return _judged(row.issuer_url) if row else {}


OIDC_PROVIDER = Resource(
    kind="ACS::RAM::OIDCProvider",
    row=OidcProviderRow,
    id="provider_name",
    name="provider_name",
    arn="ram:oidc-provider/",
    find=lambda ctx, name: ctx.tx.get(OidcProviderRow, ctx.account_id, name),
    missing=NoOidcProvider,
    taken=OidcProviderExists,
    quota=Quota("ims.oidc-providers", TooManyOidcProviders),
    state=OidcProvider,
)
_BY_NAME = msgspec.structs.replace(
    OIDC_PROVIDER.by(oidc_provider_name=ProviderName), conditions=_issuer
)


class _Trust(NamedTuple):
    """A list of what a provider is trusted by; its row keeps the list as a text.

    same: What two items have in common that count as one.
    """

    column: str
    same: Callable[[str], str]
    quota: Quota
    taken: type[ApiError]
    missing: type[ApiError]

    def held(self, provider: OidcProviderRow) -> list[str]:
        """Return the items of a provider."""
        return _split(getattr(provider, self.column))

    def joined(self, ctx: Context, items: list[str]) -> str:
        """Join items as they are stored.

        Raises:
            ApiError: there are more than the quota allows.
        """
        if len(items) > ctx.quota(self.quota.name):
            raise self.quota.error
        return ",".join(items)

    def added(self, ctx: Context, provider: OidcProviderRow, item: str) -> OidcProvider:
        """Add an item that the provider does not have.

        Raises:
            ApiError: it has the item, or as many as the quota allows.
        """
        held = self.held(provider)
        if self.same(item) in map(self.same, held):
            raise self.taken
        return self._changed(ctx, provider, self.joined(ctx, [*held, item]))

    def removed(self, ctx: Context, provider: OidcProviderRow, item: str) -> OidcProvider:
        """Take away an item.

        Raises:
            ApiError: the provider does not have it.
        """
        held = self.held(provider)
        left = [known for known in held if self.same(known) != self.same(item)]
        if left == held:
            raise self.missing
        return self._changed(ctx, provider, ",".join(left))

    def _changed(self, ctx: Context, provider: OidcProviderRow, items: str) -> OidcProvider:
        columns = {self.column: items, "updated_at": ctx.now}
        return OidcProvider.of(OIDC_PROVIDER.change(ctx, provider, **columns))


def _trust(column: str, same: Callable[[str], str], word: str, quota: str) -> _Trust:
    """Declare a list with its refusals; `column` in capitals and singular is in their codes."""
    code = column.title().replace("_", "").removesuffix("s")
    too_many = full(f"LimitExceeded.OIDCProvider.{code}", f"{word}s", quota, "provider")
    held = fact(
        f"EntityAlreadyExists.OIDCProvider.{code}",
        409,
        f"The {word} does already exist.",
        why="The provider has it.",
    )
    lacking = missing(f"EntityNotExist.OIDCProvider.{code}", word, "The provider does not have it.")
    return _Trust(column, same, Quota(quota, too_many), held, lacking)


_CLIENT_IDS = _trust("client_ids", str, "client ID", "ims.oidc-client-ids")
_FINGERPRINTS = _trust("fingerprints", str.lower, "fingerprint", "ims.oidc-fingerprints")


def _split(text: str) -> list[str]:
    """Split a comma-separated list, leaving repetitions out."""
    return list(dict.fromkeys(text.split(","))) if text else []


@operation(
    IMS,
    "CreateOIDCProvider",
    on=OIDC_PROVIDER.new,
    raises=(IssuerExists, _CLIENT_IDS.quota.error, _FINGERPRINTS.quota.error),
    answers="OIDCProvider",
)
def create_oidc_provider(
    ctx: Context,
    *,
    oidc_provider_name: ProviderName,
    issuer_url: IssuerUrl,
    client_ids: ClientIds = "",
    fingerprints: Fingerprints = "",
    issuance_limit_time: IssuanceLimitTime = 12,
    description: ProviderDescription = "",
) -> OidcProvider:
    """Register an OIDC identity provider.

    Args:
        oidc_provider_name: Unique within the account.

    Assumed: the default of issuance_limit_time, and loopback issuers.
    """
    if ctx.tx.find_one(OidcProviderRow, account_id=ctx.account_id, issuer_url=issuer_url):
        raise IssuerExists
    row = OIDC_PROVIDER.create(
        ctx,
        provider_name=oidc_provider_name,
        issuer_url=issuer_url,
        client_ids=_CLIENT_IDS.joined(ctx, _split(client_ids)),
        fingerprints=_FINGERPRINTS.joined(ctx, _split(fingerprints)),
        description=description,
        issuance_limit_hours=issuance_limit_time,
    )
    return OidcProvider.of(row)


@operation(IMS, "GetOIDCProvider", on=_BY_NAME, answers="OIDCProvider", reads_only=True)
def get_oidc_provider(_ctx: Context, provider: OidcProviderRow) -> OidcProvider:
    """Return a provider."""
    return OidcProvider.of(provider)


@operation(
    IMS,
    "UpdateOIDCProvider",
    on=_BY_NAME,
    raises=(_CLIENT_IDS.quota.error,),
    answers="OIDCProvider",
)
def update_oidc_provider(
    ctx: Context,
    provider: OidcProviderRow,
    *,
    new_description: ProviderDescription | None = None,
    client_ids: ClientIds | None = None,
    issuance_limit_time: IssuanceLimitTime | None = None,
) -> OidcProvider:
    """Change a provider; what is not sent stays as it is."""
    row = OIDC_PROVIDER.change(
        ctx,
        provider,
        updated_at=ctx.now,
        description=new_description,
        client_ids=_CLIENT_IDS.joined(ctx, _split(client_ids)) if client_ids else None,
        issuance_limit_hours=issuance_limit_time,
    )
    return OidcProvider.of(row)


@operation(IMS, "DeleteOIDCProvider", on=_BY_NAME)
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
    return page.map(OidcProvider.of)


@operation(
    IMS,
    "AddClientIdToOIDCProvider",
    on=_BY_NAME,
    raises=(_CLIENT_IDS.taken, _CLIENT_IDS.quota.error),
    answers="OIDCProvider",
)
def add_client_id_to_oidc_provider(
    ctx: Context, provider: OidcProviderRow, *, client_id: ClientId
) -> OidcProvider:
    """Accept one more audience."""
    return _CLIENT_IDS.added(ctx, provider, client_id)


@operation(
    IMS,
    "RemoveClientIdFromOIDCProvider",
    on=_BY_NAME,
    raises=(_CLIENT_IDS.missing,),
    answers="OIDCProvider",
)
def remove_client_id_from_oidc_provider(
    ctx: Context, provider: OidcProviderRow, *, client_id: ClientId
) -> OidcProvider:
    """Accept an audience no longer."""
    return _CLIENT_IDS.removed(ctx, provider, client_id)


@operation(
    IMS,
    "AddFingerprintToOIDCProvider",
    on=_BY_NAME,
    raises=(_FINGERPRINTS.taken, _FINGERPRINTS.quota.error),
    answers="OIDCProvider",
)
def add_fingerprint_to_oidc_provider(
    ctx: Context, provider: OidcProviderRow, *, fingerprint: Fingerprint
) -> OidcProvider:
    """Trust one more certificate."""
    return _FINGERPRINTS.added(ctx, provider, fingerprint)


@operation(
    IMS,
    "RemoveFingerprintFromOIDCProvider",
    on=_BY_NAME,
    raises=(_FINGERPRINTS.missing,),
    answers="OIDCProvider",
)
def remove_fingerprint_from_oidc_provider(
    ctx: Context, provider: OidcProviderRow, *, fingerprint: Fingerprint
) -> OidcProvider:
    """Trust a certificate no longer."""
    return _FINGERPRINTS.removed(ctx, provider, fingerprint)
