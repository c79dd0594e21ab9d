"""Feeds of bad addresses: what is read, what is refused, and what a prefix list then holds."""

import ipaddress
from dataclasses import replace
from random import Random

import msgspec
import pytest
from tests import commands
from tests.platforms import quotas
from tests.unit.engines.packet.packet_values import group, network, rule
from tests.unit.services.ecs.conftest import Groups
from tests.unit.services.networks import new_vpc, new_vswitch

from juyong.api.bench import Bench
from juyong.api.context import FetchRefused
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.app.state import check, state_of
from juyong.engines.packet import (
    Cidr,
    Compiled,
    ListPeer,
    Packet,
    Ports,
    PrefixList,
    Verdict,
    nft_text,
)
from juyong.engines.packet.judge import judge_acl, judge_ingress
from juyong.services.network.feeds import filling
from juyong.services.network.feeds.jobs import feeds
from juyong.services.network.feeds.reading import LONGEST_BYTES, FeedRefused, read_feed
from juyong.services.network.feeds.tables import FeedRow
from juyong.services.network.picture import picture
from juyong.services.network.rules.tables import PrefixRow
from juyong.store.inventory_reads import newest, types_changed

HOUR = 3600


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("192.0.2.0/24\n198.51.100.7\n", ["192.0.2.0/24", "198.51.100.7/32"]),
        ("# c\n; c\n\n 192.0.2.1 ; SBL1\n192.0.2.3 # why\n", ["192.0.2.1/32", "192.0.2.3/32"]),
        ('{"cidr":"192.0.2.0/24","rir":"x"}\n{"type":"metadata"}\n', ["192.0.2.0/24"]),
        ('{"ip":"192.0.2.9"}\r\n', ["192.0.2.9/32"]),
        ('ip,score\n"192.0.2.1",9\n192.0.2.4,1\n', ["192.0.2.1/32", "192.0.2.4/32"]),
        ("2021-01-01,192.0.2.1,bad\n", ["192.0.2.1/32"]),
        ("\ufeff192.0.2.0/25\n192.0.2.128/25\n192.0.2.7\n", ["192.0.2.0/24"]),
    ],
)
def test_blocks_in_each_form(text, blocks):
    assert list(read_feed(text.encode(), 4).blocks) == blocks


def test_lines_of_another_version_and_a_few_unreadable_ones_are_passed_over():
    lines = [f"192.0.2.{n}" for n in range(0, 60, 2)] + ["what", "192.0.2.1/8", "2001:db8::/32"]
    feed = read_feed("\n".join(lines).encode(), 4)
    assert (len(feed.blocks), feed.unread, feed.others) == (30, 2, 1)
    assert read_feed("\n".join(lines).encode(), 6).blocks == ("2001:db8::/32",)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no block of IPv4"),
        (b"# nothing\n", "no block of IPv4"),
        (b"2001:db8::/32\n", "no block of IPv4"),
        (b"<html>\n<body>\nnot found\n</body>\n", "HTML"),
        (b"\xef\xbb\xbf \n<p>your address 192.0.2.9 is blocked</p>", "HTML"),
        (b"not\nfound\nat\nall\n", "4 of its 4 lines"),
        (b"192.0.2.1\n" * 19 + b"x\ny\nz\n", "3 of its 22 lines"),
        (b"192.0.2.1\n0.0.0.0/0\n", "0.0.0.0/0, which is wider"),
        (b"8.0.0.0/7\n", "wider than a /8"),
        (b"\xff\xfe192.0.2.1", "no text"),
        (b"192.0.2.1\n" * (LONGEST_BYTES // 10 + 1), "longer"),
        (b"[" * 100_000, "no block"),
    ],
)
def test_copies_that_are_refused(data, why):
    with pytest.raises(FeedRefused, match=why):
        read_feed(data, 4)
    assert read_feed(b"10.0.0.0/8\n", 4).blocks == ("10.0.0.0/8",)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("seed", range(20))
