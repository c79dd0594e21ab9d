"""ListSecretVersionIds."""

from juyong.api.context import Context
from juyong.api.listing import NumberedPage, PageNumber, PageSize, page_of
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.services.kms.errors import NoResource
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.find import find_secret, one_secret, secret_policy
from juyong.services.kms.secrets.names import SecretReference
from juyong.services.kms.secrets.shapes import StageList
from juyong.services.kms.secrets.versions import board_of, versions_of
from juyong.services.kms.tagging import resource_tags


class ListedVersion(Shape, frozen=True, kw_only=True):
    """A version without its value."""

    version_id: str
    create_time: str
    version_stages: StageList


class VersionList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    version_id: list[ListedVersion]


class ListVersionsAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of versions."""

    secret_name: str
    version_ids: VersionList


@operation(
    KMS,
    "ListSecretVersionIds",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(NoResource,),
    reads_only=True,
    scans=True,
)
def list_secret_version_ids(
    ctx: Context,
    *,
    secret_name: SecretReference,
    include_deprecated: bool = False,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> ListVersionsAnswer:
    """List the versions of a secret, newest first.

    Args:
        include_deprecated: Also those without any stage.

    Returns:
        A page of versions with their stages.

    Source: KMS API reference, ListSecretVersionIds (documented); the order (assumed).
    """
    row = find_secret(ctx, secret_name)
    board = board_of(ctx, row)
    found = [
        ListedVersion(
            version_id=version.version_id,
            create_time=iso(version.created_at),
            version_stages=StageList(version_stage=stages),
        )
        for version in reversed(versions_of(ctx, row))
        if (stages := board.stages_of(version.version_id)) or include_deprecated
    ]
    return ListVersionsAnswer(
        secret_name=row.name,
        version_ids=VersionList(version_id=page_of(found, page_number, page_size)),
        page_number=page_number,
        page_size=page_size,
        total_count=len(found),
    )
