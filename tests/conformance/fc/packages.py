"""Small packages, and what they return."""

import base64
import io
import stat
import zipfile


def zipped(files: dict[str, str], *, mode: int = stat.S_IFREG | 0o644) -> str:
    """Return a zip package in base64."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return base64.b64encode(held.getvalue()).decode()


def main(body: str) -> str:
    """Return a package whose `index.handler` is `body`."""
    return zipped({"index.py": body})


ECHO = main("def handler(event, context):\n    return event")
FAILING = main("def handler(event, context):\n    raise ValueError('no such luck')")
SLOW = main("import time\ndef handler(event, context):\n    time.sleep(2)\n    return 'done'")
CALLER = main(
    """
import json, os
from alibabacloud_sts20150401.client import Client
from alibabacloud_tea_openapi.models import Config

def handler(event, context):
    given = context.credentials
    config = Config(
        access_key_id=given.access_key_id,
        access_key_secret=given.access_key_secret,
        security_token=given.security_token,
        region_id="cn-hangzhou",
        protocol="http",
    )
    same = given.access_key_id == os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"]
    return json.dumps([Client(config).get_caller_identity().body.arn, same])
"""
)
"""Says who it is, by the official SDK and its role's credentials."""
CREDENTIALS = main(
    """
import os
def handler(event, context):
    return [bool(context.credentials.access_key_id), "ALIBABA_CLOUD_ACCESS_KEY_ID" in os.environ]
"""
)
