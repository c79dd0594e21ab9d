"""The permissions of each service through its service-linked role.

SOURCE: services and role names from the vendor's list and from official clients. The bodies are
assumed unless graded otherwise: the least that the purpose of the role asks for, in our own words.
The right of a service to delete its own role is added to each.
"""

from functools import cache

from juyong.content.policies.notation import Entry, read_entries

_ROLES = """
actiontrail ActionTrail assumed: ActionTrail
  allow oss:{GetBucketInfo,GetBucketLocation,ListObjects,PutObject}
  allow log:{GetProject,CreateProject,GetLogStore,CreateLogStore,UpdateLogStore}
    log:{GetIndex,CreateIndex,UpdateIndex,GetDashboard,CreateDashboard,UpdateDashboard}
    log:PostLogStoreLogs
  allow kms:{GenerateDataKey,Decrypt}
  allow mns:PublishMessage
  allow resourcemanager:{GetResourceDirectory,ListAccounts}
config Config assumed: Cloud Config
  allow *:{Describe*,List*} oss:GetBucket* ram:Get* kms:{GetKeyPolicy,GetSecretPolicy}
    actiontrail:Get* fc:Get* log:{GetProject,GetLogStore}
  allow oss:PutObject log:PostLogStoreLogs mns:PublishMessage
remediation.config ConfigRemediation assumed: Cloud Config remediation
  allow oos:{StartExecution,ListExecutions,GetTemplate}
  allow ecs:{TagResources,DescribeSecurityGroupAttribute,RevokeSecurityGroup}
    oss:{PutBucketAcl,PutBucketEncryption,PutBucketLogging,PutBucketVersioning}
    rds:ModifySecurityIps actiontrail:StartLogging
resourcemanager ResourceDirectory documented: Resource Directory
  allow ram:CreateServiceLinkedRole
resourcesharing ResourceSharing assumed: Resource Sharing
  allow resourcemanager:{GetResourceDirectory,GetAccount,GetFolder,ListAccounts}
tag Tag assumed: Tag
  allow actiontrail:{LookupEvents,CreateServiceTrail,DeleteServiceTrail}
  allow config:{Get*,List*}
  allow *:{TagResources,UntagResources,ListTagResources}
sddp SDDP assumed: Data Security Center
  allow oss:{GetBucketAcl,GetBucketInfo,GetObject,ListBuckets,ListObjects}
    rds:Describe* ots:{GetRow,GetRange,ListTable,ListInstance}
  allow log:{GetProject,GetLogStore,PostLogStoreLogs}
bastionhost Bastionhost assumed: Bastion Host
  allow ecs:{DescribeInstances,DescribeSecurityGroups,JoinSecurityGroup,LeaveSecurityGroup}
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
    rds:DescribeDBInstances
dbaudit Dbaudit assumed: Database Audit
  allow ecs:{DescribeInstances,DescribeSecurityGroups,CreateNetworkInterface}
    ecs:{DeleteNetworkInterface,DescribeNetworkInterfaces} rds:Describe*
secretsmanager-rds.kms KMSSecretsManagerForRDS assumed: Secrets Manager for databases
  allow rds:{DescribeDBInstances,DescribeAccounts,CreateAccount,DeleteAccount}
    rds:{GrantAccountPrivilege,RevokeAccountPrivilege,ResetAccountPassword,CheckAccountNameAvailable}
secretsmanager-ecs.kms KMSSecretsManagerForECS assumed: Secrets Manager for servers
  allow ecs:{DescribeInstances,RunCommand,StopInvocation,DescribeInvocations}
    ecs:{DescribeInvocationResults,DescribeCloudAssistantStatus}
keystore.kms KMSCustomKeyStore assumed: Key Management Service key stores
  allow yundun-hsm:{DescribeInstances,DescribeClusters}
    vpc:DescribeVSwitchAttributes
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
waf Waf assumed: Web Application Firewall
  allow ecs:{DescribeInstances,DescribeNetworkInterfaces,DescribeSecurityGroups}
    slb:Describe* alb:{Get*,List*}
    yundun-cert:{DescribeUserCertificateList,DescribeUserCertificateDetail}
  allow log:{GetProject,GetLogStore,CreateLogStore,CreateIndex,PostLogStoreLogs}
sas Sas assumed: Security Center
  allow ecs:{Describe*,RunCommand,InstallCloudAssistant,CreateSnapshot,DeleteSnapshot}
    vpc:Describe* slb:Describe* rds:{Describe*,ModifySecurityIps} cs:{Get*,Describe*}
    ram:{Get*,List*} oss:{GetBucket*,ListBuckets} actiontrail:{Lookup*,Describe*,Get*}
    cr:{Get*,List*,PullRepository} kms:{List*,Describe*}
  allow log:{GetProject,GetLogStore,CreateProject,CreateLogStore,CreateIndex,PostLogStoreLogs}
secllm.sas SasSecllm documented: Security Center assistant
  allow yundun-sas:{TriggerPlaybook,UpdateAutoDisposeRecord,ValidateNormalizationRule}
    sasti:{SaveUiAgentResult,Get*} yundun-sas:{Get*,Check*,Describe*,List*}
    yundun-cloudfirewall:{Describe*,List*} yundun-waf:{Describe*,List*}
cloudfw CloudFW assumed: Cloud Firewall
  allow ecs:{DescribeInstances,DescribeTags,DescribeRegions,DescribeSecurityGroups}
    ecs:{DescribeSecurityGroupAttribute,CreateSecurityGroup,DeleteSecurityGroup}
    ecs:{AuthorizeSecurityGroup,AuthorizeSecurityGroupEgress,RevokeSecurityGroup}
    ecs:{RevokeSecurityGroupEgress,JoinSecurityGroup,LeaveSecurityGroup}
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
    vpc:{Describe*,CreateRouteEntry,DeleteRouteEntry} slb:Describe* cen:{Describe*,List*}
  allow log:{GetProject,GetLogStore,CreateLogStore,CreateIndex,PostLogStoreLogs}
cdn-ddos.cdn CDNAccessingDDoS assumed: content delivery under flood protection
  allow yundun-ddoscoo:{Describe*,CreateDomainResource,ModifyDomainResource}
cdn-waf.cdn CDNAccessingWAF assumed: content delivery behind Web Application Firewall
  allow yundun-waf:{Describe*,CreateOutputDomainConfig,DeleteOutputDomainConfig}
    yundun-waf:{ModifyProtectionRuleStatus,ModifyLogServiceStatus}
ddos.ga GaAntiDdos assumed: Global Accelerator under flood protection
  allow yundun-ddoscoo:Describe*
vpcendpoint.ga GaVpcEndpoint assumed: Global Accelerator endpoints
  allow vpc:{DescribeVpcs,DescribeVSwitches,DescribeVSwitchAttributes}
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
waf.ga GaWaf documented: Global Accelerator behind Web Application Firewall
  allow yundun-waf:{DescribeInstanceCompatible,CreateInstance}
cloudmonitor CloudMonitor assumed: CloudMonitor
  allow ecs:{Describe*,InvokeCommand,InstallCloudAssistant} rds:Describe* slb:Describe*
    mns:PublishMessage log:PostLogStoreLogs fc:InvokeFunction
arms ARMS assumed: application monitoring
  allow ecs:Describe* cs:{Get*,Describe*} log:{GetProject,GetLogStoreLogs,PostLogStoreLogs}
xtrace Xtrace assumed: tracing
  allow log:{GetProject,CreateProject,CreateLogStore,CreateIndex,GetLogStoreLogs}
    log:PostLogStoreLogs
pts Pts assumed: performance testing
  allow ecs:Describe* vpc:{DescribeVpcs,DescribeVSwitches} arms:{Get*,List*}
    ecs:{CreateNetworkInterface,DeleteNetworkInterface}
ess AutoScaling assumed: Auto Scaling
  allow ecs:{RunInstances,DeleteInstance,StartInstance,StopInstance,Describe*,JoinSecurityGroup}
    slb:{Describe*,AddBackendServers,RemoveBackendServers}
    rds:{DescribeDBInstanceIPArrayList,ModifySecurityIps} vpc:Describe* mns:SendMessage
  pass ecs
nat Natgw assumed: NAT gateways
  allow vpc:DescribeVSwitchAttributes
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
    ecs:{CreateNetworkInterfacePermission,DescribeNetworkInterfacePermissions}
    ecs:{CreateSecurityGroup,DeleteSecurityGroup,DescribeSecurityGroups}
cen CEN assumed: Cloud Enterprise Network
  allow vpc:{DescribeVpcs,DescribeVSwitches,DescribeVSwitchAttributes}
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
flowlog.cen TRFlowLog documented: transit router flow logs
  allow log:{PostLogStoreLogs,AnalyzeProductLog,GetLogStore,CreateProject,CreateLogStore}
    log:{UpdateLogStore,GetIndex,CreateIndex,UpdateIndex,CreateDashboard,UpdateDashboard}
    log:{CreateSavedSearch,UpdateSavedSearch}
privatelink Privatelink assumed: PrivateLink
  allow vpc:DescribeVSwitchAttributes slb:SetLoadBalancerDeleteProtection
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
    ecs:{CreateNetworkInterfacePermission,DeleteNetworkInterfacePermission}
logdelivery.slb SlbLogDelivery documented: load balancer logs
  allow log:PostLogStoreLogs oss:PutObject
logdelivery.rds RDSLogDelivery documented: database logs
  allow log:PostLogStoreLogs
audit.log SLSAudit assumed: log audit
  allow actiontrail:{CreateServiceTrail,DeleteServiceTrail,Describe*,Get*} oss:GetBucketInfo
    rds:Describe* slb:Describe* vpc:Describe*
  allow log:{Get*,List*,CreateProject,CreateLogStore,CreateIndex,UpdateIndex,PostLogStoreLogs}
alert.log SLSAlert assumed: log alerts
  allow log:{GetProject,GetLogStoreLogs,ListProject,ListLogStores} mns:SendMessage fc:InvokeFunction
alidns DNS assumed: DNS
  allow cms:QueryMetricList log:PostLogStoreLogs
gtm GTM assumed: traffic management
  allow cms:{QueryMetricList,DescribeContactGroupList}
pvtz Pvtz assumed: private domain names
  allow vpc:{DescribeVpcs,DescribeVSwitches} ecs:DescribeInstances
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
httpdns Httpdns assumed: name resolution over HTTP
  allow log:PostLogStoreLogs
dr.hbr HbrDr assumed: disaster recovery of servers
  allow ecs:{Describe*,CreateSnapshot,DeleteSnapshot,CreateImage,DeleteImage,RunInstances}
    vpc:Describe*
ecsbackup.hbr HbrEcsBackup assumed: backup of servers
  allow ecs:{Describe*,CreateSnapshot,DeleteSnapshot,RunCommand,InvokeCommand}
ossbackup.hbr HbrOssBackup assumed: backup of buckets
  allow oss:{ListBuckets,ListObjects,GetObject,PutObject,GetBucketInfo,GetBucketInventory}
nasbackup.hbr HbrNasBackup assumed: backup of file systems
  allow nas:{Describe*,CreateMountTarget,DeleteMountTarget} vpc:DescribeVSwitchAttributes
csgbackup.hbr HbrCsgBackup assumed: backup of storage gateways
  allow hcs-sgw:Describe*
bandwidthscheduler.oos OOSBandwidthScheduler assumed: bandwidth schedules
  allow vpc:{DescribeEipAddresses,ModifyEipAddressAttribute,DescribeCommonBandwidthPackages}
    vpc:ModifyCommonBandwidthPackageSpec
instancescheduler.oos OOSInstanceScheduler assumed: server schedules
  allow ecs:{DescribeInstances,StartInstance,StopInstance,StartInstances,StopInstances}
executiondelivery.oos OOSExecutionDelivery assumed: delivery of operation records
  allow log:{GetLogStore,PostLogStoreLogs} oss:PutObject
sendevent-fc.eventbridge EventBridgeSendToFC assumed: events to functions
  allow fc:{InvokeFunction,GetFunction,GetService}
sendevent-mns.eventbridge EventBridgeSendToMNS assumed: events to message queues
  allow mns:{SendMessage,PublishMessage,GetQueueAttributes}
sendevent-sms.eventbridge EventBridgeSendToSMS assumed: events to text messages
  allow dysms:SendSms
sendevent-directmail.eventbridge EventBridgeSendToDirectMail assumed: events to mail
  allow dm:SingleSendMail
connect-vpc.eventbridge EventBridgeConnectVPC assumed: events into private networks
  allow vpc:{DescribeVpcs,DescribeVSwitchAttributes}
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
    ecs:{DescribeSecurityGroups,CreateNetworkInterfacePermission}
source-rocketmq.eventbridge EventBridgeSourceRocketMQ assumed: events from RocketMQ
  allow mq:{SUB,ListTopic,ListGroup,ListInstance}
ops.elasticsearch ElasticsearchOps assumed: Elasticsearch operation
  allow ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
    slb:Describe* vpc:DescribeVSwitchAttributes
collector.elasticsearch ElasticsearchCollector assumed: Elasticsearch collectors
  allow oos:{StartExecution,CancelExecution,ListExecutions,GetTemplate}
    ecs:{DescribeInstances,RunCommand,DescribeInvocationResults} cs:{Get*,Describe*}
apigateway ApiGateway assumed: API Gateway
  allow fc:InvokeFunction oss:GetObject vpc:DescribeVpcs
monitor.apigateway ApiGatewayMonitoring assumed: API Gateway monitoring
  allow cms:{QueryMetricList,PutEventRule,DescribeMetricRuleList}
connector.alikafka AlikafkaConnector assumed: Kafka connectors
  allow fc:{CreateService,CreateFunction,InvokeFunction,GetFunction} log:PostLogStoreLogs
    oss:PutObject
instanceencryption.alikafka AlikafkaInstanceEncryption assumed: Kafka encryption
  allow kms:{DescribeKey,ListKeys,Encrypt,Decrypt,GenerateDataKey}
ons Ons assumed: RocketMQ
  allow vpc:DescribeVSwitchAttributes cms:QueryMetricList
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
polardb PolarDB assumed: PolarDB
  allow vpc:{DescribeVpcs,DescribeVSwitches} kms:{ListKeys,DescribeKey,Encrypt,Decrypt}
    kms:GenerateDataKey
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
adbpg ADBPG assumed: AnalyticDB
  allow vpc:DescribeVSwitchAttributes oss:{GetObject,ListObjects}
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
hitsdb TSDB assumed: time series databases
  allow vpc:DescribeVSwitchAttributes
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
mse MSE assumed: microservices
  allow vpc:DescribeVSwitchAttributes slb:Describe* cs:{Get*,Describe*}
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
smc SMC assumed: server migration
  allow ecs:{Describe*,RunInstances,DeleteInstance,CreateImage,DeleteImage,AttachDisk,DetachDisk}
    vpc:{DescribeVpcs,DescribeVSwitches}
ehpc EHPC assumed: high-performance clusters
  allow ecs:{Describe*,RunInstances,DeleteInstance,StartInstance,StopInstance}
    nas:Describe* vpc:{DescribeVpcs,DescribeVSwitches}
hcs-sgw HCSSGW assumed: storage gateways
  allow oss:{ListBuckets,GetBucketInfo,ListObjects,GetObject,PutObject,DeleteObject}
    ecs:{CreateNetworkInterface,DeleteNetworkInterface,DescribeNetworkInterfaces}
fnf FnF documented: serverless workflows
  link privatelink
  allow vpc:DescribeVSwitchAttributes
  allow privatelink:{CheckProductOpen,OpenPrivateLinkService,GetVpcEndpointAttribute}
  allow privatelink:{AddZoneToVpcEndpoint,RemoveZoneFromVpcEndpoint,DeleteVpcEndpoint}
    privatelink:{AttachSecurityGroupToVpcEndpoint,DetachSecurityGroupFromVpcEndpoint}
    privatelink:{ListVpcEndpointSecurityGroups,ListVpcEndpointZones}
    if StringEquals acs:ResourceTag/FnFManaged true
  allow privatelink:{CreateVpcEndpoint,ListVpcEndpoints}
    if StringEquals acs:RequestTag/FnFManaged true
"""


@cache
def role_entries() -> tuple[Entry, ...]:
    """Return one entry a role: name is the service's short name, tag the role's, text its title."""
    return tuple(read_entries(_ROLES))


def role_policy_name(tag: str) -> str:
    """Return the name of the system policy that a service-linked role carries."""
    return f"AliyunServiceRolePolicyFor{tag}"
