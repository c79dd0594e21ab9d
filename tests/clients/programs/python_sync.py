"""The current Python SDKs, called synchronously; credentials as alibabacloud_credentials finds them."""

import json
import sys

from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_ims20190815 import models as ims_models
from alibabacloud_ims20190815.client import Client as Ims
from alibabacloud_kms20160120 import models as kms_models
from alibabacloud_kms20160120.client import Client as Kms
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.models import Config
from naming import method_of, request_of

PRODUCTS = {
    "ram": (Ram, ram_models),
    "sts": (Sts, sts_models),
    "ims": (Ims, ims_models),
    "kms": (Kms, kms_models),
}
clients = {}


def client_of(product, key):
    name = (product, key and key["id"])
    if name not in clients:
        given = (
            {
                "access_key_id": key["id"],
                "access_key_secret": key["secret"],
                "security_token": key["token"],
            }
            if key
            else {"credential": Credentials()}
        )
        clients[name] = PRODUCTS[product][0](Config(region_id="cn-hangzhou", **given))
    return clients[name]


for line in sys.stdin:
    asked = json.loads(line)
    product, action = asked["product"], asked["action"]
    client = client_of(product, asked.get("key"))
    arguments = request_of(PRODUCTS[product][1], action, asked["parameters"])
    try:
        answer = getattr(client, method_of(action))(*arguments)
        told = {"answer": answer.body.to_map()}
    except AlibabaCloudException as refused:
        told = {
            "refused": {
                "code": refused.code,
                "status": refused.status_code,
                "message": refused.message,
                "detail": refused.access_denied_detail,
            }
        }
    print(json.dumps(told), flush=True)
