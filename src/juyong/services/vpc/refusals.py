"""Why operations of the published API are refused."""

from juyong.api.product import because

REFUSED = because(
    {
        "there are no resource groups": (
            "MoveResourceGroup MoveVpnResourceGroup ChangeResourceGroup"
        ),
        "tags are set by TagResources and listed by ListTagResources": (
            "DescribeTags DescribeTagKeys"
        ),
        "there are no leased lines, and no gateways that announce routes over them": (
            "*PhysicalConnection* *VirtualBorderRouter* *VirtualBorderBandwidth *RouterInterface* "
            "*Bgp* *ExpressConnect* *ExpressCloudConnection* *Vbr* *Vco* *MacSecKey "
            "*FailoverTestJob* DescribeAccessPoints *BusinessAccessPoints *Ecr *EcGrantRelation"
        ),
        "there are no VPN gateways, and no servers for VPN clients": (
            "*Vpn* *Ipsec* *CustomerGateway* ModifyTunnelAttribute"
        ),
        "the networks of this platform carry IPv4 alone": "*Ipv6* *IPv6*",
        "VPCs are connected by peering alone, two by two, and not with other networks": (
            "*Cen *PublishedRouteEntries "
            "PublishVpcRouteEntries "
            "*GatewayRouteTable* *RouteTableWithGateway DissociateRouteTableFromGateway"
        ),
        "public addresses are reached without an IPv4 gateway": "*Ipv4Gateway*",
        "there are no endpoints of services in a VPC": ("*GatewayEndpoint* *EndpointServices*"),
        "addresses do not move between instances, nor routes between next hops": (
            "*HaVip* *RouteTargetGroup* *ActiveRouteTarget"
        ),
        "bandwidth is neither sold nor shared": "*CommonBandwidthPackage* Describe95Traffic",
        "there are no accelerators": (
            "*GlobalAcceleration* ListGeographicSubRegions ListBusinessRegions"
        ),
        "packets are not copied to other instances": "*TrafficMirror*",
        "instances learn their addresses from the platform, not by DHCP options": "*DhcpOptions*",
        "there is no classic network": "*ClassicLink",
        "blocks of a vSwitch are not set aside": "*CidrReservation*",
        "public addresses come from one pool, one by one": (
            "*PublicIpAddressPool* *EipSegment* AllocateEipAddressPro AssociateEipAddressBatch "
            "DescribePublicIpAddress"
        ),
        "the block of a VPC is changed by ModifyVpcAttribute": "ModifyVpcCidrBlock",
        "a vRouter is its VPC's, and has no name of its own": "ModifyVRouterAttribute",
        "gateways translate to public addresses alone": (
            "*NatIp* *FullNat* *NatGatewaySpec *NatType *AvailableZones VpcDescribeVpcNat* "
            "DescribeNatGatewayAssociate*"
        ),
        "CloudMonitor has the figures, and flow logs have the flows": (
            "*MonitorData *HighDefinition*"
        ),
        "this operation is no part of the networks of this platform": "*",
    }
)
