"""`juyong net map`: boxes that do not overlap, text that can be read, names that inject nothing."""

import json
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.commands import juyong
from tests.local import local_platform
from tests.unit.services.network import network_rows as rows

from juyong.base.clock import Instant, system_clock
from juyong.engines.packet import reach
from juyong.services.network.drawing.page import MOST_BYTES, page, shortened
from juyong.services.network.drawing.script import SCRIPT
from juyong.services.network.usage.tables import SeenRow
from juyong.services.network.view import view
from juyong.store.transaction import Transaction

SVG = "{http://www.w3.org/2000/svg}"
SCREEN = 1920
EVIL = '</script><script>alert(1)</script>"><img src=x onerror=alert(1)>&amp;\x00\x1b'
INSTANCES = 200


def large(tx: Transaction) -> None:
    """Two VPCs, 200 interfaces in 8 vSwitches and 20 groups; names are hostile or long."""
    for letter, wide in (("a", 0), ("b", 1)):
        rows.vpc(tx, f"vpc-{letter}", f"10.{wide}.0.0/16", vpc_name=EVIL)
        for number in range(4):
            name = f"vsw-{letter}{number}"
            rows.vswitch(
                tx, name, f"10.{wide}.{number}.0/24", f"vpc-{letter}", vswitch_name="名" * 90
            )
        for number in range(10):
            name = f"sg-{letter}{number}"
            rows.group(tx, name, f"vpc-{letter}", group_name=EVIL * 3, inner_access=number == 1)
            rows.rule(tx, f"sgr-{letter}{number}", name, port_range="22/22", peer_cidr="0.0.0.0/0")
    for number in range(INSTANCES):
        letter, wide = ("a", 0) if number < 150 else ("b", 1)
        place = number % 4
        rows.interface(
            tx,
            f"eni-{number}",
            f"vsw-{letter}{place}",
            f"10.{wide}.{place}.{number + 1}",
            f"sg-{letter}{number % 10}",
            vpc_id=f"vpc-{letter}",
            instance_id=f"i-{number}",
            is_primary=True,
            interface_name=EVIL if number % 3 else "a-name-without-an-end-" * 9,
        )
    rows.eip(tx, "eip-0", "198.18.0.9", "eni-0", "10.0.0.1")
    now = system_clock()
    for number in range(1, 60):
        seen(tx, "eni-0", f"eni-{number}", accepted=number % 3 > 0, at=now)
    seen(tx, "internet", "eni-0", accepted=True, at=now)
    seen(tx, "internet", "eni-1", accepted=False, at=Instant(now - 3600))
    seen(tx, "eni-0", "eni-gone", accepted=False, at=now)


def seen(tx: Transaction, source: str, target: str, *, accepted: bool, at: Instant) -> None:
    ends = {"source": source, "target": target, "accepted": accepted}
    tx.insert(SeenRow(**ends, protocol=6, port=22, packets=2, seen_at=at))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "home"
    with local_platform(path) as local:
        local.running.store.call(large)
    return path


