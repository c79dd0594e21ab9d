"""System policies of computing, network, storage, databases and their management.

SOURCE: the vendor's policy reference, 2023 to 2026 editions, where the grade says documented.
"""

INFRASTRUCTURE_POLICIES = """
AliyunECSFullAccess v1 documented: Manage servers, disks, images and security groups.
  allow ecs:*
  allow vpc:{DescribeVpcs,DescribeVSwitches}
AliyunECSReadOnlyAccess v1 documented: Read servers, disks, images and security groups.
  allow ecs:{Describe*,List*}
  allow vpc:{DescribeVpcs,DescribeVSwitches}
AliyunECSNetworkInterfaceManagementAccess v1 documented: Manage network interfaces of servers.
  allow vpc:DescribeVSwitchAttributes
  allow ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
    ecs:{CreateNetworkInterfacePermission,DescribeNetworkInterfacePermissions}
    ecs:DeleteNetworkInterfacePermission
AliyunECSAssistantFullAccess v1 assumed: Run commands and send files to servers.
  allow ecs:{DescribeInstances,DescribeTags,DescribeTagKeys,*Command*,*Invocation*}
    ecs:{*CloudAssistant*,SendFile,DescribeSendFileResults}
AliyunECSAssistantReadonlyAccess v1 assumed: Read commands run on servers, and their output.
  allow ecs:{DescribeInstances,DescribeTags,DescribeTagKeys,Describe*Command*}
    ecs:{Describe*Invocation*,DescribeCloudAssistant*,DescribeSendFileResults}
AliyunVPCFullAccess v12 documented: Manage private networks.
  allow vpc:{*HaVip*,*RouteTable*,*VRouter*,*RouteEntry*,*RouteEntries*,*VSwitch*,*Vpc*,*Cen*}
    vpc:{*Tag*,*NetworkAcl*,*FlowLog*,*Ipv4Gateway*,*PrefixList*,*DhcpOptionsSet*}
    vpc:{DeletionProtection,*TagResource*,MoveResourceGroup}
AliyunVPCReadOnlyAccess v9 documented: Read private networks.
  allow vpc:{DescribeHaVip*,DescribeRouteTable*,DescribeRouteEntry*,DescribeVSwitch*}
    vpc:{DescribeVRouter*,DescribeVpc*,Describe*Cen*,ListTag*,DescribeTag*,Describe*NetworkAcl*}
    vpc:{Describe*FlowLog*,CheckCanAllocateVpcPrivateIpAddress,ListIpv4Gateways}
    vpc:{GetIpv4GatewayAttribute,ListDhcpOptionsSets,GetDhcpOptionsSet}
AliyunVpcPeerFullAccess v1 assumed: Manage peering of private networks.
  allow vpc:*VpcPeer*
AliyunVpcPeerReadOnlyAccess v1 documented: Read peering of private networks.
  allow vpc:{GetVpcPeer*,ListVpcPeer*}
AliyunEIPFullAccess v1 assumed: Manage elastic addresses.
  allow vpc:{*EipAddress*,*EipSegment*}
AliyunEIPReadOnlyAccess v1 assumed: Read elastic addresses.
  allow vpc:{Describe*EipAddress*,Describe*EipSegment*}
AliyunNATGatewayFullAccess v1 assumed: Manage NAT gateways.
  allow vpc:{*NatGateway*,*SnatEntry*,*ForwardEntry*,*BandwidthPackage*}
    vpc:{DescribeSnatTableEntries,DescribeForwardTableEntries}
  link nat
AliyunNATGatewayReadOnlyAccess v1 assumed: Read NAT gateways.
  allow vpc:{Describe*NatGateway*,DescribeSnatTableEntries,DescribeForwardTableEntries}
    vpc:Describe*BandwidthPackage*
AliyunCENFullAccess v1 assumed: Manage connections between networks.
  allow cen:*
AliyunCENReadOnlyAccess v1 assumed: Read connections between networks.
  allow cen:{Describe*,List*}
AliyunSLBFullAccess v1 assumed: Manage classic load balancers.
  allow slb:*
AliyunSLBReadOnlyAccess v4 documented: Read classic load balancers and their measurements.
  allow slb:{Describe*,List*,Get*}
  allow cms:QueryMetric*
AliyunALBFullAccess v2 documented: Manage application load balancers.
  allow alb:*
  allow ecs:{DescribeInstances,DescribeNetworkInterfaces} eci:DescribeContainerGroups
    cms:QueryMetricList vpc:{DescribeVpcs,DescribeVSwitches}
  link alb logdelivery.alb
AliyunOSSFullAccess v1 assumed: Manage buckets and objects.
  allow oss:*
AliyunOSSReadOnlyAccess v1 documented: Read buckets and objects.
  allow oss:{Get*,List*}
AliyunLogFullAccess v1 assumed: Manage log projects and read logs.
  allow log:*
  link audit.log alert.log
AliyunLogReadOnlyAccess v1 assumed: Read log projects and logs.
  allow log:{Get*,List*,Query*}
AliyunCloudMonitorFullAccess v1 assumed: Manage measurements and alarms.
  allow cms:*
  link cloudmonitor
AliyunCloudMonitorReadOnlyAccess v1 assumed: Read measurements and alarms.
  allow cms:{Get*,List*,Query*,BatchQuery*,Describe*}
AliyunRDSFullAccess v1 assumed: Manage relational databases.
  allow rds:*
  allow vpc:{DescribeVpcs,DescribeVSwitches}
AliyunRDSReadOnlyAccess v3 documented: Read relational databases and their diagnosis.
  allow rds:Describe*
  allow hdm:{Get*,Describe*,Query*,Support*} on acs:rds:*:*:*
  allow dbs:{Get*,Describe*,Query*,Support*} on acs:rds:*:*:*
AliyunPolardbFullAccess v5 documented: Manage PolarDB clusters.
  allow polardb:*
  allow hdm:* on acs:polardb:*:*:*
  allow dbs:* on acs:polardb:*:*:*
  allow vpc:{DescribeVpcs,DescribeVSwitches}
  allow dms:LoginDatabase on acs:polardb:*:*:*
  allow bss:ModifyAgreementRecord
  link polardb
AliyunFCFullAccess v2 documented: Manage functions.
  allow fc:*
  pass fc
AliyunFCReadOnlyAccess v1 documented: Read functions.
  allow fc:{Get*,List*}
AliyunDevsFullAccess v1 documented: Manage the serverless development platform.
  allow devs:*
  pass devs
AliyunMNSFullAccess v1 assumed: Manage and use message queues.
  allow mns:*
AliyunCSFullAccess v1 assumed: Manage container clusters.
  allow cs:*
AliyunCSReadOnlyAccess v1 assumed: Read container clusters.
  allow cs:{Get*,List*,Describe*}
AliyunContainerRegistryFullAccess v1 assumed: Manage, push and pull images.
  allow cr:*
AliyunContainerRegistryReadOnlyAccess v1 assumed: Read and pull images.
  allow cr:{Get*,List*,PullRepository}
AliyunOOSFullAccess v1 assumed: Manage and run operation templates.
  allow oos:*
  pass oos
AliyunOOSReadOnlyAccess v1 documented: Read operation templates and their runs.
  allow oos:{List*,Get*}
AliyunApiGatewayFullAccess v3 documented: Manage published interfaces.
  allow apigateway:*
  link apigateway monitor.apigateway sls.apigateway
AliyunAPIGFullAccess v1 documented: Manage native gateways.
  allow apig:*
  link nativeapigw
  link invokefc.nativeapigw
AliyunDNSFullAccess v1 assumed: Manage domain records.
  allow alidns:*
  link alidns
AliyunDNSReadOnlyAccess v1 assumed: Read domain records.
  allow alidns:{read}
AliyunCDNFullAccess v1 assumed: Manage content delivery.
  allow cdn:*
AliyunCDNLoggingRolePolicy v2 documented: Write access logs of content delivery to buckets.
  allow oss:{ListObjects,GetObject,PutObject}
AliyunNASFullAccess v1 assumed: Manage file systems.
  allow nas:*
AliyunOTSFullAccess v1 documented: Manage and use tables.
  allow ots:*
AliyunESSFullAccess v1 assumed: Manage scaling of server groups.
  allow ess:*
  link ess
AliyunROSFullAccess v1 assumed: Manage stacks of resources.
  allow ros:*
AliyunEventBridgeFullAccess v1 assumed: Manage event buses and rules.
  allow eventbridge:*
AliyunACMFullAccess v3 documented: Manage application settings.
  allow acms:*
"""
