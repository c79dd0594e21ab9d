"""Fields of the VPC SDK's models that we leave out of answers or tolerate unread, and why."""

Gaps = dict[tuple[str, str], str]

_GROUPS = "there are no resource groups"
_NO_PRIVATE_NAT = "of gateways between private networks, and of logs of sessions"
_NO_SUCH = "the platform has nothing of the kind that the member tells of"


def _under(operation: str, path: str, why: str, names: str) -> Gaps:
    return {(f"Vpc.{operation}", f"{path}{name}"): why for name in names.split()}


LEFT_OUT: Gaps = {
    **_under("CreateVpc", "", _GROUPS, "ResourceGroupId"),
    **_under("DescribeVpcs", "Vpcs.Vpc.", _GROUPS, "ResourceGroupId"),
    **_under("DescribeVpcAttribute", "", _GROUPS, "ResourceGroupId"),
    **_under("DescribeVSwitches", "VSwitches.VSwitch.", _GROUPS, "ResourceGroupId"),
    **_under("DescribeVSwitchAttributes", "", _GROUPS, "ResourceGroupId"),
    **_under(
        "DescribeVpcs",
        "Vpcs.Vpc.",
        _NO_SUCH,
        "CenStatus DhcpOptionsSetId DhcpOptionsSetStatus DnsHostnameStatus",
    ),
    **_under(
        "DescribeVpcAttribute",
        "",
        _NO_SUCH,
        """AssociatedCens AssociatedPropagationSources DhcpOptionsSetId DhcpOptionsSetStatus
        DnsHostnameStatus Ipv4GatewayId SupportIpv4Gateway""",
    ),
    **_under(
        "DescribeRouteTableList",
        "RouterTableList.RouterTableListType.",
        _NO_SUCH,
        "GatewayIds ResourceGroupId",
    ),
    **_under("CreateVpcPrefixList", "", _GROUPS, "ResourceGroupId"),
    **_under("ListPrefixLists", "PrefixLists.", _GROUPS, "ResourceGroupId"),
    **_under(
        "GetVpcPrefixListAssociations",
        "PrefixListAssociation.",
        "associations follow at once and never fail",
        "CidrList Reason ResourceUid SuppressedList",
    ),
    **_under("DescribeRouteTables", "RouteTables.RouteTable.", _GROUPS, "ResourceGroupId"),
    **_under(
        "DescribeRouteEntryList",
        "RouteEntrys.RouteEntry.",
        _NO_SUCH,
        "ServiceType NextHops.NextHop.NextHopRegionId NextHops.NextHop.NextHopRelatedInfo",
    ),
    **_under(
        "DescribeEipAddresses",
        "EipAddresses.EipAddress.",
        "of orders, and of services that make EIPs",
        """BizType ReservationActiveTime ReservationBandwidth ReservationInternetChargeType
        ReservationOrderType ServiceID""",
    ),
    **_under(
        "DescribeNatGateways",
        "NatGateways.NatGateway.",
        _NO_PRIVATE_NAT,
        "AccessMode AvailabilityMode IpPrefixList PrivateLinkMode",
    ),
    **_under(
        "GetNatGatewayAttribute",
        "",
        _NO_PRIVATE_NAT,
        "AccessMode AvailabilityMode FullNatTable LogDelivery PrivateLinkMode",
    ),
    **_under("DescribeFlowLogs", "FlowLogs.FlowLog.", "every record has all members", "LogFormat"),
}

ADDED: Gaps = {
    ("Vpc.DescribeRouteTableList", "Code"): (
        "the Terraform provider takes an answer without it for a failure"
    ),
    **_under(
        "DescribeEipAddresses",
        "EipAddresses.EipAddress.",
        "of an older edition, which the Terraform provider reads",
        "AvailableRegions Descritpion",
    ),
}
"""Answer fields that we give and the SDK does not know, and why."""

IGNORED: Gaps = {
    (f"Vpc.{name}", "ClientToken"): "the operation changes nothing"
    for name in ("DescribeNetworkAclAttributes", "DescribeNetworkAcls")
}