@pytest.fixture(scope="module")
def text(home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("drawn") / "map.html"
    done = juyong("net", "map", file, "--home", home, "--json")
    assert done.status == 0, done.err
    found = json.loads(done.out)
    assert found["interfaces"] == INSTANCES
    assert found["size_bytes"] == file.stat().st_size < MOST_BYTES
    return file.read_text()


def drawing(text: str) -> ET.Element:
    drawn = text[text.index("<svg") : text.index("</svg>") + len("</svg>")]
    return ET.fromstring(drawn)  # noqa: S314 - our own text


def box_of(label: ET.Element) -> tuple[int, int, int, int]:
    rect = label.find(f"{SVG}rect")
    assert rect is not None
    x, y, width, height = (int(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def test_no_label_covers_another_and_all_are_on_a_screen(text: str) -> None:
    found = [each for each in drawing(text).iter(f"{SVG}g") if "label" in each.attrib["class"]]
    assert len(found) == INSTANCES + 1
    boxes = [box_of(each) for each in found]
    for at, (left, top, right, bottom) in enumerate(boxes):
        assert 0 <= left < right <= SCREEN
        for other_left, other_top, other_right, other_bottom in boxes[at + 1 :]:
            apart = right <= other_left or other_right <= left
            assert apart or bottom <= other_top or other_bottom <= top


def test_flows_of_late_are_lines_from_box_to_box_and_dropped_ones_are_red(text: str) -> None:
    paths = list(drawing(text).iter(f"{SVG}path"))
    kinds = Counter(each.attrib["class"] for each in paths)
    assert (kinds["live"], kinds["stopped"]) == (40 + 1, 19)
    assert re.search(r"\.stopped\{[^}]*stroke:#c62828", text)
    middles = set()
    for label in drawing(text).iter(f"{SVG}g"):
        left, top, right, bottom = box_of(label)
        middles.add((left + (right - left) // 2, top + (bottom - top) // 2))
    for each in paths:
        if each.attrib["class"] in ("live", "stopped"):
            numbers = list(map(int, re.findall(r"-?\d+", each.attrib["d"])))
            assert {tuple(numbers[:2]), tuple(numbers[-2:])} <= middles
    # Lines lie under the boxes, so that no name is struck through.
    assert text.index('class="stopped"') < text.index('<g class="label')
    assert text.index('class="live"') < text.index('class="stopped"')
    assert text.count("tcp/22  DROPPED, 2 packets, ") == 20
    assert "<h2>Flows of the last 10 minutes</h2>" in text


def test_minutes_choose_the_flows(home: Path, tmp_path: Path) -> None:
    def drawn(minutes: str) -> dict[str, Any]:
        words = ("net", "map", tmp_path / "map.html", "--home", home, "--json")
        found: dict[str, Any] = json.loads(juyong(*words, "--minutes", minutes).out)
        return found

    assert (drawn("10")["live"], drawn("10")["dropped"]) == (40 + 1, 20)
    assert drawn("120")["dropped"] == 21
    assert (drawn("0")["live"], drawn("0")["dropped"]) == (0, 0)
    assert "Flows of the last" not in (tmp_path / "map.html").read_text()
    assert juyong("net", "map", "--minutes", "1441", "--home", home).status == 3


def test_text_stays_in_its_box_and_is_large_enough(text: str) -> None:
    sizes = [int(each) for each in re.findall(r"font:(\d+)px", text)]
    assert sizes
    assert min(sizes) >= 9
    assert "font-size" not in text
    for label in drawing(text).iter(f"{SVG}g"):
        left, top, right, bottom = box_of(label)
        for line in label.iter(f"{SVG}text"):
            said = line.text or ""
            wide = sum(2 if letter == "名" else 1 for letter in said)
            assert left < int(line.attrib["x"]) + wide * 6.7 <= right
            assert top + 11 <= int(line.attrib["y"]) <= bottom


class Reader(HTMLParser):
    """Collects the elements of a page, their attributes, and the text of its scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script" and data.strip():
            self.scripts.append(data)


def test_names_bring_no_element_no_script_and_no_address(text: str) -> None:
    reader = Reader()
    reader.feed(text)
    names = [tag for tag, _ in reader.tags]
    assert "img" not in names
    assert names.count("script") == 2
    assert SCRIPT in reader.scripts
    held = {name for _, attributes in reader.tags for name in attributes}
    assert not any(name.startswith("on") for name in held)
    assert not held & {"src", "href"}
    assert "default-src 'none'" in text
    assert "\x00" not in text


def test_what_a_click_shows_is_what_the_engine_says(home: Path, text: str) -> None:
    held = re.search(r'<script type="application/json" id="flows">(.*?)</script>', text)
    assert held is not None
    data: dict[str, Any] = json.loads(held[1])
    order = [
        (re.search(r"eni-\d+", each.findtext(f"{SVG}title") or "") or ["internet"])[0]
        for each in drawing(text).iter(f"{SVG}g")
    ]
    numbers = [int(each.attrib["data-n"]) for each in drawing(text).iter(f"{SVG}g")]
    name_of = dict(zip(numbers, order, strict=True))
    shown = {
        (name_of[int(source)], name_of[number])
        for source, each in data["pairs"].items()
        for runs in each.values()
        for first, last in runs
        for number in range(first, last + 1)
    }
    assert ("internet", "eni-0") in shown
    assert ("internet", "eni-1") not in shown
    with local_platform(home) as local:
        compiled = local.running.store.call(view).picture.compiled
    assert {(each.source, each.target) for each in reach(compiled)} == {
        pair for pair in shown if "internet" not in pair
    }


def test_a_page_that_would_be_too_large_leaves_out_flows(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with local_platform(home) as local:
        found = local.running.store.call(view)
    monkeypatch.setattr("juyong.services.network.drawing.page.MOST_BYTES", 1)
    drawn = page(found)
    assert "Too many flows for a page" in drawn.text
    assert "Too many rules for a page" in drawn.text


def test_a_file_that_cannot_be_written_is_named(home: Path, tmp_path: Path) -> None:
    done = juyong("net", "map", tmp_path / "none" / "map.html", "--home", home)
    assert (done.status, "map.html" in done.err) == (3, True)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("web", 180, "web"),
        ("w" * 24, 180, "w" * 24),
        ("w" * 25, 180, "w" * 23 + "…"),
        ("名" * 13, 180, "名" * 11 + "…"),
        ("a\x1bb", 180, "ab"),
    ],
)
def test_names_are_shortened_by_their_width(text: str, width: int, shown: str) -> None:
    assert shortened(text, width) == shown


def test_a_browser_opens_the_page(text: str, tmp_path: Path) -> None:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    browser = next((found for each in names if (found := shutil.which(each))), None)
    if browser is None:
        pytest.skip("no Chromium is installed")
    file = tmp_path / "map.html"
    file.write_text(text)
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.count('class="label') == INSTANCES + 1
