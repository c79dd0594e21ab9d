"""Patterns of host names: what they match, and when two of them can match one host."""

import pytest

from juyong.api.hosts import HostPattern, api_hosts, is_region


def read(pattern: str, host: str, own: str = "") -> dict[str, str] | None:
    return HostPattern.of(pattern).read(host.split("."), own)


def test_a_slot_is_filled_and_a_literal_label_must_be_equal() -> None:
    assert read("kms.{region}.x", "kms.cn-hangzhou.x") == {"region": "cn-hangzhou"}
    assert read("kms.{region}.x", "kms.cn-hangzhou.y") is None
    assert read("kms.x", "kms.x") == {}
    assert read("kms.x", "kms.x.x") is None
    pattern = "{bucket}.oss-{region}-internal.x"
    assert read(pattern, "kms.oss-us-west-1-internal.x") == {
        "bucket": "kms",
        "region": "us-west-1",
    }
    assert read(pattern, "kms.oss-us-west-1.x") is None


@pytest.mark.parametrize("label", ["a", "a1", "cn-hangzhou", "a--b"])
def test_a_free_label_is_any_label(label: str) -> None:
    assert read("{name}.x", f"{label}.x") == {"name": label}


@pytest.mark.parametrize("label", ["", "-a", "a-", "a_b", "é", "A"])
def test_what_is_no_label_fills_no_slot(label: str) -> None:
    assert read("{name}.x", f"{label}.x") is None


@pytest.mark.parametrize(
    "region",
    ["cn-hangzhou", "cn-north-2-gov-1", "rus-west-1-pop", "na-south-1", "me-central-1"],
)
def test_regions_are_known_by_their_shape(region: str) -> None:
    assert is_region(region)
    assert not is_region(f"{region}-internal")
    assert not is_region(f"oss-{region}")


@pytest.mark.parametrize(
    "text", ["", "cn", "cn-", "oss-cn-hangzhou", "kms-vpc", "vpc-proxy", "xx-1"]
)
def test_other_labels_are_no_regions(text: str) -> None:
    assert not is_region(text)
    assert not is_region(text, "home")
    assert is_region("home", "home")


@pytest.mark.parametrize(
    ("one", "other", "overlapping"),
    [
        ("a.x", "a.x", True),
        ("a.x", "b.x", False),
        ("a.x", "a.x.x", False),
        ("{name}.x", "a.x", True),
        ("{region}.x", "a.x", False),
        ("{region}.x", "cn-beijing.x", True),
        ("{region}.x", "{name}.x", True),
        ("{region}.x", "{region}-internal.x", False),
        ("{name}.x", "oss-{region}.x", True),
        ("{region}.x", "oss-{region}.x", False),
        ("oss-{region}.x", "{name}-pub.x", True),
        ("a-{name}.x", "b-{name}.x", False),
        ("{name}-a.x", "{name}-b.x", False),
        ("{name}.{region}.fc", "{region}.{name}.fc", True),
        ("{name}.{region}.fc", "fc.{region}.x", False),
    ],
)
def test_two_patterns_overlap_when_one_host_matches_both(
    one: str, other: str, overlapping: bool
) -> None:
    assert HostPattern.of(one).overlaps(HostPattern.of(other)) is overlapping
    assert HostPattern.of(other).overlaps(HostPattern.of(one)) is overlapping


@pytest.mark.parametrize(
    "text", ["", "kms", "{name}", "a..b", "{a}{b}.x", "{A}.x", "{}.x", "a*.x", "{a.x"]
)
def test_a_pattern_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="host pattern"):
        HostPattern.of(text)


def test_api_hosts_are_regional_and_central_in_every_network() -> None:
    hosts = api_hosts("kms", "odd.aliyuncs.com")
    assert {"kms.aliyuncs.com", "kms.{region}.aliyuncs.com", "odd.aliyuncs.com"} < set(hosts)
    assert {"kms-vpc.{region}.aliyuncs.com", "kms-share.aliyuncs.com"} < set(hosts)
    assert len(set(hosts)) == len(hosts) == 11
