"""The WAF product, of which the platform serves what it can say of sites that are protected."""

from juyong.api.errors import Throttled
from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product, Spelling, because

_COMMAND = "sites are put behind the WAF by the command `juyong waf protect`"
_RULES = "rules are files in SecLang, see `juyong waf rules` and `juyong waf tune`"

PRODUCT = Product(
    code="waf-openapi",
    ram_code="yundun-waf",
    version="2021-10-01",
    hosts=api_hosts(
        "wafopenapi", "wafopenapi.vpc-proxy.aliyuncs.com", "wafopenapi-intl.vpc-proxy.aliyuncs.com"
    ),
    title="Web Application Firewall",
    source="WAF 3.0 API reference",
    service_codes=("wafopenapi",),
    dialect=Dialect(
        missing=("MissingParameter", 'The input parameter "{name}" is mandatory.'),
        invalid_code="InvalidParameter",
        invalid_texts=dict.fromkeys(
            ("Length", "InvalidChars", "Format", "Range", ""), "The parameter {name} is invalid."
        ),
        denied=("Forbidden.RAM", 403, "User not authorized to operate on the specified resource."),
        spellings={Throttled: Spelling("Throttling.User", 429)},
    ),
    refused=because(
        {
            _COMMAND: "CreateDomain ModifyDomain DeleteDomain ModifyDomain* *CloudResource*",
            _RULES: "*DefenseRule* *DefenseTemplate* *Address* *BaseSystemRules *RuleGroups",
            "there is no bill: the WAF is a program of the operator": (
                "CreatePostpaidInstance ReleaseInstance *Charge*"
            ),
            "certificates are files that `juyong waf protect --cert` names": "*Cert* *DefaultHttps",
            "figures are those of `juyong waf report`, and of /metrics": (
                "*Flow* *RuleHits* *Visit* *SecurityEvent* *PeakTrend *ResponseCodeTrendGraph"
            ),
            "the access log is a file, see `juyong waf tail`": "*Log*",
            "APIs are not inventoried": "*Apisec* *Sensitive* *UserApi* *UserAsset*",
            "there are no hybrid clusters": "*HybridCloud*",
        }
    ),
)