def test_merged_blocks_are_those_of_the_standard_library(seed, version):
    random = Random(seed)  # noqa: S311 - cases, not secrets
    base, bits = (0xC0000200, 32) if version == 4 else (0x20010DB8 << 96, 128)
    kind = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
    networks = []
    for _ in range(random.randint(1, 60)):
        length = bits - random.choice((0, 0, 0, 1, 2, 3, 5))
        number = base + (random.randrange(256) >> (bits - length) << (bits - length))
        networks.append(kind((number, length)))
    feed = read_feed("\n".join(map(str, networks)).encode(), version)
    assert list(feed.blocks) == [str(each) for each in ipaddress.collapse_addresses(networks)]


# --- the job -------------------------------------------------------------------------------------


@pytest.fixture
def bench(local):
    told: list[int] = []
    yield Bench(
        call=local.running.store.call,
        clock=local.clock,
        platform=local.running.pipeline.platform,
        job=feeds.name,
        rows=feeds.rows,
        over_budget=lambda _job, rows: told.append(rows),
    )
    assert told == []


@pytest.fixture
def ecs(call):
    return Groups(call, "")


def made(ecs, most=5, *cidrs):
    found = ecs(
        "CreatePrefixList",
        PrefixListName="bad",
        AddressFamily="IPv4",
        MaxEntries=most,
        Entry=[{"Cidr": each} for each in cidrs] or None,
    )
    return found["PrefixListId"]


def held(ecs, list_id):
    shown = ecs("DescribePrefixListAttributes", PrefixListId=list_id)["Entries"]["Entry"]
    return [each["Cidr"] for each in shown]


def store(bench, list_id, path):
    row = FeedRow(
        list_id=list_id,
        path=str(path),
        every_s=HOUR,
        due_at=bench.clock(),
        read_at=0,
        entries=0,
        passed_over=0,
        fault="",
    )
    bench.transact(lambda tx: tx.insert(row))


def feed_of(bench, list_id):
    return bench.transact(lambda tx: tx.get(FeedRow, list_id))


def test_a_list_follows_its_feed_and_keeps_the_last_good_copy(ecs, bench, local, tmp_path):
    list_id, path = made(ecs, 5, "10.9.0.0/16"), tmp_path / "feed"
    path.write_text("192.0.2.0/24\n2001:db8::/32\n")
    store(bench, list_id, path)
    feeds(bench)
    assert held(ecs, list_id) == ["192.0.2.0/24"]
    first = feed_of(bench, list_id)
    assert (first.entries, first.passed_over, first.fault) == (1, 1, "")
    assert first.due_at == first.read_at + HOUR

    path.write_text("198.51.100.0/24\n")
    feeds(bench)
    assert held(ecs, list_id) == ["192.0.2.0/24"]
    local.clock.offset += HOUR
    feeds(bench)
    assert held(ecs, list_id) == ["198.51.100.0/24"]

    for text, fault in (
        ("0.0.0.0/0\n", "wider than a /8"),
        ("\n".join(f"10.0.{n}.0/24" for n in range(1, 13, 2)), "6 blocks, and the list takes 5"),
        ("", "no block"),
    ):
        path.write_text(text)
        local.clock.offset += HOUR
        feeds(bench)
        assert fault in feed_of(bench, list_id).fault
        assert held(ecs, list_id) == ["198.51.100.0/24"]
    path.unlink()
    local.clock.offset += HOUR
    feeds(bench)
    assert "cannot be read: No such file" in feed_of(bench, list_id).fault
    path.mkdir()
    local.clock.offset += HOUR
    feeds(bench)
    assert "no regular file" in feed_of(bench, list_id).fault
    path.rmdir()
    path.write_text("203.0.113.0/24\n")
    local.clock.offset += HOUR
    feeds(bench)
    assert held(ecs, list_id) == ["203.0.113.0/24"]
    assert feed_of(bench, list_id).fault == ""


def test_what_a_feed_changes_is_told_so_that_the_plane_takes_it(ecs, bench, local, tmp_path):
    list_id, path = made(ecs, 5, "10.9.0.0/16"), tmp_path / "feed"
    path.write_text("192.0.2.0/24\n")
    store(bench, list_id, path)
    before = local.running.store.call(newest)
    feeds(bench)
    changed = local.running.store.call(lambda tx: types_changed(tx, before))
    assert changed == {"ACS::ECS::PrefixList"}
    # Databases of tests are shared, and other tests write rows that no call made.
    assert [each for each in check(state_of(local.running)) if list_id in each.where] == []
    local.clock.offset += HOUR
    settled = local.running.store.call(newest)
    feeds(bench)
    assert local.running.store.call(newest) == settled


