"""OIDC identity providers, through the official IMS SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.documents import policy, statement
from tests.conformance.harness import Server, quotas, refused

from juyong.services.identity.facade import NewAccount

ISSUER = "https://issuer.example.com"
PRINT = "902ef2deeb3c5b13ea4c3d5193629309e231ae55"


def make(ims: Client, name: str = "k8s", **more: Any) -> Any:
    given = {"issuer_url": ISSUER, "client_ids": "sts.aliyuncs.com", "fingerprints": PRINT, **more}
    request = m.CreateOIDCProviderRequest(oidcprovider_name=name, **given)
    return ims.create_oidcprovider(request).body.oidcprovider


def read(ims: Client, name: str = "k8s") -> Any:
    request = m.GetOIDCProviderRequest(oidcprovider_name=name)
    return ims.get_oidcprovider(request).body.oidcprovider


def change(ims: Client, name: str = "k8s", **more: Any) -> Any:
    request = m.UpdateOIDCProviderRequest(oidcprovider_name=name, **more)
    return ims.update_oidcprovider(request).body.oidcprovider


def remove(ims: Client, name: str = "k8s") -> None:
    ims.delete_oidcprovider(m.DeleteOIDCProviderRequest(oidcprovider_name=name))


def add_client(ims: Client, client: str, name: str = "k8s") -> str:
    request = m.AddClientIdToOIDCProviderRequest(oidcprovider_name=name, client_id=client)
    return str(ims.add_client_id_to_oidcprovider(request).body.oidcprovider.client_ids)


def remove_client(ims: Client, client: str, name: str = "k8s") -> str:
    request = m.RemoveClientIdFromOIDCProviderRequest(oidcprovider_name=name, client_id=client)
    return str(ims.remove_client_id_from_oidcprovider(request).body.oidcprovider.client_ids)


def add_print(ims: Client, fingerprint: str, name: str = "k8s") -> str:
    request = m.AddFingerprintToOIDCProviderRequest(oidcprovider_name=name, fingerprint=fingerprint)
    return str(ims.add_fingerprint_to_oidcprovider(request).body.oidcprovider.fingerprints)


def remove_print(ims: Client, fingerprint: str, name: str = "k8s") -> str:
    request = m.RemoveFingerprintFromOIDCProviderRequest(
        oidcprovider_name=name, fingerprint=fingerprint
    )
    return str(ims.remove_fingerprint_from_oidcprovider(request).body.oidcprovider.fingerprints)


def test_provider_is_made_read_changed_and_deleted(ims: Client, account: NewAccount) -> None:
    made = make(ims, client_ids="b,a,b", description="first", issuance_limit_time=24)
    found = read(ims).to_map()
    assert found == made.to_map()
    assert found == {
        "OIDCProviderName": "k8s",
        "Arn": f"acs:ram::{account.account_id}:oidc-provider/k8s",
        "IssuerUrl": ISSUER,
        "ClientIds": "b,a",
        "Fingerprints": PRINT,
        "IssuanceLimitTime": 24,
        "Description": "first",
        "CreateDate": made.create_date,
        "UpdateDate": made.create_date,
        "GmtCreate": made.gmt_create,
        "GmtModified": made.gmt_create,
    }
    assert len(made.gmt_create) == 13
    changed = change(ims, new_description="", client_ids="c", issuance_limit_time=1)
    assert (changed.description, changed.client_ids, changed.issuance_limit_time) == ("", "c", 1)
    again = change(ims)
    assert (again.description, again.client_ids, again.issuance_limit_time) == ("", "c", 1)
    remove(ims)
    calls: list[Callable[[], Any]] = [
        lambda: read(ims),
        lambda: change(ims),
        lambda: remove(ims),
        lambda: add_client(ims, "x"),
        lambda: remove_client(ims, "x"),
        lambda: add_print(ims, "x"),
        lambda: remove_print(ims, "x"),
    ]
    for call in calls:
        with refused("EntityNotExist.OIDCProvider", 404):
            call()


def test_clients_and_fingerprints_come_and_go(ims: Client) -> None:
    make(ims)
    assert add_client(ims, "second") == "sts.aliyuncs.com,second"
    with refused("EntityAlreadyExists.OIDCProvider.ClientId", 409):
        add_client(ims, "second")
    assert remove_client(ims, "sts.aliyuncs.com") == "second"
    with refused("EntityNotExist.OIDCProvider.ClientId", 404):
        remove_client(ims, "sts.aliyuncs.com")
    assert add_print(ims, "A" * 40) == f"{PRINT},{'A' * 40}"
    with refused("EntityAlreadyExists.OIDCProvider.Fingerprint", 409):
        add_print(ims, PRINT.upper())
    assert remove_print(ims, PRINT.upper()) == "A" * 40
    with refused("EntityNotExist.OIDCProvider.Fingerprint", 404):
        remove_print(ims, PRINT)
    assert remove_client(ims, "second") == ""
    assert add_client(ims, "third") == "third"


def test_quotas_are_kept(ims: Client, server: Server) -> None:
    fifty = ",".join(f"c{i}" for i in range(50))
    with refused("LimitExceeded.OIDCProvider.ClientId", 409):
        make(ims, client_ids=fifty + ",more")
    five = ",".join(c * 40 for c in "abcde")
    with refused("LimitExceeded.OIDCProvider.Fingerprint", 409):
        make(ims, fingerprints=five + "," + "f" * 40)
    make(ims, client_ids=fifty, fingerprints=five)
    with refused("LimitExceeded.OIDCProvider.ClientId", 409):
        add_client(ims, "more")
    with refused("LimitExceeded.OIDCProvider.ClientId", 409):
        change(ims, client_ids=fifty + ",more")
    with refused("LimitExceeded.OIDCProvider.Fingerprint", 409):
        add_print(ims, "f" * 40)
    with quotas(server, {"ims.oidc-providers": 1}), refused("LimitExceeded.OIDCProvider", 409):
        make(ims, "second", issuer_url=ISSUER + "/two")


def test_name_and_issuer_are_unique(ims: Client) -> None:
    make(ims)
    with refused("EntityAlreadyExists.OIDCProvider", 409):
        make(ims, issuer_url=ISSUER + "/two")
    with refused("EntityAlreadyExists.OIDCProvider.IssuerUrl", 409):
        make(ims, "second")


GOOD_URLS = (
    ISSUER + "/",
    "https://a:8443/b/c.d_e~f%20",
    "http://127.0.0.1:9000",
    "http://[::1]/x",
    "https://a/" + "x" * 245,
)
BAD_URLS = (
    "http://issuer.example.com",
    "http://127.0.0.1.example.com",
    "https://",
    "https:///x",
    "ftp://a",
    "https://u@a",
    "https://a/?q",
    "https://a/#f",
    "https://a/b c",
    "https://a?x",
    "issuer",
)


def test_form_of_issuers_is_kept(ims: Client) -> None:
    for number, url in enumerate(GOOD_URLS):
        assert make(ims, f"p{number}", issuer_url=url).issuer_url == url
    for url in BAD_URLS:
        with refused("InvalidParameter.IssuerUrl.Format", 400):
            make(ims, issuer_url=url)
    with refused("InvalidParameter.IssuerUrl.Length", 400):
        make(ims, issuer_url="https://a/" + "x" * 246)
    assert (len(GOOD_URLS), len(BAD_URLS)) == (5, 11)


@pytest.mark.parametrize(
    ("field", "good", "bad", "why"),
    [
        ("client_ids", "a.b-c_d:e/f", "-a", "ClientIds.InvalidChars"),
        ("client_ids", "x" * 128, "x" * 129, "ClientIds.Length"),
        ("client_ids", "a,b", "a,,b", "ClientIds.InvalidChars"),
        ("fingerprints", "x" * 128, "x" * 129, "Fingerprints.Length"),
        ("fingerprints", "aZ9", "a-b", "Fingerprints.InvalidChars"),
        ("issuance_limit_time", 168, 169, "IssuanceLimitTime.Range"),
        ("issuance_limit_time", 1, 0, "IssuanceLimitTime.Range"),
        ("description", "d" * 256, "d" * 257, "Description.Length"),
    ],
)
def test_bounds_are_kept(ims: Client, field: str, good: Any, bad: Any, why: str) -> None:
    with refused(f"InvalidParameter.{why}", 400):
        make(ims, **{field: bad})
    make(ims, **{field: good})


def test_single_items_have_the_same_form_as_lists(ims: Client) -> None:
    make(ims)
    with refused("InvalidParameter.ClientId.InvalidChars", 400):
        add_client(ims, "a,b")
    with refused("InvalidParameter.Fingerprint.InvalidChars", 400):
        add_print(ims, "a,b")


def test_list_pages_by_marker(ims: Client) -> None:
    for name in ("a", "b", "c"):
        make(ims, name, issuer_url=f"{ISSUER}/{name}")
    first = ims.list_oidcproviders(m.ListOIDCProvidersRequest(max_items=2)).body
    second = ims.list_oidcproviders(
        m.ListOIDCProvidersRequest(max_items=2, marker=first.marker)
    ).body
    found = first.oidcproviders.oidcprovider + second.oidcproviders.oidcprovider
    assert [one.oidcprovider_name for one in found] == ["a", "b", "c"]
    assert (first.is_truncated, second.is_truncated) == (True, False)


def test_permission_may_hang_on_the_issuer(
    ims: Client, admin: Clients, new_user: Callable[[str], Clients]
) -> None:
    make(ims, "theirs", issuer_url=ISSUER + "/theirs")
    maker = new_user("maker").ims
    document = policy(
        statement("ram:*OIDCProvider", condition={"StringEquals": {"ram:OidcIssuerUrl": ISSUER}})
    )
    admin.ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name="oidc", policy_document=document)
    )
    admin.ram.attach_policy_to_user(
        ram_models.AttachPolicyToUserRequest(
            policy_type="Custom", policy_name="oidc", user_name="maker"
        )
    )
    make(maker)
    add_client(maker, "more")
    remove(maker)
    with refused("NoPermission", 403):
        make(maker, issuer_url=ISSUER + "/two")
    with refused("NoPermission", 403):
        remove(maker, "theirs")
