"""A program that makes one call through the first Python SDK: its arguments and answer are JSON.

It runs by itself, since that SDK leaves its sockets to the interpreter's end.
"""

import importlib
import json
import sys

from aliyunsdkcore.client import AcsClient

port, key_id, secret, method, action, parameters = sys.argv[1:]
name = f"{action}Request"
request = getattr(importlib.import_module(f"aliyunsdkkms.request.v20160120.{name}"), name)()
for parameter, value in json.loads(parameters).items():
    getattr(request, f"set_{parameter}")(value)
request.set_method(method)
request.set_protocol_type("http")
client = AcsClient(key_id, secret, "cn-hangzhou", proxy={"http": f"http://127.0.0.1:{port}"})
answer = client.do_action_with_exception(request)
print(json.dumps(json.loads(answer)))
