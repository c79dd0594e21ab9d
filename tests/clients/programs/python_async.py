"""The current Python SDKs, called asynchronously; a list of calls is made at the same time."""

import asyncio
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


def client_of(product, key):
    if key is None:
        return PRODUCTS[product][0](Config(region_id="cn-hangzhou", credential=Credentials()))
    return PRODUCTS[product][0](
        Config(
            region_id="cn-hangzhou",
            access_key_id=key["id"],
            access_key_secret=key["secret"],
            security_token=key["token"],
        )
    )


async def call(asked):
    product, action = asked["product"], asked["action"]
    method = getattr(client_of(product, asked.get("key")), f"{method_of(action)}_async")
    arguments = request_of(PRODUCTS[product][1], action, asked["parameters"])
    try:
        return {"answer": (await method(*arguments)).body.to_map()}
    except AlibabaCloudException as refused:
        return {
            "refused": {
                "code": refused.code,
                "status": refused.status_code,
                "message": refused.message,
                "detail": refused.access_denied_detail,
            }
        }


async def main():
    for line in sys.stdin:
        asked = json.loads(line)
        if "together" in asked:
            told = {"answers": await asyncio.gather(*map(call, asked["together"]))}
        else:
            told = await call(asked)
        print(json.dumps(told), flush=True)


asyncio.run(main())
