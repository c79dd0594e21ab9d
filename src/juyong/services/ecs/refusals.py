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
        "this platform has no virtual networks": (
            "*Vpc* *VSwitch* *SecurityGroup* *Route* *Eip* *HaVip* *Nat* *Network* *Eni* "
            "*Ip* *Bandwidth* *Forward* *PhysicalConnection* *ClassicLink* *PortRangeList* "
            "*PrefixList* *AccessPoints"
        ),
        "there is no machine that could run a command": (
            "*Command* *Invocation* *Terminal* *SendFile* *CloudAssistant* *Managed* *Activation* "
            "*PluginStatus"
        ),
        "this platform runs no virtual machines; of ECS it serves key pairs and regions": "*",
    }
)
