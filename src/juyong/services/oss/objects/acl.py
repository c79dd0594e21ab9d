"""PutObjectAcl and GetObjectAcl: who else may use one object."""

from juyong.api.access import ActionWith, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.operation import Route, operation
from juyong.services.oss.buckets.access import AccessControlPolicy
from juyong.services.oss.buckets.blocking import refuse_public_acl
from juyong.services.oss.buckets.buckets import Grants, Owner
from juyong.services.oss.buckets.errors import PublicAccessBlocked
from juyong.services.oss.fields import ObjectAcl
from juyong.services.oss.objects.object import ONE_VERSION, Held
from juyong.services.oss.objects.put import own_acl
from juyong.services.oss.product import PRODUCT as OSS


@operation(
    OSS,
    "PutObjectAcl",
    on=ONE_VERSION,
    action_with=ActionWith("version_id", "oss:PutObjectVersionAcl"),
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="PUT", path="/{bucket}/{key+}", marks="acl"),
    raises=(PublicAccessBlocked,),
)
def put_object_acl(ctx: Context, held: Held, *, object_acl: ObjectAcl) -> RawAnswer:
    """Say who may use an object; when it was changed stays as it is."""
    refuse_public_acl(ctx, object_acl, held.bucket)
    ctx.tx.update(held.row, acl=own_acl(object_acl), accessed_at=ctx.now)
    return RawAnswer(headers=held.version_headers, content_type="application/xml")


@operation(
    OSS,
    "GetObjectAcl",
    on=ONE_VERSION,
    action_with=ActionWith("version_id", "oss:GetObjectVersionAcl"),
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="GET", path="/{bucket}/{key+}", marks="acl"),
    root="AccessControlPolicy",
    reads_only=True,
)
def get_object_acl(_ctx: Context, held: Held) -> RawAnswer:
    """Show the ACL of an object; `default` is the bucket's."""
    shown = AccessControlPolicy(
        owner=Owner.of(held.bucket),
        access_control_list=Grants(grant=held.row.acl or "default"),
    )
    return RawAnswer(headers=held.version_headers, shape=shown)
