"""Why operations of the published API are refused."""

from juyong.api.product import because

REFUSED = because(
    {
        "tags are set by TagResources and listed by ListTagResources": "*Tag*",
        "there is no machine that a key pair could be attached to": "AttachKeyPair DetachKeyPair",
        "nothing is sold here, so nothing has a price or a term": (
            "*Price* *Reserved* *SavingsPlan* *Elasticity* *CapacityReservation* *CapacityUnit* "
            "*Renew* *ChargeType *SpotAdvice"
        ),
        "this platform has no block storage": "*Disk* *Snapshot* *StorageSet*",
        "this platform has no images": "*Image*",
        "networks are made by the operations of VPC": (
            "*Vpc* *VSwitch* *Route* *Eip* *HaVip* *Nat* *Network* *Eni* "
            "*Ip* *Bandwidth* *Forward* *PhysicalConnection* *ClassicLink* *AccessPoints"
        ),
        "there is no machine that could run a command": (
            "*Command* *Invocation* *Terminal* *SendFile* *CloudAssistant* *Managed* *Activation* "
            "*PluginStatus"
        ),
        "there are no resource groups": "JoinResourceGroup",
        "this platform runs no virtual machines": "*",
    }
)
