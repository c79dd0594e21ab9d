"""Make what scanners shall find in an account: of each kind one that is right and one that is not.

The one argument is `make`, or `turn`, which makes the account's settings the opposite of what they
were. Prints ids by the names under which the test expects them.
"""

import json
import os
import sys

import oss2
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client
from aliyun.log import LogClient
from darabonba.runtime import RuntimeOptions

REGION, ZONE = "cn-hangzhou", "cn-hangzhou-h"
HERE = {"RegionId": REGION}
ACCOUNT = os.environ["ALIBABA_CLOUD_ACCOUNT_ID"]
KEY = (os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
ANYONE = "0.0.0.0/0"
GROUPS = {
    "open": [("tcp", "22/22", ANYONE), ("tcp", "3389/3389", ANYONE)],
    "all": [("all", "-1/-1", ANYONE)],
    "office": [("tcp", "22/22", "203.0.113.0/24")],
    "web": [("tcp", "443/443", ANYONE)],
}
EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
LITTLE = [{"Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"}]
STRICT = {
    "MinimumPasswordLength": 14,
    "RequireLowercaseCharacters": True,
    "RequireUppercaseCharacters": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "PasswordReusePrevention": 5,
    "MaxPasswordAge": 365,
    "MaxLoginAttemps": 5,
}


def document(statements):
    return json.dumps({"Version": "1", "Statement": statements})


def flat(prefix, value):
    if isinstance(value, dict):
        for name, each in value.items():
            yield from flat(f"{prefix}.{name}" if prefix else name, each)
    elif isinstance(value, list):
        for number, each in enumerate(value, start=1):
            yield from flat(f"{prefix}.{number}", each)
    else:
        yield prefix, str(value).lower() if isinstance(value, bool) else str(value)


def product(host, version):
    client = Client(openapi.Config(access_key_id=KEY[0], access_key_secret=KEY[1], endpoint=host))

    def call(action, **parameters):
        params = openapi.Params(
            action=action,
            version=version,
            protocol="HTTPS",
            method="POST",
            auth_type="AK",
            style="RPC",
            pathname="/",
            req_body_type="formData",
            body_type="json",
        )
        request = openapi.OpenApiRequest(query=dict(flat("", parameters)))
        return client.call_api(params, request, RuntimeOptions())["body"]

    return call


ecs = product(f"ecs.{REGION}.aliyuncs.com", "2014-05-26")
vpc = product(f"vpc.{REGION}.aliyuncs.com", "2016-04-28")
ram = product("ram.aliyuncs.com", "2015-05-01")
trails = product(f"actiontrail.{REGION}.aliyuncs.com", "2020-07-06")


def bucket(name, acl="private"):
    made = oss2.Bucket(oss2.Auth(*KEY), f"https://oss-{REGION}.aliyuncs.com", name)
    made.create_bucket(acl)
    return made


def make_buckets():
    bucket("scanned-plain")
    bucket("scanned-trail")
    bucket("scanned-acl", "public-read")
    everyone = {
        "Principal": ["*"],
        "Effect": "Allow",
        "Action": ["oss:GetObject"],
        "Resource": [f"acs:oss:*:{ACCOUNT}:scanned-policy/*"],
    }
    bucket("scanned-policy").put_bucket_policy(document([everyone]))
    good = bucket("scanned-good")
    encrypted = {
        "Principal": ["*"],
        "Effect": "Deny",
        "Action": ["oss:*"],
        "Resource": [f"acs:oss:*:{ACCOUNT}:scanned-good", f"acs:oss:*:{ACCOUNT}:scanned-good/*"],
        "Condition": {"Bool": {"acs:SecureTransport": ["false"]}},
    }
    good.put_bucket_policy(document([encrypted]))
    good.put_bucket_logging(oss2.models.BucketLogging("scanned-plain", "logs/"))
    good.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    good.put_bucket_encryption(oss2.models.ServerSideEncryptionRule(sse_algorithm="AES256"))


def make_trails():
    log = LogClient(f"https://{REGION}.log.aliyuncs.com", *KEY)
    log.create_project("scanned-logs", "what scanners read")
    log.create_logstore("scanned-logs", "short", ttl=30)
    log.create_logstore("scanned-logs", "long", ttl=365)
    for name, where in ("scanned-all", "scanned-trail"), ("scanned-public", "scanned-acl"):
        region = "All" if name == "scanned-all" else REGION
        trails("CreateTrail", Name=name, OssBucketName=where, TrailRegion=region, EventRW="All")
    trails("StartLogging", Name="scanned-all")


def make_network():
    made = {}
    for name in "flows", "still":
        asked = vpc("CreateVpc", VpcName=name, CidrBlock="10.0.0.0/8", **HERE)
        made[name] = asked["VpcId"]
    flows = {"ProjectName": "scanned-logs", "LogStoreName": "short", "TrafficType": "All"}
    resource = {"ResourceType": "VPC", "ResourceId": made["flows"]}
    asked = vpc("CreateFlowLog", FlowLogName="scan", **flows, **resource, **HERE)
    made["flow-log"] = asked["FlowLogId"]
    inside = {"VpcId": made["flows"], "CidrBlock": "10.1.0.0/24", "ZoneId": ZONE}
    made["vswitch"] = vpc("CreateVSwitch", **inside, **HERE)["VSwitchId"]
    for name, rules in GROUPS.items():
        named = {"VpcId": made["flows"], "SecurityGroupName": name}
        made[name] = ecs("CreateSecurityGroup", **named, **HERE)["SecurityGroupId"]
        for protocol, ports, source in rules:
            rule = {"IpProtocol": protocol, "PortRange": ports, "SourceCidrIp": source}
            ecs("AuthorizeSecurityGroup", SecurityGroupId=made[name], **rule, **HERE)
    return made


def make_machines(made):
    image = ecs("DescribeImages", **HERE)["Images"]["Image"][0]["ImageId"]
    kinds = ecs("DescribeInstanceTypes", **HERE)["InstanceTypes"]["InstanceType"]
    asked = {
        "ImageId": image,
        "InstanceType": kinds[0]["InstanceTypeId"],
        "VSwitchId": made["vswitch"],
        "SecurityGroupId": made["web"],
    }
    for name, encrypted in ("sealed", True), ("plain", False):
        disk = {"Category": "cloud_essd", "Encrypted": encrypted, "Size": 20}
        disks = {
            "SystemDisk": {**disk, "DiskName": f"{name}-system"},
            "DataDisk": [{**disk, "DiskName": f"{name}-data"}],
        }
        kept = {"InstanceName": name, "DeletionProtection": encrypted}
        found = ecs("RunInstances", **asked, **disks, **kept, **HERE)
        made[f"{name}-instance"] = found["InstanceIdSets"]["InstanceIdSet"][0]
        free = {"DiskName": f"{name}-free", "DiskCategory": "cloud_essd", "Size": 20}
        ecs("CreateDisk", ZoneId=ZONE, Encrypted=encrypted, **free, **HERE)
    for disk in ecs("DescribeDisks", **HERE)["Disks"]["Disk"]:
        made[disk["DiskName"]] = disk["DiskId"]


def make_users():
    for name in "guarded", "unguarded", "direct":
        ram("CreateUser", UserName=name)
    for name in "guarded", "unguarded":
        bound = {"MFABindRequired": name == "guarded"}
        ram("CreateLoginProfile", UserName=name, Password="Aa1!scanned-2026", **bound)
    system = {"PolicyType": "System", "PolicyName": "AliyunECSReadOnlyAccess"}
    ram("AttachPolicyToUser", UserName="direct", **system)
    for _ in range(2):
        ram("CreateAccessKey", UserName="direct")
    ram("CreateGroup", GroupName="scanned")
    for name, statements in ("everything", EVERYTHING), ("little", LITTLE):
        ram("CreatePolicy", PolicyName=name, PolicyDocument=document(statements))
        custom = {"PolicyType": "Custom", "PolicyName": name}
        ram("AttachPolicyToGroup", GroupName="scanned", **custom)
    ram("SetPasswordPolicy", MinimumPasswordLength=8, MaxPasswordAge=30)


def make():
    make_buckets()
    make_trails()
    made = make_network()
    make_machines(made)
    make_users()
    return made


def turn():
    ram("SetPasswordPolicy", **STRICT)
    trails("StopLogging", Name="scanned-all")
    (flow_log,) = vpc("DescribeFlowLogs", **HERE)["FlowLogs"]["FlowLog"]
    vpc("DeactiveFlowLog", FlowLogId=flow_log["FlowLogId"], **HERE)
    return {}


print(json.dumps({"make": make, "turn": turn}[sys.argv[1]]()))
