"""Fields of the ECS SDK's models that we leave out of answers, and why."""

Gaps = dict[tuple[str, str], str]

_NOT_SOLD = "nothing is sold here"
_NO_SUCH = "the platform has nothing of the kind that the member tells of"
_EMPTY = "a member of the items of a list that is always empty"
_SPEED = "an instance is as fast as the machine that the platform runs on"


def _under(operation: str, path: str, why: str, names: str) -> Gaps:
    return {(f"Ecs.{operation}", f"{path}{name}"): why for name in names.split()}


_OF_INTERFACE = (
    "Ipv4PrefixSets Ipv6PrefixSets Ipv6Sets.Ipv6Set.Ipv6Address Ipv6Sets.Ipv6Set.Primary"
)
_OSS_OUTPUT = "OssOutputErrorCode OssOutputErrorInfo OssOutputStatus OssOutputUri"

LEFT_OUT: Gaps = {
    **_under("RunInstances", "", _NOT_SOLD, "OrderId TradePrice"),
    **_under("CreateInstance", "", _NOT_SOLD, "OrderId TradePrice"),
    **_under("CreateDisk", "", _NOT_SOLD, "OrderId"),
    **_under("ModifyInstanceSpec", "", _NOT_SOLD, "OrderId"),
    **_under(
        "DescribeImages",
        "Images.Image.",
        _NO_SUCH,
        """DetectionOptions LicenseType SecureBootOptions SupplierName
        Features.CpuOnlineDowngrade Features.CpuOnlineUpgrade Features.MemoryOnlineDowngrade
        Features.MemoryOnlineUpgrade""",
    ),
    **_under(
        "DescribeAutoSnapshotPolicyEx",
        "AutoSnapshotPolicies.AutoSnapshotPolicy.",
        _NO_SUCH,
        "AssociationType CopyEncryptionConfiguration TargetCopyRegions TargetTags",
    ),
    **_under(
        "DescribeInstanceTypes",
        "InstanceTypes.InstanceType.",
        _SPEED,
        """Attributes Clock CpuOptions CpuSpeedFrequency CpuTurboFrequency EnhancedNetwork
        InstanceBandwidthRx InstanceBandwidthTx InstancePpsRx InstancePpsTx JumboFrameSupport
        MaximumQueueNumberPerEni NetworkCards NetworkEncryptionSupport NetworkInfo
        PhysicalProcessorModel SecurityOptions SupportedBootModes TotalEniQueueQuantity""",
    ),
    **_under(
        "DescribeDisks",
        "Disks.Disk.",
        _NO_SUCH,
        """BdfId BurstingEnabled DataSource IOPS IOPSRead IOPSWrite MountInstanceNum Placement
        ProvisionedIops SourceDiskId StorageClusterId StorageSetId StorageSetPartitionNumber
        Throughput ThroughputRead ThroughputWrite""",
    ),
    **_under(
        "DescribeSnapshotGroups",
        "SnapshotGroups.SnapshotGroup.",
        _NO_SUCH,
        "ProgressStatus Snapshots.Snapshot.InstantAccessRetentionDays",
    ),
    **_under(
        "DescribeSnapshots",
        "Snapshots.Snapshot.",
        _NO_SUCH,
        """FullSnapshotSizeInBytes InstantAccessRetentionDays RemainTime SnapshotLinkId
        SnapshotSN SourceRegionId SourceSnapshotId""",
    ),
    **_under(
        "AssignPrivateIpAddresses", "AssignedPrivateIpAddressesSet.", _NO_SUCH, "Ipv4PrefixSet"
    ),
    **_under("CreateNetworkInterface", "", _NO_SUCH, f"{_OF_INTERFACE} ServiceID SourceDestCheck"),
    **_under(
        "DescribeNetworkInterfaces",
        "NetworkInterfaceSets.NetworkInterfaceSet.",
        _NO_SUCH,
        f"""{_OF_INTERFACE} PrivateIpSets.PrivateIpSet.AssociatedPublicIp QueuePairNumber ServiceID
        PrivateIpSets.PrivateIpSet.PrivateDnsName SourceDestCheck""",
    ),
    **_under("DescribeInstanceAttribute", "", _NO_SUCH, "NetworkOptions SecurityOptions"),
    **_under(
        "DescribeInstanceMaintenanceAttributes",
        "MaintenanceAttributes.MaintenanceAttribute.MaintenanceWindows.MaintenanceWindow.",
        _EMPTY,
        "EndTime StartTime",
    ),
    **_under(
        "DescribeInstances",
        "Instances.Instance.",
        _NO_SUCH,
        """AdditionalInfo ClockOptions CpuOptions.EnableVISST CpuOptions.EnableVRDT
        CpuOptions.NestedVirtualization CpuOptions.TopologyType CpuOptions.TurboMode
        DeploymentSetGroupNo EcsCapacityReservationAttr EnableNVS ISP ImageOptions
        NetworkInterfaces.NetworkInterface.Ipv4PrefixSets
        NetworkInterfaces.NetworkInterface.Ipv6PrefixSets
        NetworkInterfaces.NetworkInterface.Ipv6Sets.Ipv6Set.Ipv6Address
        NetworkInterfaces.NetworkInterface.Ipv6Sets.Ipv6Set.Primary
        NetworkInterfaces.NetworkInterface.PrivateIpSets.PrivateIpSet.PrivateDnsName
        PrivateDnsNameOptions SecurityOptions SpotInterruptionBehavior""",
    ),
    **_under(
        "DescribeCommands",
        "Commands.Command.",
        _NO_SUCH,
        """Category Latest Launcher ResourceGroupId Tags Version
        ParameterDefinitions""",
    ),
    **_under(
        "DescribeInvocations",
        "Invocations.Invocation.",
        _NO_SUCH,
        """ContainerId ContainerName Launcher OssOutputDelivery Tags
        InvokeInstances.InvokeInstance.OssOutputErrorCode
        InvokeInstances.InvokeInstance.OssOutputErrorInfo
        InvokeInstances.InvokeInstance.OssOutputStatus InvokeInstances.InvokeInstance.OssOutputUri""",
    ),
    **_under(
        "DescribeInvocationResults",
        "Invocation.InvocationResults.InvocationResult.",
        _NO_SUCH,
        f"ContainerId ContainerName Launcher OssOutputDelivery Tags {_OSS_OUTPUT}",
    ),
    **_under(
        "DescribeCloudAssistantStatus",
        "InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus.",
        _NO_SUCH,
        "CloudAssistantVersion LastHeartbeatTime",
    ),
}

