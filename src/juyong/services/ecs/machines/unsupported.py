"""Published parameters of instances that are refused, each with the reason."""

from juyong.api.product import because

NOT_SOLD = "nothing is sold here, so nothing has a price or a term"
NO_HOSTS = "there are no hosts to choose among"
NO_PASSWORDS = "an instance has no login that takes a password"
NO_TIMES = "no list is narrowed by times of creation or of an end"
NO_IPV6 = "networks here have IPv4 alone"
NO_GROUPS = "there are no resource groups"
_NO_CPU = "an instance has the processors of the machine that the platform runs on"
LAUNCHING = because(
    {
        NOT_SOLD: (
            "AutoPay AutoRenew AutoRenewPeriod Period PeriodUnit SpotDuration SpotPriceLimit"
            " SpotInterruptionBehavior CreditSpecification PrivatePoolOptions"
        ),
        NO_HOSTS: (
            "Affinity DedicatedHostId DeploymentSetId DeploymentSetGroupNo HpcClusterId ClusterId"
            " Tenancy SchedulerOptions StorageSetId StorageSetPartitionNumber"
            " NodeControllerId ManagedHostId"
        ),
        NO_PASSWORDS: "Password PasswordInherit",
        NO_GROUPS: "ResourceGroupId",
        _NO_CPU: ("CpuOptions SecurityOptions ClockOptions"),
        "an instance is deleted by a call alone": "AutoReleaseTime",
        "an instance that stops keeps no memory": "HibernationOptions",
        "no further services come with an instance": "UseAdditionalService",
        "hop limits of the metadata service are not published": "HttpPutResponseHopLimit",
        "traffic into an instance has no limit": "InternetMaxBandwidthIn",
        "there are no other networks than VPCs": "InnerIpAddress VlanId Isp",
        "no call is made for another account": "Arn",
    }
)
RUNNING = {
    **LAUNCHING,
    **because(
        {
            NO_IPV6: "Ipv6AddressCount Ipv6Address",
            "one name makes those of all instances, by UniqueSuffix": "HostNames",
            "all instances of a call are made, or none": "MinAmount",
            "interfaces have one queue": "NetworkInterfaceQueueNumber",
            "names of instances are their own": "PrivateDnsNameOptions",
            "images have no options": "ImageOptions",
            "networks have no options": "NetworkOptions",
        }
    ),
}
