"""A site that is protected from the home of a platform appears there as a domain."""

from pathlib import Path

import pytest
from alibabacloud_waf_openapi20211001 import models as m
from alibabacloud_waf_openapi20211001.client import Client
from tests.conformance.harness import Server, refused, serving

from juyong.app.settings import Settings
from juyong.services.identity.facade import NewAccount
from juyong.waf.running import Running, announce

SITE = Running(
    url="http://127.0.0.1:8080",
    port=8080,
    backends=("http://127.0.0.1:3000", "http://127.0.0.1:3001"),
    rules="own",
    log="",
    process=1,
    workers=1,
    since="2026-05-01T12:00:00Z",
    domain="shop.example",
    account="shop-keeper",
)


def client_of(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def test_a_site_is_a_domain_while_it_is_protected(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home, Settings()) as server:
        keeper = client_of(server, server.new_account("shop-keeper"))
        other = client_of(server, server.new_account())
        asked = m.DescribeInstanceRequest(region_id="cn-hangzhou")
        assert keeper.describe_instance(asked).body.instance_id is None
        withdraw = announce(home, SITE)
        instance = keeper.describe_instance(asked).body
        assert (instance.status, instance.region_id) == (1, "cn-hangzhou")
        listed = keeper.describe_domains(
            m.DescribeDomainsRequest(instance_id=instance.instance_id, page_number=1, page_size=10)
        ).body
        (domain,) = listed.domains
        assert (listed.total_count, domain.domain, domain.status) == (1, "shop.example", 1)
        assert domain.listen_ports.http == [8080]
        assert [each.backend for each in domain.backeds.http] == ["127.0.0.1"]
        detail = keeper.describe_domain_detail(
            m.DescribeDomainDetailRequest(
                instance_id=instance.instance_id, domain_id=domain.domain_id
            )
        ).body
        assert detail.domain == "shop.example"
        assert [
            (each.listen_port, each.backend_port) for each in detail.redirect.backend_ports
        ] == [(8080, 3000), (8080, 3001)]
        assert other.describe_instance(asked).body.instance_id is None
        gone = m.DescribeDomainsRequest(instance_id=instance.instance_id)
        with refused("Waf.Instance.ValidFaild", 400):
            other.describe_domains(gone)
        withdraw()
        with refused("Waf.Instance.ValidFaild", 400):
            keeper.describe_domains(gone)


@pytest.mark.parametrize("name", ["create_domain", "describe_flow_chart"])
def test_other_operations_are_refused_by_name(
    server: Server, account: NewAccount, name: str
) -> None:
    client = client_of(server, account)
    request = getattr(m, "".join(part.title() for part in name.split("_")) + "Request")
    with refused("UnsupportedOperation", 400):
        getattr(client, name)(request(instance_id="waf_v2_public_cn-0"))