_TEMPLATE = "LaunchTemplateVersionSets.LaunchTemplateVersionSet.LaunchTemplateData."
LEFT_OUT |= {
    **_under(
        "DescribeLaunchTemplateVersions",
        _TEMPLATE,
        "a template that says so is refused",
        """AutoReleaseTime AutoRenew AutoRenewPeriod CreditSpecification DeploymentSetId
        HttpPutResponseHopLimit ImageOptions InternetMaxBandwidthIn Ipv6AddressCount Period
        PeriodUnit ResourceGroupId SecurityOptions SpotPriceLimit DataDisks.DataDisk.BurstingEnabled
        DataDisks.DataDisk.Device DataDisks.DataDisk.ProvisionedIops SystemDisk.BurstingEnabled
        SystemDisk.Iops SystemDisk.ProvisionedIops""",
    ),
    **_under(
        "DescribeInstanceHistoryEvents",
        "InstanceSystemEventSet.InstanceSystemEventType.",
        _EMPTY,
        """EventCycleStatus EventFinishTime EventPublishTime EventType ExtendedAttribute ImpactLevel
        NotBefore Reason ReasonCode ResourceType""",
    ),
}

ADDED: Gaps = {
    **_under(
        "DescribeImageFromFamily",
        "Image.",
        "DescribeImages gives the member, and an image has one shape",
        """BootMode Features ImageOwnerId IsPublic LoginAsNonRootSupported OSNameEn ResourceGroupId
        Usable DiskDeviceMappings.DiskDeviceMapping.Encrypted
        DiskDeviceMappings.DiskDeviceMapping.Progress
        DiskDeviceMappings.DiskDeviceMapping.RemainTime""",
    ),
    **_under(
        "DescribeLaunchTemplateVersions",
        f"{_TEMPLATE}SystemDisk.",
        "the member of this name, with its dot, which the documented answer has",
        """Category DeleteWithInstance Description DiskName Encrypted KMSKeyId PerformanceLevel
        Size""",
    ),
}
"""Members that the SDK's models lack."""

IGNORED: Gaps = _under(
    "DescribeInstanceHistoryEvents",
    "",
    "no instance has system events, so that a filter leaves none out",
    """EventCycleStatus EventId EventPublishTime EventType InstanceEventCycleStatus
    InstanceEventType InstanceId NotBefore ResourceId Tag""",
)
"""Parameters that are read by no operation."""
