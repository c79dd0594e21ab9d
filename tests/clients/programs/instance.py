"""The official client of KMS instances, alibabacloud-dkms-gcs, in an environment of its own.

Its first line says which client key it opens, and where: `{"endpoint", "file", "password"}`. Bytes
are `{"bytes": Base64}`. The call `messages` tells the field numbers it was made with.
"""

import base64
import json
import os
import sys

from naming import method_of
from openapi.models import Config
from openapi_util.protobuf import api_pb2
from sdk import models
from sdk.client import Client
from Tea.exceptions import TeaException


def plain(value):
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def whole(value):
    return base64.b64decode(value["bytes"]) if isinstance(value, dict) else value


def opened(line):
    config = Config()
    config.protocol = "https"
    config.endpoint = line["endpoint"]
    config.client_key_file = line["file"]
    config.password = line["password"]
    config.ca_file_path = os.environ["REQUESTS_CA_BUNDLE"]
    return Client(config)


def messages():
    found = api_pb2.DESCRIPTOR.message_types_by_name
    return {
        n: {str(f.number): [f.name, f.type, f.label] for f in m.fields} for n, m in found.items()
    }


def called(client, action, parameters):
    if action == "messages":
        return messages()
    request = getattr(models, f"{action}Request")()
    request.from_map({name: whole(value) for name, value in parameters.items()})
    answer = getattr(client, method_of(action))(request).to_map()
    return {name: plain(value) for name, value in answer.items() if name != "responseHeaders"}


def main():
    client = None
    for text in sys.stdin:
        line = json.loads(text)
        try:
            if "endpoint" in line:
                client = opened(line)
                told = {"answer": {}}
            else:
                told = {"answer": called(client, line["action"], line["parameters"])}
        except TeaException as refused:
            data = refused.data or {}
            status = data.get("httpCode") or 0
            error = {"code": str(refused.code), "status": status, "message": str(refused.message)}
            told = {"refused": {**error, "detail": None}}
        except Exception as broken:  # noqa: BLE001  # told to the test
            told = {
                "refused": {
                    "code": type(broken).__name__,
                    "status": 0,
                    "message": str(broken),
                    "detail": None,
                }
            }
        print(json.dumps(told), flush=True)


main()
