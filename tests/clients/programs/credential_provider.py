"""Who a provider of alibabacloud_credentials makes its caller, synchronously and asynchronously.

The one argument is the provider's configuration, as JSON; `{}` leaves the choice to the library.
"""

import asyncio
import json
import sys

from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_credentials.models import Config as CredentialsConfig
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.models import Config


def config_of(given):
    chosen = CredentialsConfig(**given) if given else None
    return Config(region_id="cn-hangzhou", credential=Credentials(chosen))


def create_group(given):
    try:
        Ram(config_of(given)).create_group(ram_models.CreateGroupRequest(group_name="by-provider"))
    except AlibabaCloudException as refused:
        return refused.code
    return "created"


async def identity(given):
    return (await Sts(config_of(given)).get_caller_identity_async()).body.to_map()


given = json.loads(sys.argv[1])
now = Sts(config_of(given)).get_caller_identity().body.to_map()
later = asyncio.run(identity(given))
print(json.dumps({"sync": now["Arn"], "async": later["Arn"], "group": create_group(given)}))