def test_long_feeds_come_in_pieces_and_a_killed_one_goes_on(
    ecs, bench, local, tmp_path, monkeypatch
):
    monkeypatch.setattr(filling, "PIECE", 10)
    path = tmp_path / "feed"
    with quotas(local, {"ecs.prefix-list-entries": 50_000}):
        list_id = made(ecs, 50_000, "10.9.0.0/16")
    path.write_text("".join(f"192.0.{n}.7\n" for n in range(25)))
    store(bench, list_id, path)
    add, calls = filling._add, []

    def killed(*given, **named):
        calls.append(named)
        if len(calls) == 2:
            raise KeyboardInterrupt
        add(*given, **named)

    monkeypatch.setattr(filling, "_add", killed)
    with pytest.raises(KeyboardInterrupt):
        feeds(bench)
    assert len(held(ecs, list_id)) == 11
    feeds(bench)
    assert held(ecs, list_id) == sorted(f"192.0.{n}.7/32" for n in range(25))


def test_a_url_is_fetched_and_the_last_good_copy_stays(ecs, bench, local):
    list_id, answers, asked = made(ecs, 200), [], []

    def download(whose, most):
        if whose != url:  # Other tests leave feeds behind.
            raise FetchRefused(whose)
        asked.append((whose, most))
        answer = answers.pop()
        if isinstance(answer, OSError):
            raise answer
        return answer

    url = "https://feeds.example/bad.txt"
    fetching = replace(bench, platform=msgspec.structs.replace(bench.platform, download=download))
    store(bench, list_id, url)
    many = "".join(f"192.0.2.{n}\n" for n in range(0, 256, 2)).encode()
    for answer, fault, blocks in (
        (many, "", 128),
        (FetchRefused("its address is on a network that is not asked"), "not asked", 128),
        (OSError("it answers with the status 503"), "cannot be fetched: it answers", 128),
        (b"<html>moved</html>", "HTML", 128),
        (b"", "no block", 128),
        (b"".join(many.splitlines(keepends=True)[:12]), "it shrank from 128 blocks to 12", 128),
        (b"".join(many.splitlines(keepends=True)[:13]), "", 13),
        (b"192.0.2.0/24\n", "", 1),
    ):
        answers.append(answer)
        feeds(fetching)
        assert fault in feed_of(bench, list_id).fault
        assert bool(fault) == bool(feed_of(bench, list_id).fault)
        assert len(held(ecs, list_id)) == blocks
        local.clock.offset += HOUR
    assert set(asked) == {(url, LONGEST_BYTES)}


def test_entries_of_a_network_acl_follow_a_feed(ecs, call, bench, local, tmp_path):
    list_id, path = made(ecs, 5), tmp_path / "feed"
    vpc_id = new_vpc(call, "10.0.0.0/16")
    vswitch_id = new_vswitch(call, vpc_id, "10.0.0.0/24")
    acl_id = call("Vpc", "CreateNetworkAcl", VpcId=vpc_id)["NetworkAclId"]
    of_all = {"Protocol": "all", "Port": "-1/-1"}
    entries = [
        {"Policy": "drop", "SourceCidrIp": list_id, **of_all},
        {"Policy": "accept", "SourceCidrIp": "0.0.0.0/0", **of_all},
    ]
    given = {"UpdateIngressAclEntries": True, "IngressAclEntries": entries}
    call("Vpc", "UpdateNetworkAclEntries", NetworkAclId=acl_id, **given)
    bound = [{"ResourceType": "VSwitch", "ResourceId": vswitch_id}]
    call("Vpc", "AssociateNetworkAcl", NetworkAclId=acl_id, Resource=bound)

    def passes(source):
        parts = local.running.store.call(picture).compiled.parts
        packet = Packet.of("tcp", source, "10.0.0.1", target_port=443)
        return judge_acl(parts.ways[acl_id], packet, outward=False).accepts

    assert passes("203.0.113.9")
    path.write_text("203.0.113.0/24\n")
    store(bench, list_id, path)
    feeds(bench)
    assert not passes("203.0.113.9")
    assert passes("198.51.100.1")


