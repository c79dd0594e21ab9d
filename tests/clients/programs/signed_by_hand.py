"""One request signed in the oldest way, sent as many times as asked, by a clock that is off.

Arguments: how many seconds the clock is off, and how often the same request is sent.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid


def quoted(text):
    return urllib.parse.quote(text, safe="~")


off, times = map(int, sys.argv[1:])
parameters = {
    "Action": "GetCallerIdentity",
    "Version": "2015-04-01",
    "Format": "JSON",
    "AccessKeyId": os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
    "SignatureMethod": "HMAC-SHA1",
    "SignatureVersion": "1.0",
    "SignatureNonce": str(uuid.uuid4()),
    "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + off)),
}
query = "&".join(f"{quoted(name)}={quoted(parameters[name])}" for name in sorted(parameters))
key = f"{os.environ['ALIBABA_CLOUD_ACCESS_KEY_SECRET']}&".encode()
digest = hmac.new(key, f"GET&%2F&{quoted(query)}".encode(), hashlib.sha1).digest()
url = f"https://sts.aliyuncs.com/?{query}&Signature={quoted(base64.b64encode(digest).decode())}"
for _ in range(times):
    try:
        with urllib.request.urlopen(url) as answer:
            print(json.dumps({"status": answer.status, "code": ""}))
    except urllib.error.HTTPError as refused:
        print(json.dumps({"status": refused.code, "code": json.load(refused)["Code"]}))
