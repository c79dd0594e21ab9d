"""Published parameters of instances that are refused, each with the reason."""

from juyong.api.product import because

NOT_SOLD = "nothing is sold here, so nothing has a price or a term"
NO_HOSTS = "there are no hosts to choose among"
NO_TEMPLATES = "there are no launch templates"
NO_PASSWORDS = "an instance has no login that takes a password"
NO_IPV6 = "networks here have IPv4 alone"
NO_GROUPS = "there are no resource groups"
_NO_CPU = "an instance has the processors of the machine that the platform runs on"
LAUNCHING = because(
    {
        NOT_SOLD: (
            "AutoPay AutoRenew AutoRenewPeriod Period PeriodUnit SpotDuration SpotPriceLimit"
            " SpotInterruptionBehavior CreditSpecification PrivatePoolOptions.Id"
        ),
        NO_HOSTS: (
            "Affinity DedicatedHostId DeploymentSetId DeploymentSetGroupNo HpcClusterId ClusterId"
            " Tenancy SchedulerOptions.DedicatedHostClusterId StorageSetId"
            " StorageSetPartitionNumber NodeControllerId"
        ),
        NO_PASSWORDS: "Password PasswordInherit",
        NO_GROUPS: "ResourceGroupId",
        _NO_CPU: (
            "CpuOptions.Core CpuOptions.Numa CpuOptions.ThreadsPerCore CpuOptions.TopologyType"
            " SecurityOptions.ConfidentialComputingMode SecurityOptions.TrustedSystemMode"
        ),
        "an instance is deleted by a call alone": "AutoReleaseTime",
        "hop limits of the metadata service are not published": "HttpPutResponseHopLimit",
        "traffic into an instance has no limit": "InternetMaxBandwidthIn",
        "there are no other networks than VPCs": "InnerIpAddress VlanId Isp",
    }
)
RUNNING = {
    **LAUNCHING,
    **because(
        {
            NO_TEMPLATES: "LaunchTemplateId LaunchTemplateName LaunchTemplateVersion",
            NO_IPV6: "Ipv6AddressCount Ipv6Address.1",
            "one name makes those of all instances, by UniqueSuffix": "HostNames.1",
            "all instances of a call are made, or none": "MinAmount",
        }
    ),
}
