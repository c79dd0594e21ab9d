"""Pictures are drawn whole: boxes apart, texts inside of them, labels between."""

import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from tests.docs.walkthrough import ROOT

sys.path.insert(0, str(ROOT / "tools"))
try:
    from pages.layers import layers_picture
    from pages.pictures import Picture, Placed, drawing, placed_boxes, read
finally:
    sys.path.remove(str(ROOT / "tools"))

IMAGES = ROOT / "docs" / "images"
PICTURES = {path.stem: read(path) for path in sorted(IMAGES.glob("*.toml"))}
PICTURES["layers"] = layers_picture(ROOT)
EACH = pytest.mark.parametrize("picture", PICTURES.values(), ids=list(PICTURES))
NARROW, WIDE = 6.3, 7.8
"""Pixels of a letter of 12 pixels, and of a bold one of 14."""


def test_there_are_pictures() -> None:
    assert len(PICTURES) >= 5


@EACH
def test_boxes_stand_apart(picture: Picture) -> None:
    placed = placed_boxes(picture)
    assert len(placed) == sum(map(len, picture.rows)), "two boxes have one id"
    for one, other in combinations(placed.values(), 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        above = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert beside or above, (one.box.id, other.box.id)
    for each in placed.values():
        assert each.x >= 0
        assert each.x + each.width <= 1000


@EACH
def test_texts_fit_into_their_boxes(picture: Picture) -> None:
    for each in placed_boxes(picture).values():
        assert len(each.box.name) * WIDE <= each.width - 8, each.box.name
        for line in each.lines:
            assert len(line) * NARROW <= each.width - 8, line


@EACH
def test_labels_fit_between_boxes_of_one_row(picture: Picture) -> None:
    placed = placed_boxes(picture)
    for arrow in picture.arrows:
        one, other = placed[arrow.start], placed[arrow.to]
        if one.row == other.row:
            assert len(arrow.label) * NARROW <= gap(one, other), arrow


def gap(one: Placed, other: Placed) -> float:
    left, right = sorted((one, other), key=lambda each: each.x)
    return right.x - left.x - left.width


@EACH
def test_a_drawing_is_one_file_that_loads_nothing(picture: Picture) -> None:
    drawn = drawing(picture)
    root = ET.fromstring(drawn)  # noqa: S314  # our own text
    shown = " ".join(filter(None, (text.text for text in root.iter())))
    for row in picture.rows:
        for box in row:
            assert box.name in shown
    assert picture.text in shown
    assert "href" not in drawn
    assert "<script" not in drawn


def test_names_are_text_and_not_marks(tmp_path: Path) -> None:
    text = tmp_path / "a.toml"
    text.write_text('title = "a & b"\ntext = "<"\nrows = [[{id = "x", name = "<b>"}]]\n')
    assert "&lt;b&gt;" in drawing(read(text))
    text.write_text('title = "a"\ntext = "b"\nrows = [[{id = "x", nam = "y"}]]\n')
    with pytest.raises(msgspec.ValidationError):
        read(text)


def test_each_picture_is_shown_by_a_page_and_drawn_from_a_text() -> None:
    pages = "".join(page.read_text() for page in (ROOT / "docs").rglob("*.md"))
    by_hand = {"how-a-call-travels", "keys-and-secrets"}
    assert {each.stem for each in IMAGES.glob("*.svg")} == set(PICTURES) | by_hand
    for name in (*PICTURES, *by_hand):
        assert f"images/{name}.svg" in pages, name
