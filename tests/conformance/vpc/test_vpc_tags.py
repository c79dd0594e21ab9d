"""Tags of VPC's resources through the official SDK."""

from alibabacloud_vpc20160428 import models as m
from alibabacloud_vpc20160428.client import Client
from tests.conformance.harness import Server

from juyong.services.identity.facade import NewAccount

REGION = "cn-hangzhou"


def test_tags_from_begin_to_end(server: Server, account: NewAccount) -> None:
    vpc = Client(server.config(account.access_key_id, account.secret.reveal()))
    vpc_id = vpc.create_vpc(m.CreateVpcRequest(region_id=REGION)).body.vpc_id
    named = {"region_id": REGION, "resource_type": "VPC", "resource_id": [vpc_id]}
    tags = [m.TagResourcesRequestTag(key="env", value="dev")]
    vpc.tag_resources(m.TagResourcesRequest(**named, tag=tags))
    found = vpc.list_tag_resources(m.ListTagResourcesRequest(**named)).body
    (tag,) = found.tag_resources.tag_resource
    assert (tag.resource_id, tag.tag_key, tag.tag_value) == (vpc_id, "env", "dev")
    vpc.un_tag_resources(m.UnTagResourcesRequest(**named, tag_key=["env"]))
    found = vpc.list_tag_resources(m.ListTagResourcesRequest(**named)).body
    assert found.tag_resources.tag_resource == []
