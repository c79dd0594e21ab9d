"""The first Python SDK (aliyunsdkcore), which signs in the oldest way and carries its own TLS."""

import importlib
import json
import os
import sys
import warnings

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient

MODULES = {
    "ram": "aliyunsdkram.request.v20150501",
    "sts": "aliyunsdksts.request.v20150401",
    "kms": "aliyunsdkkms.request.v20160120",
}


def client_of(key):
    if key is None:
        return AcsClient(
            os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            "cn-hangzhou",
        )
    if key["token"]:
        credential = StsTokenCredential(key["id"], key["secret"], key["token"])
        return AcsClient(region_id="cn-hangzhou", credential=credential)
    return AcsClient(key["id"], key["secret"], "cn-hangzhou")


def request_of(product, action, parameters):
    name = f"{action}Request"
    request = getattr(importlib.import_module(f"{MODULES[product]}.{name}"), name)()
    for parameter, value in parameters.items():
        getattr(request, f"set_{parameter}")(as_sent(value))
    return request


def as_sent(value):
    """Return a value as this SDK sends it: objects are for the caller to write as JSON."""
    return json.dumps(value) if isinstance(value, dict) else value


def detail_of(client, request):
    """Ask once more in the way that returns the body of a refusal, which the exception lacks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return json.loads(client.do_action(request)).get("AccessDeniedDetail")


for line in sys.stdin:
    asked = json.loads(line)
    client = client_of(asked.get("key"))
    question = (asked["product"], asked["action"], asked["parameters"])
    try:
        told = {"answer": json.loads(client.do_action_with_exception(request_of(*question)))}
    except ServerException as refused:
        told = {
            "refused": {
                "code": refused.get_error_code(),
                "status": refused.get_http_status(),
                "message": refused.get_error_msg(),
                "detail": detail_of(client, request_of(*question)),
            }
        }
    print(json.dumps(told), flush=True)
