"""Fields of the SDKs' models that we leave out of answers or tolerate unread, and why."""

Gaps = dict[tuple[str, str], str]

_BOUGHT = "an instance is registered, not bought: its server, plan and network are not known"
_SQL_SERVER = "of SQL Server"
_GROUPS = "there are no resource groups"
_FEW_TARGETS = "event rules have contacts and webhooks as targets"
_FEW_CHANNELS = "contacts are reached by mail and by DingTalk, whose URLs are secrets"
_NONE_HAS = "no resource of the platform has any"
_UNUSED = "ExpireTime IpAddressAttributes IpAddresses ResourceGroupId ZoneId"


def _under(operation: str, path: str, why: str, names: str) -> Gaps:
    return {(operation, f"{path}{name}"): why for name in names.split()}


LEFT_OUT: Gaps = {
    **_under(
        "Ims.GetAccountSecurityPracticeReport",
        "AccountSecurityPracticeInfo.",
        "how it is made, or where old and unused begin, is published nowhere",
        """Score AccountSecurityPracticeUserInfo.OldAkNum AccountSecurityPracticeUserInfo.UnusedAkNum
        AccountSecurityPracticeUserInfo.SubUserPwdLevel
        AccountSecurityPracticeUserInfo.SubUserWithOldAccessKey
        AccountSecurityPracticeUserInfo.SubUserWithUnusedAccessKey""",
    ),
    **_under(
        "Kms.GetKmsInstance",
        "KmsInstance.",
        "an instance is in no network",
        "VpcId VpcNum ZoneIds VswitchIds BindVpcs",
    ),
    ("Rds.CheckAccountNameAvailable", "ResourceGroupId"): _GROUPS,
    ("Rds.DescribeAccounts", "ResourceGroupId"): _GROUPS,
    ("Ecs.DescribeKeyPairs", "KeyPairs.KeyPair.ResourceGroupId"): _GROUPS,
    **_under("ResourceCenter.SearchResources", "Resources.", _NONE_HAS, _UNUSED),
    **_under("ResourceCenter.BatchGetResourceConfigurations", "Resources.", _NONE_HAS, _UNUSED),
    **_under("ResourceCenter.GetResourceConfiguration", "", _NONE_HAS, _UNUSED),
    **_under(
        "ResourceCenter.ListResourceTypes",
        "ResourceTypes.",
        "other interfaces know the types by the same name",
        "CodeMapping RelatedResourceTypes",
    ),
    ("Tag.ListSupportResourceTypes", "SupportResourceTypes.SupportItems.SupportDetails"): (
        "what is supported is supported without limits"
    ),
    **_under(
        "Rds.DescribeAccounts",
        "",
        _SQL_SERVER,
        """Accounts.DBInstanceAccount.CheckPolicy Accounts.DBInstanceAccount.PasswordExpireTime
        SystemAdminAccountFirstActivationTime SystemAdminAccountStatus""",
    ),
    **_under(
        "Rds.DescribeDatabases",
        "Databases.Database.",
        "of SQL Server and DuckDB",
        "AdvancedInfo BasicInfo DuckDBEnabled RuntimeInfo",
    ),
    ("Rds.DescribeDBInstances", "Items.DBInstance.DBInstanceStatus"): (
        "a list connects to no database; DescribeDBInstanceAttribute does"
    ),
    **_under(
        "Rds.DescribeDBInstances",
        "Items.DBInstance.",
        _BOUGHT,
        """AutoRenewal BlueGreenDeploymentName BlueInstanceName BpeEnabled BurstingEnabled Category
        ColdDataEnabled ConnectionMode DBInstanceCPU DBInstanceClass DBInstanceMemory
        DBInstanceNetType DBInstanceStorageType DedicatedHostGroupId DedicatedHostGroupName
        DedicatedHostIdForLog DedicatedHostIdForMaster DedicatedHostIdForSlave
        DedicatedHostNameForLog DedicatedHostNameForMaster DedicatedHostNameForSlave
        DedicatedHostZoneIdForLog DedicatedHostZoneIdForMaster DedicatedHostZoneIdForSlave
        DeletionProtection DestroyTime ExpireTime GeneralGroupName GreenInstanceName
        GuardDBInstanceId InstanceNetworkType IoAccelerationEnabled IsAnalyticIns
        IsAnalyticReadOnlyIns LockMode LockReason MasterInstanceId MutriORsignle PayType
        ReadOnlyDBInstanceIds ResourceGroupId SwitchWeight TempDBInstanceId Tips TipsLevel
        VSwitchId VpcCloudInstanceId VpcId VpcName ZoneId""",
    ),
    **_under(
        "Rds.DescribeDBInstanceAttribute",
        "Items.DBInstanceAttribute.",
        _BOUGHT,
        """AccountMaxQuantity AdvancedFeatures AutoUpgradeMinorVersion AvailabilityValue
        BabelfishConfig BlueGreenDeploymentName BlueInstanceName BpeEnabled BurstingEnabled
        CanTempUpgrade Category ColdDataEnabled Collation CompressionMode CompressionRatio
        ComputeBurstEnabled ConnectionMode ConsoleVersion CurrentKernelVersion DBClusterNodes
        DBInstanceCPU DBInstanceClass DBInstanceClassType DBInstanceDiskUsed DBInstanceMemory
        DBInstanceNetType DBInstanceStorage DBInstanceStorageType DBMaxQuantity
        DedicatedHostGroupId DeletionProtection DisasterRecoveryInfo DisasterRecoveryInstances
        DrReplicaInfo ExpireTime Extra GeneralGroupName GreenInstanceName GuardDBInstanceId IPType
        IncrementSourceDBInstanceId InstanceNetworkType InstructionSetArch IoAccelerationEnabled
        IsAnalyticIns IsAnalyticReadOnlyIns LatestKernelVersion LockMode LockReason MaintainTime
        MasterInstanceId MasterZone MaxConnections MaxIOMBPS MaxIOPS MultipleTempUpgrade
        NodePerformance OptimizedWritesInfo PGBouncerEnabled PayType ProxyType
        ReadOnlyDBInstanceIds ReadOnlyStatus ReadonlyInstanceSQLDelayedTime ResourceGroupId
        SecurityIPList SecurityIPMode ServerlessConfig SlaveZones SuperPermissionMode
        SupportCompression TempDBInstanceId TempUpgradeTimeEnd TempUpgradeTimeStart TimeZone Tips
        TipsLevel VSwitchId VectorSupportStatus VpcCloudInstanceId VpcId WarmStandbyInfo ZoneId
        kindCode""",
    ),
    **_under(
        "Rds.DescribeDBInstanceNetInfo",
        "DBInstanceNetInfos.DBInstanceNetInfo.",
        _BOUGHT,
        """BabelfishPort DBInstanceWeights DistributionType ExpiredTime IPType MaxDelayTime
        PGBouncerPort SecurityIPGroups Upgradeable VPCId VSwitchId""",
    ),
    **_under("Rds.DescribeDBInstanceNetInfo", "", _BOUGHT, "InstanceNetworkType SecurityIPMode"),
    **_under(
        "Cms.DescribeEventRuleTargetList",
        "",
        _FEW_TARGETS,
        "FcParameters MnsParameters OpenApiParameters SlsParameters",
    ),
    ("Cms.DescribeEventRuleList", "EventRules.EventRule.EventPattern.EventPattern.KeywordFilter"): (
        "PutEventRule has no such member"
    ),
    ("Cms.DescribeEventRuleAttribute", "Result.EventPattern.KeywordFilterObj"): (
        "PutEventRule has no such member"
    ),
    **_under(
        "Cms.DescribeAlertLogList",
        "AlertLogList.",
        _FEW_CHANNELS,
        """BlackListDetail BlackListName BlackListUUID ContactALIIWWList ContactDingList
        ContactOnCallList ContactSMSList DingdingWebhookList EventName ExtendedInfo SendDetail
        SendResultList""",
    ),
    **_under(
        "Cms.DescribeAlertHistoryList",
        "AlarmHistoryList.AlarmHistory.",
        _FEW_CHANNELS,
        "ContactALIIMs ContactSmses Contacts",
    ),
    **_under(
        "Cms.DescribeAlertingMetricRuleResources",
        "Resources.Resource.Escalation.Resource.",
        "a rule has conditions on one metric",
        "ExpressionList ExpressionListJoin ExpressionRaw PreCondition Tag",
    ),
    **_under(
        "Cms.DescribeMetricRuleList",
        "Alarms.Alarm.",
        "a rule has conditions on one metric",
        """CompositeExpression Escalations.Critical.PreCondition Escalations.Info.PreCondition
        Escalations.Warn.PreCondition Prometheus""",
    ),
    **_under(
        "Cms.DescribeMonitorGroups",
        "Resources.Resource.",
        "groups are made by CreateMonitorGroup alone, without tags and templates",
        """BindUrl DynamicTagRuleId GroupFounderTagKey GroupFounderTagValue ResourceGroupId
        ServiceId TemplateIds TemplateInfos""",
    ),
    ("Cms.DescribeMonitorGroupInstances", "Resources.Resource.Id"): (
        "instances are known by category and id"
    ),
    **_under("Ecs.DescribeRegions", "Regions.Region.", "nothing is sold here", "Status"),
    **_under(
        "Rds.DescribeRegions", "Regions.RDSRegion.", "regions have no zones", "ZoneId ZoneName"
    ),
}

IGNORED: Gaps = {
    ("Rds.CheckAccountNameAvailable", "ClientToken"): "the operation changes nothing",
    ("Rds.DescribeDBInstances", "ClientToken"): "the operation changes nothing",
    ("Rds.DescribeDBInstanceNetInfo", "ClientToken"): "the operation changes nothing",
    ("Rds.DescribeDBInstanceNetInfo", "Flag"): "reserved, without a meaning",
    ("Cms.DescribeEventRuleAttribute", "SilenceTime"): "the operation changes nothing",
    ("Ecs.DescribeSecurityGroups", "IsQueryEcsCount"): "counts are always told",
    ("Ecs.DescribeSecurityGroupAttribute", "NicType"): "without a meaning in a VPC",
    ("Ecs.DescribeSecurityGroupAttribute", "Attribute"): "no group has a snapshot policy",
}

OF_THE_GATEWAY = dict.fromkeys(
    ("OwnerId", "OwnerAccount", "ResourceOwnerId", "ResourceOwnerAccount"),
    "deprecated: the caller's signature says whose the call is",
)
"""Request fields of RDS and ECS, undocumented and filled in by the real gateway."""
