"""The IMS product.

Source: the text of a denial, as RAM's (assumed).
"""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product

_APPLICATIONS = (
    "there is no OAuth authorisation server here, so that applications could sign in nobody"
)
_SERVICE_CREDENTIALS = "no product here takes credentials of a service's own beside AccessKeys"
_VERIFICATION = (
    "nothing here sends text messages or mail, so that no phone or address could be confirmed"
)
_GOVERNANCE = "the figures are defined by a cloud service that is not part of this platform"

PRODUCT = Product(
    code="Ims",
    # IMS authorises under RAM's action prefix.
    ram_code="ram",
    version="2019-08-15",
    hosts=api_hosts("ims", "ims.vpc-proxy.aliyuncs.com"),
    title="Identity Management Service",
    is_global=True,
    dialect=Dialect(
        denied=(
            "NoPermission",
            403,
            "You are not authorized to do this action. Resource: {resource} Action: {action}",
        )
    ),
    service_codes=("ims",),
    refused={
        **dict.fromkeys(
            (
                *("CreateApplication", "GetApplication", "UpdateApplication", "DeleteApplication"),
                *("ListApplications", "ListPredefinedScopes"),
                *("CreateAppSecret", "GetAppSecret", "DeleteAppSecret", "ListAppSecretIds"),
                *("ProvisionApplication", "DeprovisionApplication"),
                *("GetApplicationProvisionInfo", "ListApplicationProvisionInfos"),
                *("ProvisionExternalApplication", "DeprovisionExternalApplication"),
                *("GetExternalApplication", "ListExternalApplications"),
            ),
            _APPLICATIONS,
        ),
        **dict.fromkeys(
            (
                *("CreateServiceCredential", "GetServiceCredential", "UpdateServiceCredential"),
                *("DeleteServiceCredential", "ListServiceCredentials"),
            ),
            _SERVICE_CREDENTIALS,
        ),
        **dict.fromkeys(
            ("SetVerificationInfo", "GetVerificationInfo", "UnbindVerification"), _VERIFICATION
        ),
        **dict.fromkeys(
            (
                *("GenerateGovernanceReport", "GetGovernanceReportStatus"),
                *("GetGovernanceItemReport", "ListRecentGovernanceMetrics"),
            ),
            _GOVERNANCE,
        ),
    },
)
