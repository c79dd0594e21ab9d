"""Products whose plain FullAccess and ReadOnlyAccess policies follow one pattern.

SOURCE: the naming pattern is documented, the bodies are assumed: every action of the product's
prefixes, or its verbs of reading. A policy written out elsewhere wins over the one made here.
"""

from collections.abc import Iterator

from juyong.content.policies.evidence import Evidence
from juyong.content.policies.notation import Entry

_PRODUCTS = """
STS sts: session credentials
ResourceManager resourcemanager: resource groups and members
ResourceCenter resourcecenter: search over resources
TAG tag: tags
CloudSSO cloudsso: sign-on to a resource directory
AccountCenter accountcenter: contacts and addresses of the account
Support support: support tickets
Quotas quotas: quotas
YundunWAFv3 yundun-waf: Web Application Firewall 3.0
YundunNDR yundun-ndr: traffic analysis
YundunNewBGPAntiDDoSServicePRO yundun-ddoscoo: Anti-DDoS Proxy
YundunDDoSDiversion ddosdiversion: diversion of floods
YundunAFS yundun-afs: the check that a visitor is human
YundunSC yundun-sc: security control
YundunIDaaS yundun-idaas: identity as a service
ALB alb: application load balancers
NLB nlb: network load balancers
GA ga: global acceleration
PrivateLink privatelink: private access to services
Pvtz pvtz: private domain names
ECI eci: container instances
SAE sae: serverless applications
MNS mns: message queues
CDN cdn: content delivery
DCDN dcdn: dynamic content delivery
NAS nas: file systems
OTS ots: tables
ESS ess: scaling of server groups
ROS ros: stacks of resources
EventBridge eventbridge: event buses
ApiGateway apigateway: published interfaces
ARMS arms: application monitoring
HBR hbr: backups
DTS dts: data transmission
DMS dms: database tools
HDM hdm: database diagnosis
Polardb polardb: PolarDB clusters
Kvstore kvstore: in-memory databases
MongoDB dds: document databases
Elasticsearch elasticsearch: search clusters
AliKafka alikafka: Kafka instances
MQ mq: message topics
MSE mse: microservices
EMR emr: data clusters
SMC smc: server migration
FnF fnf: serverless workflows
"""


def product_entries() -> Iterator[Entry]:
    """Return the policies that follow the pattern, two for each product."""
    for line in _PRODUCTS.strip().splitlines():
        head, _, noun = line.partition(": ")
        product, code = head.split()
        yield _entry(f"Aliyun{product}FullAccess", f"Manage {noun}.", f"allow {code}:*")
        yield _entry(f"Aliyun{product}ReadOnlyAccess", f"Read {noun}.", f"allow {code}:{{read}}")


def _entry(name: str, text: str, statement: str) -> Entry:
    return Entry(name=name, tag="v1", evidence=Evidence.ASSUMED, text=text, statements=(statement,))
