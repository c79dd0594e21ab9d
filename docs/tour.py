import base64, json, sys

import oss2
from alibabacloud_actiontrail20200706 import models as t
from alibabacloud_actiontrail20200706.client import Client as ActionTrail
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_kms20160120 import models as k
from alibabacloud_kms20160120.client import Client as Kms
from alibabacloud_ram20150501 import models as r
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.models import Config
from oss2.credentials import EnvironmentVariableCredentialsProvider

config = Config(credential=Credentials(), region_id="cn-hangzhou")
ram, kms, trail = Ram(config), Kms(config), ActionTrail(config)


def grant():
    """Let alice read RAM, and create users over TLS only."""
    tls = {"Bool": {"acs:SecureTransport": "true"}}
    read = {"Effect": "Allow", "Action": ["ram:Get*", "ram:List*"], "Resource": "*"}
    create = {"Effect": "Allow", "Action": "ram:CreateUser", "Resource": "*", "Condition": tls}
    document = json.dumps({"Version": "1", "Statement": [read, create]})
    ram.create_user(r.CreateUserRequest(user_name="alice"))
    ram.create_access_key(r.CreateAccessKeyRequest(user_name="alice"))
    ram.create_policy(r.CreatePolicyRequest(policy_name="hr", policy_document=document))
    attach = dict(policy_type="Custom", policy_name="hr", user_name="alice")
    ram.attach_policy_to_user(r.AttachPolicyToUserRequest(**attach))


def attempt(protocol):
    """Create a user over HTTP or HTTPS."""
    config.protocol = protocol
    Ram(config).create_user(r.CreateUserRequest(user_name=f"bob-{protocol}"))
    print(protocol, "works")


def why(message):
    """Open the sealed explanation of a denial."""
    request = r.DecodeDiagnosticMessageRequest(encoded_diagnostic_message=message)
    reason = ram.decode_diagnostic_message(request).body.decoded_diagnostic_message
    for each in reason.auth_conditions:
        print(f"{each.condition_key:22}", *each.condition_values)


def keep():
    """Encrypt under a key that an HSM keeps and rotates."""
    new = dict(protection_level="HSM", enable_automatic_rotation=True, rotation_interval="365d")
    key = kms.create_key(k.CreateKeyRequest(**new)).body.key_metadata
    order, card = {"order": "1001"}, base64.b64encode(b"4242 4242 4242 4242").decode()
    named = dict(key_id=key.key_id, plaintext=card, encryption_context=order)
    blob = kms.encrypt(k.EncryptRequest(**named)).body.ciphertext_blob
    request = k.DecryptRequest(ciphertext_blob=blob, encryption_context=order)
    print(key.protection_level, base64.b64decode(kms.decrypt(request).body.plaintext).decode())
    secret = dict(secret_name="orders/db", version_id="v1", secret_data="tarte-tatin")
    kms.create_secret(k.CreateSecretRequest(**secret, encryption_key_id=key.key_id))


def store():
    """Keep an object under a key, and disable the key."""
    auth = oss2.ProviderAuthV4(EnvironmentVariableCredentialsProvider())
    host = "https://oss-cn-hangzhou.aliyuncs.com"
    bucket = oss2.Bucket(auth, host, "orders-of-the-week", region="cn-hangzhou")
    key_id = kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    sse = "x-oss-server-side-encryption"
    bucket.create_bucket()
    bucket.put_object("1001", b"one cake", headers={sse: "KMS", f"{sse}-key-id": key_id})
    print("order 1001:", bucket.get_object("1001").read().decode())
    kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    try:
        bucket.get_object("1001")
    except oss2.exceptions.AccessDenied as denied:
        print(denied.status, "the key is disabled")


def network():
    """Run web and db, which serves on 5432 and 22; its group lets web's in on 5432 alone."""
    from alibabacloud_ecs20140526 import client as ecs_client, models as e
    from alibabacloud_vpc20160428 import client as vpc_client, models as v

    ecs, vpc, here = ecs_client.Client(config), vpc_client.Client(config), config.region_id
    request = v.CreateVpcRequest(region_id=here, cidr_block="10.0.0.0/16")
    net = vpc.create_vpc(request).body.vpc_id
    request = v.CreateVSwitchRequest(vpc_id=net, zone_id=f"{here}-h", cidr_block="10.0.2.0/24")
    request = dict(region_id=here, v_switch_id=vpc.create_vswitch(request).body.v_switch_id)
    images = ecs.describe_images(e.DescribeImagesRequest(region_id=here)).body.images.image
    request |= dict(image_id=images[0].image_id, instance_type="ecs.t5-lc1m1.small")
    serve = b"#!/bin/sh\npython3 -m http.server 5432 & python3 -m http.server 22 &"
    groups = {}
    for name, data in {"web": b"", "db": serve}.items():
        group = e.CreateSecurityGroupRequest(region_id=here, vpc_id=net)
        groups[name] = ecs.create_security_group(group).body.security_group_id
        own = dict(instance_name=name, security_group_id=groups[name])
        own |= dict(user_data=base64.b64encode(data).decode()) if data else {}
        ecs.run_instances(e.RunInstancesRequest(**request, **own))
    rule = dict(ip_protocol="tcp", port_range="5432/5432", source_group_id=groups["web"])
    of = dict(region_id=here, security_group_id=groups["db"])
    ecs.authorize_security_group(e.AuthorizeSecurityGroupRequest(**of, **rule))


def audit():
    """Read who created users, and who tried."""
    wanted = t.LookupEventsRequestLookupAttribute(key="EventName", value="CreateUser")
    request = t.LookupEventsRequest(lookup_attribute=[wanted], direction="FORWARD")
    for event in trail.lookup_events(request).body.events:
        who = event["userIdentity"]["userName"]
        print(event["eventTime"], f"{who:14}", event.get("errorCode", "ok"))


try:
    globals()[sys.argv[1]](*sys.argv[2:])
except ClientException as denied:
    detail = denied.access_denied_detail or {}
    print(denied.status_code, denied.code, detail.get("NoPermissionType"), file=sys.stderr)
    print(detail.get("EncodedDiagnosticMessage"))
