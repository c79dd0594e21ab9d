"""Why operations of the published API are refused."""

from juyong.api.product import because

REFUSED = because(
    {
        "tags are set by TagResources and listed by ListTagResources": "*Tag*",
        "nothing is sold here, so nothing has a price or a term": (
            "*Price* *Reserved* *SavingsPlan* *Elasticity* *CapacityReservation* *CapacityUnit* "
            "*Renew* *ChargeType *SpotAdvice"
        ),
        "an instance keeps its vSwitch and its primary address: make another instance": (
            "ModifyInstanceVpcAttribute"
        ),
        "the traffic of an instance has no limit": "ModifyInstanceNetworkSpec",
        "an instance stays where it is": "ModifyInstanceDeployment",
        "all instances run on the machine that the platform runs on: no set of them is spread over "
        "machines, and none has a machine or a network of its own": (
            "*DeploymentSet* *DedicatedHost* *HpcCluster*"
        ),
        "an interface is attached to instances of its own account alone": (
            "*NetworkInterfacePermission*"
        ),
        "a snapshot leaves its region in an image: CopyImage": "CopySnapshot ExportSnapshot",
        "snapshots have one category and no lock, and are made one by one": "*Snapshot*",
        "disks go back one by one: ResetDisk": "ResetDisks",
        "disks are folders of the machine that the platform runs on": "*StorageSet*",
        "an image is shared with accounts that are named": "*ImageShare*",
        "images are made by CreateImage, of instances and snapshots": "*Image*",
        "a disk keeps its category and its place": "*Disk*",
        "the public address of an instance is an EIP of the VPC product: AllocateEipAddress, "
        "AssociateEipAddress": "*PublicIp* *Eip*",
        "networks here have IPv4 alone": "*Ipv6*",
        "VPCs, their routes and their public addresses are served by the VPC product": (
            "*Vpc* *VSwitch* *Route* *HaVip* *Nat* *Bandwidth* *Forward* *PhysicalConnection* "
            "*ClassicLink* *AccessPoints"
        ),
        "this platform has no such networks": "*Network* *Eni*",
        "there are no resource groups": "JoinResourceGroup",
        "a command runs once, at once, and its invocation stays as it is": "*Invocation*",
        "instances run commands, by RunCommand, and have no agent that does more": (
            "*Terminal* *SendFile* *CloudAssistant* *Managed* *Activation* *PluginStatus "
            "*UserBusinessBehavior"
        ),
        "an instance has no console: it is a set of namespaces": "*Vnc* *Console* *Screenshot*",
        "this operation is no part of the instances of this platform": "*",
    }
)
