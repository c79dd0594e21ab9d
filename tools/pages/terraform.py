"""The page of Terraform resources: those that a test applies, and why others are not there."""

import re
from collections import defaultdict
from pathlib import Path

from juyong.api.product import Product
from juyong.api.refusals import Refusals
from pages.markdown import code, page, table

_STACKS = Path(__file__).resolve().parents[2] / "tests" / "clients" / "terraform"
_BLOCK = re.compile(r'^(resource|data) "(alicloud_\w+)"', re.MULTILINE)
_SAID = """\
The test suite runs the official provider 1.240.0 on the stacks of `tests/clients/terraform`: it applies a stack, sees that a second plan is empty, and destroys the stack.
A resource works as far as the operations that the provider calls for it are served; an argument that this platform refuses answers `UnsupportedOperation` with the reason."""  # noqa: E501  # a sentence a line
_NOT_APPLIED = """\
No stack has these resources of ECS and VPC, and data sources of the same things.
The provider makes a resource by the operation named here, which answers `UnsupportedOperation` with the reason, or is served though no test applies the resource."""  # noqa: E501  # a sentence a line
_MADE_BY = {
    "Ecs": {
        "alicloud_ecs_activation": "CreateActivation",
        "alicloud_ecs_auto_snapshot_policy": "CreateAutoSnapshotPolicy",
        "alicloud_ecs_auto_snapshot_policy_attachment": "ApplyAutoSnapshotPolicy",
        "alicloud_ecs_capacity_reservation": "CreateCapacityReservation",
        "alicloud_ecs_dedicated_host": "AllocateDedicatedHosts",
        "alicloud_ecs_dedicated_host_cluster": "CreateDedicatedHostCluster",
        "alicloud_ecs_deployment_set": "CreateDeploymentSet",
        "alicloud_ecs_elasticity_assurance": "CreateElasticityAssurance",
        "alicloud_ecs_hpc_cluster": "CreateHpcCluster",
        "alicloud_ecs_image_component": "CreateImageComponent",
        "alicloud_ecs_image_pipeline": "CreateImagePipeline",
        "alicloud_ecs_image_pipeline_execution": "StartImagePipelineExecution",
        "alicloud_ecs_invocation": "InvokeCommand",
        "alicloud_ecs_network_interface_permission": "CreateNetworkInterfacePermission",
        "alicloud_ecs_session_manager_status": "ModifyUserBusinessBehavior",
        "alicloud_ecs_snapshot_group": "CreateSnapshotGroup",
        "alicloud_ecs_storage_capacity_unit": "PurchaseStorageCapacityUnit",
        "alicloud_image_copy": "CopyImage",
        "alicloud_image_export": "ExportImage",
        "alicloud_image_import": "ImportImage",
        "alicloud_image_share_permission": "ModifyImageSharePermission",
    },
    "Vpc": {
        "alicloud_common_bandwidth_package": "CreateCommonBandwidthPackage",
        "alicloud_common_bandwidth_package_attachment": "AddCommonBandwidthPackageIp",
        "alicloud_eip_segment_address": "AllocateEipSegmentAddress",
        "alicloud_havip": "CreateHaVip",
        "alicloud_havip_attachment": "AssociateHaVip",
        "alicloud_network_acl_entries": "UpdateNetworkAclEntries",
        "alicloud_router_interface": "CreateRouterInterface",
        "alicloud_vpc_bgp_group": "CreateBgpGroup",
        "alicloud_vpc_bgp_network": "AddBgpNetwork",
        "alicloud_vpc_bgp_peer": "CreateBgpPeer",
        "alicloud_vpc_dhcp_options_set": "CreateDhcpOptionsSet",
        "alicloud_vpc_dhcp_options_set_attachment": "AttachDhcpOptionsSetToVpc",
        "alicloud_vpc_gateway_endpoint": "CreateVpcGatewayEndpoint",
        "alicloud_vpc_gateway_endpoint_route_table_attachment": (
            "AssociateRouteTablesWithVpcGatewayEndpoint"
        ),
        "alicloud_vpc_gateway_route_table_attachment": "AssociateRouteTableWithGateway",
        "alicloud_vpc_ha_vip": "CreateHaVip",
        "alicloud_vpc_ipv4_gateway": "CreateIpv4Gateway",
        "alicloud_vpc_ipv6_address": "AllocateIpv6Address",
        "alicloud_vpc_ipv6_egress_rule": "CreateIpv6EgressOnlyRule",
        "alicloud_vpc_ipv6_gateway": "CreateIpv6Gateway",
        "alicloud_vpc_ipv6_internet_bandwidth": "AllocateIpv6InternetBandwidth",
        "alicloud_vpc_nat_ip": "CreateNatIp",
        "alicloud_vpc_nat_ip_cidr": "CreateNatIpCidr",
        "alicloud_vpc_public_ip_address_pool": "CreatePublicIpAddressPool",
        "alicloud_vpc_public_ip_address_pool_cidr_block": "AddPublicIpAddressPoolCidrBlock",
        "alicloud_vpc_traffic_mirror_filter": "CreateTrafficMirrorFilter",
        "alicloud_vpc_traffic_mirror_session": "CreateTrafficMirrorSession",
        "alicloud_vpc_vbr_ha": "CreateVbrHa",
        "alicloud_vpc_vswitch_cidr_reservation": "CreateVSwitchCidrReservation",
    },
}
"""Product to resources and the operation by which the provider 1.240.0 makes each (observed)."""


def terraform_page(products: list[Product]) -> str:
    """Write the page."""
    found = _applied()
    return page(
        "Terraform resources",
        _SAID,
        "## Resources",
        _stacks(found["resource"]),
        "## Data sources",
        _stacks(found["data"]),
        "## Resources of ECS and VPC that no test applies",
        _NOT_APPLIED,
        _others(products, found["resource"]),
    )


def _applied() -> dict[str, dict[str, set[str]]]:
    """Return the kind of block to what the stacks have of the kind, each with its stacks."""
    found: dict[str, dict[str, set[str]]] = {
        "resource": defaultdict(set),
        "data": defaultdict(set),
    }
    for file in sorted(_STACKS.glob("*/*.tf")):
        for kind, name in _BLOCK.findall(file.read_text()):
            found[kind][name].add(file.parent.name)
    return found


def _stacks(found: dict[str, set[str]]) -> str:
    rows = ((code(name), ", ".join(sorted(stacks))) for name, stacks in sorted(found.items()))
    return table(("Name", "Stacks"), rows)


def _others(products: list[Product], applied: dict[str, set[str]]) -> str:
    by_code = {product.code: product for product in products}
    rows = []
    for product_code, made_by in _MADE_BY.items():
        product = by_code[product_code]
        refusals = Refusals(product, product.operations)
        for name, operation in made_by.items():
            if name not in applied:
                why = refusals.why(operation) or "served"
                rows.append((code(name), f"{product.code} {code(operation)}", why))
    return table(("Resource", "Made by", "Why not"), sorted(rows))
