"""System policies of identity, keys, audit and account management.

SOURCE: the vendor's policy reference, 2023 to 2026 editions, where the grade says documented.
Where that reference names a group of actions without listing it, only the ones listed are granted.
"""

ACCOUNT_POLICIES = """
AdministratorAccess v1 observed: Everything in the account.
  allow *
ReadOnlyAccess v1 observed: Read everything in the account, stored objects and secrets included.
  allow *:{Describe*,List*,Get*,BatchGet*,Query*,BatchQuery*}
  allow actiontrail:{LookupEvents,Check*} dm:{Desc*,SenderStatistics*}
    ram:GenerateCredentialReport cloudsso:Check* notifications:Read*
PowerUserAccess v2 documented: Everything but identities, permissions, members and billing owners.
  allow-except ram:* ims:* resourcemanager:* resourcesharing:* cloudsso:*
    bss:ModifyAccount bss:ModifyBillingAccount bss:ModifyPaymentRelationship
    bssapi:ModifyAccountRelation
  allow ram:{ListUserBasicInfos,ListRoles,CreateServiceLinkedRole,DeleteServiceLinkedRole}
    ram:{GetServiceLinkedRoleDeletionStatus,CheckServiceLinkedRoleExistence}
    resourcemanager:{GetResourceDirectory,GetResourceGroup}
AliyunRAMFullAccess v1 assumed: Manage users, groups, roles, policies and access analysis.
  allow ram:*
  allow accessanalyzer:*
AliyunRAMReadOnlyAccess v3 documented: Read users, groups, roles, policies and access analysis.
  allow ram:{Get*,List*,GenerateCredentialReport}
  allow accessanalyzer:{Get*,List*}
AliyunRAMAccessAnalyzerFullAccess v1 documented: Manage access analysis.
  allow accessanalyzer:*
  allow resourcemanager:{GetAccount,GetResourceDirectory}
AliyunSTSAssumeRoleAccess v1 documented: Assume roles.
  allow sts:AssumeRole
AliyunIMSFullAccess v1 assumed: Manage identities, which is as much as managing RAM.
  allow ims:*
  allow ram:*
AliyunIMSReadOnlyAccess v1 assumed: Read identities.
  allow ims:{read}
  allow ram:{Get*,List*,GenerateCredentialReport}
AliyunKMSFullAccess v3 documented: Manage and use keys and secrets.
  allow kms:*
  link secretsmanager-rds.kms keystore.kms
AliyunKMSReadOnlyAccess v3 documented: Read what keys and secrets there are, not their contents.
  allow kms:{List*,Describe*,GetPublicKey,GetUploadBackupDataInfo,GetKmsInstanceSharedAccounts}
    kms:{GetKmsInstanceQuotaInfos,GetCheckAssociateResourceTaskResults,GetKeyPolicy}
    kms:{GetKeyDefaultPolicy,GetSecretPolicy,GetSecretDefaultPolicy,GetKmsInstance}
    kms:GetDefaultKmsInstance
AliyunKMSCryptoUserAccess v2 documented: Use keys, without managing them.
  allow kms:{Encrypt,Decrypt,GenerateDataKey,GenerateDataKeyWithoutPlaintext,AsymmetricDecrypt}
    kms:{AsymmetricEncrypt,AsymmetricSign,AsymmetricVerify,GetPublicKey,GenerateMac,VerifyMac}
AliyunKMSCryptoAdminAccess v2 documented: Manage and use keys, not secrets.
  allow kms:* on acs:kms:*:*:key* acs:kms:*:*:alias*
  allow ecs:{TagResources,UntagResources,ListTagResources}
    on acs:kms:*:*:key/* acs:kms:*:*:secret/*
AliyunKMSSecretUserAccess v1 documented: Fetch the values of secrets.
  allow kms:GetSecretValue
  allow kms:{DescribeSecret,ListSecretVersionIds}
AliyunKMSSecretAdminAccess v5 documented: Manage and use secrets, not keys.
  allow kms:* on acs:kms:*:*:secret*
  allow kms:GetRandomPassword
  allow rds:{DescribeDBInstances,DescribeDBInstanceAttribute,DescribeDatabases,DescribeAccounts}
    rds:{DescribeDBInstanceNetInfo,CreateAccount,GrantAccountPrivilege}
  allow ecs:DescribeInstances on acs:ecs:*:*:instance/*
  allow ecs:{TagResources,UntagResources,ListTagResources}
    on acs:kms:*:*:key/* acs:kms:*:*:secret/*
  link secretsmanager-rds.kms secretsmanager-ecs.kms
AliyunKMSManageRAMCredentialsRolePolicy v2 documented: Rotate the AccessKeys held as secrets.
  allow ram:{ListAccessKeys,CreateAccessKey,DeleteAccessKey,UpdateAccessKey,GetAccessKeyLastUsed}
AliyunActionTrailFullAccess v2 documented: Manage trails and read events.
  allow actiontrail:*
  pass actiontrail
  link actiontrail
AliyunActionTrailReadOnlyAccess v4 documented: Read trails and events.
  allow actiontrail:{Lookup*,Describe*,Get*,Check*,List*}
AliyunActionTrailRolePolicy v1 assumed: Deliver events to buckets and logstores.
  allow oss:{GetBucketInfo,GetBucketLocation,ListObjects,PutObject}
  allow log:{GetProject,GetLogStore,CreateLogStore,UpdateLogStore,PostLogStoreLogs}
    log:{GetIndex,CreateIndex,UpdateIndex,GetDashboard,CreateDashboard,UpdateDashboard}
  allow kms:{GenerateDataKey,Decrypt}
AliyunVPCLogArchiveRolePolicy v1 assumed: Write flow logs into logstores.
  allow log:PostLogStoreLogs
AliyunConfigFullAccess v1 assumed: Manage configuration rules and remediation.
  allow config:*
  link config remediation.config
AliyunConfigReadOnlyAccess v2 documented: Read configuration rules and their results.
  allow config:{Describe*,List*,Get*}
AliyunResourceDirectoryFullAccess v1 assumed: Manage the resource directory.
  allow resourcemanager:*
  link resourcemanager
AliyunResourceDirectoryReadOnlyAccess v6 documented: Read the resource directory.
  allow resourcemanager:{Get*,List*}
AliyunResourceSharingFullAccess v3 documented: Manage shares of resources between accounts.
  allow resourcesharing:*
  allow ram:{CreateServiceLinkedRole,DeleteServiceLinkedRole}
    if StringEquals ram:ServiceName resourcesharing.aliyuncs.com
AliyunResourceSharingReadOnlyAccess v3 documented: Read shares of resources between accounts.
  allow resourcesharing:{List*,Get*,CheckSharingWithResourceDirectoryStatus}
AliyunResourceCenterReadOnlyAccess v1 documented: Search resources of all services.
  allow resourcecenter:{Get*,List*,Search*,ExecuteSQLQuery,ExecuteMultiAccountSQLQuery}
  allow tag:ListTag*
AliyunTAGReadOnlyAccess v2 documented: Read tags of all services.
  allow tag:{List*,Get*,Describe*} *:{ListTagResources,DescribeTags,DescribeTagKeys,ListTagKeys}
    *:ListTagValues rds:DescribeDBInstanceByTags oss:GetBucketTagging live:ListLiveTagResources
    elasticsearch:ListTagResource vpc:ListTagResourcesForExpressConnect
    vpc:DescribeTagKeysForExpressConnect
AliyunCloudSSOReadOnlyAccess v1 documented: Read sign-on settings of a resource directory.
  allow cloudsso:{List*,Get*,Check*}
  allow resourcemanager:{GetResourceDirectory,GetFolder,GetAccount,ListAccounts}
  allow ram:{GetPolicy,GetPolicyVersion,ListPolicyVersions} on acs:ram:*:system:policy/*
AliyunCloudControlAPIFullAccess v1 documented: Manage resources through the Cloud Control API.
  allow cloudcontrol:* on acs:cloudcontrol:*:*:*
AliyunCloudControlAPIReadOnlyAccess v1 documented: Read resources through the Cloud Control API.
  allow cloudcontrol:{List*,Get*} on acs:cloudcontrol:*:*:*
AliyunAccountCenterReadOnlyAccess v3 documented: Read contacts and addresses of the account.
  allow accountcenter:{Query*,AccountAddressQuery*,AccountContactQuery*}
    accountcenter:{EnterpriseContactQuery*,EnterpriseAddressQuery*,EnterpriseTodoQuery*}
AliyunBSSFullAccess v1 assumed: Manage bills, orders and invoices.
  allow bss:* bssapi:* efc:*
AliyunBSSReadOnlyAccess v1 assumed: Read bills, orders and invoices.
  allow bss:{read} bssapi:{read} efc:{read}
AliyunBSSOrderAccess v1 assumed: See, pay and cancel orders.
  allow bss:{DescribeOrderList,DescribeOrderDetail,PayOrder,CancelOrder}
AliyunSupportFullAccess v1 assumed: Open and follow support tickets.
  allow support:*
AliyunAuthorizationFullAccess v1 documented: Manage grants to support staff.
  allow workorder-authorization:*
AliyunAgentIdentityDataFullAccess v1 documented: Manage identity data of agents.
  allow agentidentitydata:*
"""
