"""Prefix lists and port lists: made, changed, listed and deleted, and what is refused."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.local import refused
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import Groups

from juyong.services.network.rules.tables import PortsRow, PrefixRow


@dataclass(frozen=True)
class Kind:
    """One kind of list, by the names that it has on the wire."""

    name: str
    tag: str
    text: str
    entries: tuple[str, ...]
    bad: tuple[str, ...]
    codes: dict[str, tuple[str, int]]
    limits: dict[str, str]
    most: int
    wanted: dict[str, str]

    def make(self, ecs: Groups, *entries: str, **params: Any) -> str:
        """Make a list of at most five entries."""
        given = {
            f"{self.name}Name": "mine",
            "MaxEntries": 5,
            "Entry": [{self.text: each} for each in entries] or None,
            **self.wanted,
            **params,
        }
        made: str = ecs(f"Create{self.name}", **given)[f"{self.name}Id"]
        return made

    def change(self, ecs: Groups, list_id: str, **params: Any) -> None:
        """Change a list."""
        ecs(f"Modify{self.name}", **{f"{self.name}Id": list_id, **params})

    def held(self, ecs: Groups, list_id: str) -> list[tuple[str, str]]:
        """Return the entries of a list with their descriptions."""
        if self.name == "PrefixList":
            found = ecs("DescribePrefixListAttributes", PrefixListId=list_id)["Entries"]["Entry"]
        else:
            found = ecs("DescribePortRangeListEntries", PortRangeListId=list_id)["Entries"]
        return [(each[self.text], each["Description"]) for each in found]

    def listed(self, ecs: Groups, **asked: Any) -> list[dict[str, Any]]:
        """Return lists as a list shows them."""
        page: Any = ecs(f"Describe{self.name}s", **asked)[f"{self.name}s"]
        found: list[dict[str, Any]] = page["PrefixList"] if isinstance(page, dict) else page
        return found

    def associations(self, ecs: Groups, list_id: str, **asked: Any) -> Any:
        """Return a page of the groups whose rules name a list, and the next token."""
        given = {f"{self.name}Id": list_id, **asked}
        page = ecs(f"Describe{self.name}Associations", **given)
        found = page[f"{self.name}Associations"]
        if self.name == "PrefixList":
            found = found["PrefixListAssociation"]
        return [each["ResourceId"] for each in found], page.get("NextToken")

    def rule(self, list_id: str) -> dict[str, str]:
        """Return a rule that names a list."""
        rule = {"IpProtocol": "tcp", "PortRange": "22/22", "SourceCidrIp": "10.0.0.1"}
        if self.name == "PrefixList":
            return {**rule, "SourceCidrIp": "", "SourcePrefixListId": list_id}
        return {**rule, "PortRange": "", "PortRangeListId": list_id}


PREFIXES = Kind(
    name="PrefixList",
    tag="prefixlist",
    text="Cidr",
    entries=("10.0.0.0/8", "172.16.0.0/12", "192.168.0.1/32"),
    bad=("10.0.0.1/8", "2001:db8::/32", "x", ""),
    codes={
        "entry": ("InvalidParameter.CidrMalformed", 400),
        "twice": ("InvalidParameter.CidrDuplicated", 400),
        "name": ("InvalidParameter.PrefixListName", 400),
        "most": ("InvalidParameter", 400),
        "full": ("LimitExceed.PrefixListPerRegion", 404),
        "missing": ("InvalidPrefixListId.NotFound", 404),
        "used": ("NotAllowed.AssociationExist", 400),
    },
    limits={"lists": "ecs.prefix-lists"},
    most=200,
    wanted={"AddressFamily": "IPv4"},
)
PORTS = Kind(
    name="PortRangeList",
    tag="portrangelist",
    text="PortRange",
    entries=("1/9", "22/22", "443/65535"),
    bad=("0/1", "-1/-1", "2/1", "80", ""),
    codes={
        "entry": ("InvalidParameter.PortRange", 400),
        "twice": ("InvalidParameter.PortRangeDuplicated", 400),
        "name": ("InvalidParameter.PortRangeListName", 400),
        "most": ("InvalidOperation.MaxEntriesCountExceed", 400),
        "full": ("InvalidOperation.MaxCountExceed", 400),
        "missing": ("InvalidPortRangeListId.NotFound", 400),
        "used": ("InvalidPortRangeListId.AssociationExist", 400),
    },
    limits={"lists": "ecs.port-lists"},
    most=2000,
    wanted={},
)
kinds = pytest.mark.parametrize("kind", [PREFIXES, PORTS], ids=["prefixes", "ports"])


@kinds
def test_a_list_is_shown_with_its_entries(ecs, kind):
    made = kind.make(
        ecs,
        *kind.entries,
        Description="all of it",
        Tag=[{"Key": "team", "Value": "red"}],
    )
    assert kind.held(ecs, made) == [(each, "") for each in kind.entries]
    (shown,) = kind.listed(ecs)
    assert shown.pop("CreationTime").endswith("Z")
    tags = [{"TagKey": "team", "TagValue": "red"}]
    assert shown == {
        f"{kind.name}Id": made,
        f"{kind.name}Name": "mine",
        "Description": "all of it",
        "MaxEntries": 5,
        "AssociationCount": 0,
        "ResourceGroupId": "",
        "Tags": {"Tag": tags} if kind is PREFIXES else tags,
        **kind.wanted,
    }


def test_blocks_are_kept_in_one_form(ecs):
    four = PREFIXES.make(ecs, "192.168.1.100")
    six = PREFIXES.make(ecs, "2001:0DB8:0000::/32", "FD00::1", AddressFamily="IPv6")
    assert PREFIXES.held(ecs, four) == [("192.168.1.100/32", "")]
    assert PREFIXES.held(ecs, six) == [("2001:db8::/32", ""), ("fd00::1/128", "")]
    with refused("InvalidParameter.CidrDuplicated", 400):
        PREFIXES.make(ecs, "10.0.0.1", "10.0.0.1/32")
    with refused("InvalidParameter.CidrMalformed", 400):
        PREFIXES.change(ecs, six, AddEntry=[{"Cidr": "10.0.0.0/8"}])
    for family in ("ipv4", "IPv5"):
        with refused("InvalidParameter.AddressFamily", 400):
            PREFIXES.make(ecs, AddressFamily=family)


@kinds
def test_entries_are_added_removed_and_described_anew(ecs, kind):
    one, two, three = kind.entries
    made = kind.make(ecs, one, two)
    kind.change(
        ecs,
        made,
        AddEntry=[
            {kind.text: three, "Description": "the third"},
            {kind.text: one, "Description": "the first"},
        ],
        RemoveEntry=[{kind.text: two}],
    )
    assert kind.held(ecs, made) == [(one, "the first"), (three, "the third")]
    kind.change(ecs, made, RemoveEntry=[{kind.text: two}])
    kind.change(ecs, made, **{f"{kind.name}Name": "other", "Description": "other words"})
    (shown,) = kind.listed(ecs)
    assert (shown[f"{kind.name}Name"], shown["Description"]) == ("other", "other words")
    assert kind.held(ecs, made) == [(one, "the first"), (three, "the third")]


@kinds
@pytest.mark.parametrize("change", ["make", "add"])
def test_what_no_list_can_have(ecs, kind, change):
    one, two, _ = kind.entries
    made = kind.make(ecs, one)

    def call(*entries, **params):
        given = [{kind.text: each} for each in entries] or None
        if change == "make":
            return kind.make(ecs, **{"Entry": given, **params})
        return kind.change(ecs, made, **{"AddEntry": given, **params})

    entries = "Entry" if change == "make" else "AddEntry"
    for bad in kind.bad:
        with refused(*kind.codes["entry"]):
            call(bad)
    with refused(*kind.codes["twice"]):
        call(two, two)
    for name in ("a", "1a", "http://a", "com.aliyun.x", "com.alibabacloud", "a b", "a" * 129):
        with refused(*kind.codes["name"]):
            call(**{f"{kind.name}Name": name})
    for text in ("a", "a" * 257, "http://a"):
        with refused("InvalidDescription.Malformed", 400):
            call(Description=text)
    for text in ("a", "a" * 33, "https://a"):
        with refused("InvalidDescription.Malformed", 400):
            call(**{entries: [{kind.text: two, "Description": text}]})
    many = [f"10.0.{n}.0/24" if kind is PREFIXES else f"{n + 1}/{n + 1}" for n in range(201)]
    with refused("LimitExceed.MaxEntries", 400):
        call(*many[:6])
    with refused("LimitExceed.Entry", 400):
        call(*many)
    assert kind.held(ecs, made) == [(one, "")]
    assert len(kind.listed(ecs)) == 1


@kinds
def test_an_entry_is_not_added_and_removed_in_one_call(ecs, kind):
    one, two, _ = kind.entries
    made = kind.make(ecs, one)
    with refused(*kind.codes["twice"]):
        kind.change(ecs, made, AddEntry=[{kind.text: two}], RemoveEntry=[{kind.text: two}])
    with refused(*kind.codes["entry"]):
        kind.change(ecs, made, RemoveEntry=[{kind.text: "x"}])


@kinds
def test_the_most_entries_are_fixed_within_their_bounds(ecs, kind):
    for most in (0, kind.most + 1):
        with refused(*kind.codes["most"]):
            kind.make(ecs, MaxEntries=most)
    kind.make(ecs, MaxEntries=kind.most)
    one, two, _ = kind.entries
    made = kind.make(ecs, one, MaxEntries=1)
    with refused("LimitExceed.MaxEntries", 400):
        kind.change(ecs, made, AddEntry=[{kind.text: two}])
    kind.change(ecs, made, AddEntry=[{kind.text: two}], RemoveEntry=[{kind.text: one}])
    assert kind.held(ecs, made) == [(two, "")]


@kinds
def test_a_list_in_use_is_not_deleted(ecs, local, kind):
    made, group, other = kind.make(ecs, kind.entries[0]), ecs.group(), ecs.group()
    for each in (group, other):
        ecs("AuthorizeSecurityGroup", SecurityGroupId=each, Permissions=[kind.rule(made)])
    both = sorted([group, other])
    assert kind.associations(ecs, made) == (both, None)
    first, token = kind.associations(ecs, made, MaxResults=1)
    assert [*first, *kind.associations(ecs, made, NextToken=token)[0]] == both
    assert kind.listed(ecs)[0]["AssociationCount"] == 2
    with refused(*kind.codes["used"]):
        ecs(f"Delete{kind.name}", **{f"{kind.name}Id": made})
    for each in (group, other):
        ecs("RevokeSecurityGroup", SecurityGroupId=each, Permissions=[kind.rule(made)])
        assert ecs.rules(each) == []
    ecs(f"Delete{kind.name}", **{f"{kind.name}Id": made})
    assert kind.listed(ecs) == []
    for row in (PrefixRow, PortsRow):
        kept = local.running.store.call(lambda tx, row=row: tx.find(row, list_id=made))
        assert kept == []


@kinds
def test_lists_are_filtered_and_come_in_pages(ecs, kind):
    one = kind.make(ecs, Tag=[{"Key": "a", "Value": "b"}])
    two = kind.make(ecs, **{f"{kind.name}Name": "two"})

    def found(**asked):
        return [each[f"{kind.name}Id"] for each in kind.listed(ecs, **asked)]

    both = sorted([one, two])
    assert found() == both
    assert found(**{f"{kind.name}Id": [two, "none-1"]}) == [two]
    assert found(**{f"{kind.name}Name": "two"}) == [two]
    assert found(Tag=[{"Key": "a"}]) == [one]
    page = ecs(f"Describe{kind.name}s", MaxResults=1)
    assert found(NextToken=page["NextToken"]) == both[1:]
    if kind is PREFIXES:
        assert found(AddressFamily="IPv4") == both
        assert found(AddressFamily="IPv6") == []


@kinds
def test_a_region_holds_its_quota_of_lists(ecs, local, kind):
    with quotas(local, {kind.limits["lists"]: 1}):
        kind.make(ecs)
        with refused(*kind.codes["full"]):
            kind.make(ecs)


@kinds
def test_tags_that_are_refused(ecs, kind):
    for tags, code in (
        ([{"Key": "acs:x"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k", "Value": "acs:v"}], "InvalidTagValue.Malformed"),
        ([{"Key": "k"}, {"Key": "K"}], "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            kind.make(ecs, Tag=tags)
    made = kind.make(ecs)
    ecs(
        "TagResources",
        ResourceType=kind.tag,
        ResourceId=[made],
        Tag=[{"Key": "k", "Value": "v"}],
    )
    shown = ecs("ListTagResources", ResourceType=kind.tag, ResourceId=[made])
    assert shown["TagResources"]["TagResource"] == [
        {"ResourceType": kind.tag, "ResourceId": made, "TagKey": "k", "TagValue": "v"}
    ]


@kinds
def test_a_list_must_exist_in_the_region_called(ecs, local, kind):
    shows = {"PrefixList": "DescribePrefixListAttributes"}
    actions = [
        *(f"Modify{kind.name}", f"Delete{kind.name}", f"Describe{kind.name}Associations"),
        shows.get(kind.name, "DescribePortRangeListEntries"),
    ]
    others = local.administrator(local.new_account())
    theirs = kind.make(Groups(others, ""))
    for action in actions:
        for list_id in ("none-1", theirs):
            with refused(*kind.codes["missing"]):
                ecs(action, **{f"{kind.name}Id": list_id})
        with refused("InvalidRegionId.NotFound", 404):
            ecs(action, RegionId="cn-beijing", **{f"{kind.name}Id": "none-1"})
    for action in (f"Create{kind.name}", f"Describe{kind.name}s"):
        with refused("InvalidRegionId.NotFound", 404):
            ecs(
                action,
                RegionId="cn-beijing",
                MaxEntries=1,
                **{f"{kind.name}Name": "mine"},
                **kind.wanted,
            )
    with refused("InvalidNextToken.Malformed", 400):
        kind.listed(ecs, NextToken="x")
    made = kind.make(ecs)
    with refused("InvalidNextToken.Malformed", 400):
        kind.associations(ecs, made, NextToken="x")
