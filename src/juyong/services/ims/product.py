"""The IMS product.

Source: the text of a denial, as RAM's (assumed).
"""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product, because

PRODUCT = Product(
    code="Ims",
    # IMS authorises under RAM's action prefix.
    ram_code="ram",
    version="2019-08-15",
    hosts=api_hosts("ims", "ims.vpc-proxy.aliyuncs.com"),
    title="Identity Management Service",
    source="IMS API reference",
    is_global=True,
    dialect=Dialect(
        denied=(
            "NoPermission",
            403,
            "You are not authorized to do this action. Resource: {resource} Action: {action}",
        )
    ),
    service_codes=("ims",),
    also_in=("juyong.services.identity",),
    quotas={
        "ims.oidc-client-ids": 50,
        "ims.oidc-fingerprints": 5,
        "ims.oidc-providers": 100,
        "ims.recycled-users": 1000,
        "ims.saml-providers": 100,
    },
    refused=because(
        {
            "there is no OAuth server here, so no application could sign users in": (
                "*Application* *AppSecret* ListPredefinedScopes"
            ),
            "no product here takes credentials for one service; AccessKeys serve all products": (
                "*ServiceCredential*"
            ),
            "nothing here sends text messages or mail, so no phone or address can be confirmed": (
                "*Verification*"
            ),
            "the figures are defined by a cloud service that is not part of this platform": (
                "*Governance*"
            ),
        }
    ),
)
