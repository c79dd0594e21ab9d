"""Parameters of their documented length arrive, by either SDK and either method, or are refused."""

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as ims
from alibabacloud_kms20160120 import models as kms
from alibabacloud_sts20150401 import models as sts
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_util import models as tea
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from darabonba.exceptions import DaraException
from tests.conformance.conftest import Clients
from tests.conformance.documents import trust
from tests.conformance.harness import Server, refused, with_host
from tests.conformance.sts.identity_provider import RECIPIENT, SamlAssertion, saml_metadata
from tests.conformance.sts.roles import make_role, role_arn
from tests.conformance.sts.test_saml import add_provider

from juyong.services.identity.facade import NewAccount
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.sts.product import PRODUCT as STS

PRODUCTS = {"sts": STS, "kms": KMS, "ims": IMS}
WAYS = ["tea GET", "tea POST", "legacy GET", "legacy POST", "legacy form"]
Call = Callable[..., dict[str, Any]]


class Refused(Exception):
    """What an SDK raised as its ordinary server error."""

    def __init__(self, code: str, request_id: str, status: int) -> None:
        super().__init__(code)
        self.code, self.request_id, self.status = code, request_id, status


@pytest.fixture(params=WAYS)
def call(request: pytest.FixtureRequest, server: Server, account: NewAccount) -> Call:
    """Call an operation with an SDK and a method: (product, action, parameters)."""
    sdk, how = request.param.split()
    key = account.access_key_id, account.secret.reveal()

    def by_tea(product: str, action: str, parameters: dict[str, str]) -> dict[str, Any]:
        params = openapi.Params(
            action=action,
            version=PRODUCTS[product].version,
            protocol="HTTP",
            pathname="/",
            method=how,
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        asked = openapi.OpenApiRequest(query=parameters)
        try:
            answer = Client(with_host(server.config(*key), PRODUCTS[product])).call_api(
                params, asked, tea.RuntimeOptions()
            )
        except DaraException as error:
            raise Refused(error.code, error.data["RequestId"], error.data["statusCode"]) from error
        return dict(answer["body"])

    def by_legacy(product: str, action: str, parameters: dict[str, str]) -> dict[str, Any]:
        asked = CommonRequest(domain=f"127.0.0.1:{server.port}", version=PRODUCTS[product].version)
        asked.set_protocol_type("http")
        asked.set_action_name(action)
        asked.set_method("GET" if how == "GET" else "POST")
        add = asked.add_body_params if how == "form" else asked.add_query_param
        for name, value in parameters.items():
            add(name, value)
        client = AcsClient(*key, "cn-hangzhou", auto_retry=False)
        try:
            return dict(json.loads(client.do_action_with_exception(asked)))
        except ServerException as error:
            raise Refused(
                error.get_error_code(), error.get_request_id(), error.get_http_status()
            ) from error

    return by_tea if sdk == "tea" else by_legacy


def test_assertion_of_66680_characters(
    call: Call, server: Server, account: NewAccount, admin: Clients
) -> None:
    add_provider(server, account)
    provider = f"acs:ram::{account.account_id}:saml-provider/corp"
    make_role(
        admin.ram,
        "Reader",
        trust("Federated", provider, condition={"StringEquals": {"saml:recipient": RECIPIENT}}),
    )
    said = SamlAssertion(
        now=server.clock(),
        roles=((role_arn(account, "Reader"), provider),),
        identifier=f"_{uuid.uuid4()}",
        attributes={"Groups": "g" * 44_000},
    ).encoded()
    assert len(said) > 60_000
    parameters = {
        "SAMLProviderArn": provider,
        "RoleArn": role_arn(account, "Reader"),
        "SAMLAssertion": said,
    }
    body = call("sts", "AssumeRoleWithSAML", parameters)
    assert body["SAMLAssertionInfo"]["Subject"] == "alice"
    with pytest.raises(Refused) as caught:
        call("sts", "AssumeRoleWithSAML", {**parameters, "SAMLAssertion": "A" * 100_001})
    assert caught.value.code == "InvalidParameter.SAMLAssertion"
    assert caught.value.request_id


def test_secret_of_10240_chinese_characters(call: Call) -> None:
    name = f"s-{uuid.uuid4()}"
    value = "密" * 10_240
    made = {"SecretName": name, "VersionId": "v1", "SecretData": value}
    assert call("kms", "CreateSecret", made)["SecretName"] == name
    assert call("kms", "GetSecretValue", {"SecretName": name})["SecretData"] == value
    with pytest.raises(Refused) as caught:
        call("kms", "CreateSecret", {**made, "SecretName": f"{name}-2", "SecretData": value + "a"})
    assert (caught.value.code, caught.value.status) == ("InvalidParameter", 400)


def test_metadata_of_51_kilobytes(call: Call) -> None:
    document = saml_metadata(extra=f' ID="_{"a" * 36_000}"')
    assert len(document) > 48_000
    made = {"SAMLProviderName": f"p{uuid.uuid4().hex[:8]}", "EncodedSAMLMetadataDocument": document}
    name = call("ims", "CreateSAMLProvider", made)["SAMLProvider"]["SAMLProviderName"]
    found = call("ims", "GetSAMLProvider", {"SAMLProviderName": name})["SAMLProvider"]
    assert base64.b64decode(found["EncodedSAMLMetadataDocument"]) == base64.b64decode(document)


def test_longest_metadata_arrives_and_one_character_more_is_refused_by_name(call: Call) -> None:
    """300,000 characters, of which each takes three in a query: it is refused for its content."""
    made = {"SAMLProviderName": "p", "EncodedSAMLMetadataDocument": "/" * 300_000}
    with pytest.raises(Refused) as caught:
        call("ims", "CreateSAMLProvider", made)
    assert caught.value.code == "InvalidParameter.SAMLMetadataDocument"
    made["EncodedSAMLMetadataDocument"] += "/"
    with pytest.raises(Refused) as caught:
        call("ims", "CreateSAMLProvider", made)
    assert caught.value.code.endswith(".Length")


def test_what_the_front_refuses_is_an_ordinary_server_error(call: Call) -> None:
    with pytest.raises(Refused) as caught:
        call("kms", "CreateSecret", {"SecretName": "s", "SecretData": "密" * 500_000})
    assert caught.value.status in (413, 431)
    assert caught.value.code in ("RequestHeadTooLarge", "RequestEntityTooLarge")
    assert len(caught.value.request_id) == 36


def test_typed_requests_of_the_sdk(admin: Clients) -> None:
    """The same by the generated clients, as programs call them."""
    name = f"s-{uuid.uuid4()}"
    value = "密" * 10_240
    admin.kms.create_secret(
        kms.CreateSecretRequest(secret_name=name, version_id="v1", secret_data=value)
    )
    found = admin.kms.get_secret_value(kms.GetSecretValueRequest(secret_name=name))
    assert found.body.secret_data == value
    admin.ims.create_samlprovider(
        ims.CreateSAMLProviderRequest(
            samlprovider_name=f"p{uuid.uuid4().hex[:8]}",
            encoded_samlmetadata_document=saml_metadata(extra=f' ID="_{"a" * 36_000}"'),
        )
    )
    with refused("InvalidParameter.SAMLAssertion", 400):
        admin.sts.assume_role_with_saml(
            sts.AssumeRoleWithSAMLRequest(
                role_arn="acs:ram::1:role/x",
                samlprovider_arn="acs:ram::1:saml-provider/x",
                samlassertion="A" * 100_001,
            )
        )
