"""SAML identity providers, through the official IMS SDK."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.ims.federation import encoded, metadata, metadata_xml

from juyong.services.identity.facade import NewAccount


def make(ims: Client, name: str = "corp", document: str | None = None, **more: Any) -> Any:
    request = m.CreateSAMLProviderRequest(
        samlprovider_name=name, encoded_samlmetadata_document=document or metadata(), **more
    )
    return ims.create_samlprovider(request).body.samlprovider


def read(ims: Client, name: str = "corp") -> dict[str, str]:
    request = m.GetSAMLProviderRequest(samlprovider_name=name)
    return dict(ims.get_samlprovider(request).body.samlprovider.to_map())


def change(ims: Client, name: str = "corp", **more: Any) -> Any:
    request = m.UpdateSAMLProviderRequest(samlprovider_name=name, **more)
    return ims.update_samlprovider(request).body.samlprovider


def remove(ims: Client, name: str = "corp") -> None:
    ims.delete_samlprovider(m.DeleteSAMLProviderRequest(samlprovider_name=name))


def test_provider_is_made_read_changed_and_deleted(ims: Client, account: NewAccount) -> None:
    made = make(ims, description="first")
    assert (made.arn, made.authn_sign_algo) == (
        f"acs:ram::{account.account_id}:saml-provider/corp",
        "rsa-sha1",
    )
    assert read(ims) == {**made.to_map(), "EncodedSAMLMetadataDocument": metadata()}
    changed = change(
        ims,
        new_description="",
        new_encoded_samlmetadata_document=metadata("other"),
        authn_sign_algo="rsa-sha256",
    )
    assert (changed.description, changed.authn_sign_algo) == ("", "rsa-sha256")
    assert read(ims)["EncodedSAMLMetadataDocument"] == metadata("other")
    remove(ims)
    calls: list[Callable[[], Any]] = [
        lambda: read(ims),
        lambda: change(ims, new_description="x"),
        lambda: remove(ims),
    ]
    for call in calls:
        with refused("EntityNotExist.SAMLProvider", 404):
            call()


def test_metadata_that_could_verify_nothing_is_refused(ims: Client) -> None:
    bad = [
        "not base64!",
        encoded(b"<no/>"),
        encoded(b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + metadata_xml()),
        encoded(metadata_xml().replace(b"IDPSSODescriptor", b"SPSSODescriptor")),
        metadata(extra=' validUntil="2020-01-01T00:00:00Z"'),
        encoded(metadata_xml() + b"x"),
    ]
    for document in bad:
        with refused("InvalidParameter.SAMLMetadataDocument", 400):
            make(ims, document=document)
    make(ims)
    with refused("InvalidParameter.SAMLMetadataDocument", 400):
        change(ims, new_encoded_samlmetadata_document=bad[1])
    assert read(ims)["EncodedSAMLMetadataDocument"] == metadata()
    assert len(bad) == 6


def test_wrapped_base64_is_taken(ims: Client) -> None:
    wrapped = base64.encodebytes(metadata_xml()).decode()
    make(ims, document=wrapped)
    assert read(ims)["EncodedSAMLMetadataDocument"] == wrapped


def test_provider_may_wait_for_its_metadata(ims: Client) -> None:
    ims.create_samlprovider(m.CreateSAMLProviderRequest(samlprovider_name="later"))
    assert read(ims, "later")["EncodedSAMLMetadataDocument"] == ""
    with refused("MissingNewDescription", 400):
        change(ims, "later")
    change(ims, "later", new_encoded_samlmetadata_document=metadata())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("x" * 128, None),
        ("x" * 129, "Length"),
        ("a.b_c-d", None),
        ("a/b", "InvalidChars"),
        (".a", "Format"),
        ("a-", "Format"),
        ("a", None),
    ],
)
def test_form_of_names_is_kept(ims: Client, name: str, why: str | None) -> None:
    if why is None:
        assert make(ims, name).samlprovider_name == name
        return
    with refused(f"InvalidParameter.SAMLProviderName.{why}", 400):
        make(ims, name)


def test_name_is_unique_and_quota_is_kept(ims: Client, server: Server) -> None:
    make(ims)
    with refused("EntityAlreadyExists.SAMLProvider", 409):
        make(ims)
    with quotas(server, {"ims.saml-providers": 1}), refused("LimitExceeded.SAMLProvider", 409):
        make(ims, "second")


def test_list_pages_by_marker(ims: Client) -> None:
    for name in ("a", "b", "c"):
        make(ims, name)
    first = ims.list_samlproviders(m.ListSAMLProvidersRequest(max_items=2)).body
    second = ims.list_samlproviders(
        m.ListSAMLProvidersRequest(max_items=2, marker=first.marker)
    ).body
    found = first.samlproviders.samlprovider + second.samlproviders.samlprovider
    assert [one.samlprovider_name for one in found] == ["a", "b", "c"]
    assert (first.is_truncated, second.is_truncated) == (True, False)
