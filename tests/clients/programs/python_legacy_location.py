"""Calls of the first Python SDK for which its own tables hold no endpoint: it asks the platform.

Each argument is `product,version,action,region`.
"""

import json
import os
import sys

from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.endpoint.local_config_global_endpoint_resolver import (
    LocalConfigGlobalEndpointResolver,
)
from aliyunsdkcore.endpoint.local_config_regional_endpoint_resolver import (
    LocalConfigRegionalEndpointResolver,
)
from aliyunsdkcore.endpoint.resolver_endpoint_request import ResolveEndpointRequest
from aliyunsdkcore.request import CommonRequest

for argument in sys.argv[1:]:
    product, version, action, region = argument.split(",")
    client = AcsClient(
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        region,
    )
    question = ResolveEndpointRequest(region, product, product, "openAPI")
    tables = (LocalConfigRegionalEndpointResolver(), LocalConfigGlobalEndpointResolver())
    known = [table.resolve(question) for table in tables]
    request = CommonRequest(version=version, action_name=action, product=product)
    request.set_location_service_code(product)
    try:
        answer = json.loads(client.do_action_with_exception(request))
        told = {"answered": sorted(answer)}
    except (ClientException, ServerException) as refused:
        told = {"code": refused.get_error_code(), "message": refused.get_error_msg()}
    print(json.dumps({**told, "in_own_tables": any(known)}))