def test_a_platform_that_reaches_nothing_fetches_nothing(ecs, bench):
    list_id = made(ecs)
    store(bench, list_id, "https://127.0.0.1:1/bad.txt")
    feeds(bench)
    assert "cannot be fetched: its address is on a network that is not asked" in (
        feed_of(bench, list_id).fault
    )


def test_fifty_thousand_blocks_are_one_set_and_one_rule():
    lines = "".join(f"{11 + n // 65536}.{n // 256 % 256}.{n % 256}.7\n" for n in range(50_000))
    blocks = read_feed(lines.encode(), 4).blocks
    assert len(blocks) == 50_000

    def text(some):
        listed = PrefixList(id="pl-1", version=4, cidrs=tuple(map(Cidr.parse, some)))
        drop = rule(peer=ListPeer("pl-1"), policy=Verdict.DROP, protocol=None, ports=None)
        web = rule("sgr-2", peer=Cidr.parse("0.0.0.0/0"), priority=10, ports=Ports(443, 443))
        found = network(groups=(group(rules=(drop, web)),), prefix_lists=(listed,))
        return Compiled(found), nft_text(
            Compiled(found), "vpc-1", {"eni-1": "e1", "eni-2": "e2"}, "out"
        )

    many, written = text(blocks)
    _, short = text(blocks[:10])
    assert written.count(" drop") == short.count(" drop")
    assert written.count("11.0.0.7") == 1
    bad = Packet.of("tcp", blocks[-1].partition("/")[0], "10.0.0.1", target_port=443)
    good = Packet.of("tcp", "203.0.113.9", "10.0.0.1", target_port=443)
    for packet, passes in ((bad, False), (good, True)):
        assert judge_ingress(many.parts.guards["eni-1"], packet).accepts is passes


def test_a_deleted_list_takes_its_feed_along(ecs, bench, tmp_path):
    deleted, lost = made(ecs), made(ecs)
    for list_id in (deleted, lost):
        store(bench, list_id, tmp_path / "none")
    ecs("DeletePrefixList", PrefixListId=deleted)
    assert feed_of(bench, deleted) is None
    from juyong.services.network.rules.tables import PrefixListRow

    bench.transact(lambda tx: tx.delete(tx.get(PrefixListRow, lost)))
    feeds(bench)
    assert feed_of(bench, lost) is None


# --- the commands --------------------------------------------------------------------------------


def test_feeds_are_added_listed_and_removed(tmp_path):
    from juyong.services.network.rules.tables import PrefixListRow

    home, path = tmp_path / "home", tmp_path / "feed"
    path.write_text("192.0.2.0/24\n")
    running = open_platform(home, settings=Settings())
    row = PrefixListRow(
        list_id="pl-1",
        account_id="1",
        region="cn-hangzhou",
        list_name="bad",
        description="",
        ip_version=4,
        max_entries=5,
        created_at=1,
    )
    running.store.call(lambda tx: tx.insert(row))
    running.close()

    def juyong(*words):
        return commands.juyong("net", "feed", *words, "--home", home)

    assert "no prefix list `pl-2`" in juyong("add", "pl-2", path).err
    assert juyong("add", "pl-1", "feed").status == 3
    for url in ("http://feeds.example/x", "https://", "https://a:b@feeds.example/x", "ftp://a/b"):
        assert juyong("add", "pl-1", url).status == 3
    fetched = juyong("add", "pl-1", "https://feeds.example/x?y=1")
    assert "https://feeds.example/x?y=1: not read so far" in fetched.out
    assert juyong("add", "pl-1", path, "--every", "59").status == 3
    for _ in range(2):
        assert f"{path}: not read so far" in juyong("add", "pl-1", path, "--every", "60").out
    running = open_platform(home, settings=Settings())
    bench = Bench(
        call=running.store.call,
        clock=running.pipeline.clock,
        platform=running.pipeline.platform,
        rows=feeds.rows,
    )
    feeds(bench)
    kept = running.store.call(lambda tx: tx.find(PrefixRow, list_id="pl-1"))
    running.close()
    assert [each.cidr for each in kept] == ["192.0.2.0/24"]
    listed = juyong("list")
    assert (listed.status, "1 blocks at" in listed.out) == (0, True)
    assert "its blocks stay" in juyong("remove", "pl-1").out
    assert "has no feed" in juyong("remove", "pl-1").err
    assert juyong("list").out.strip() == ""
