"""What is written comes back, under any name: the files of other tools with the pictures beside them."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate_kit.formats import readers
from annotate_kit.formats.datasets import Example, registry, unpacked
from tests.annotate_kit.test_annotated_zips import errors, picture, read

WIDTH, HEIGHT = 100, 50
VALUES = {
    "boxes": [{"box": [10.0, 5.0, 30.0, 25.0], "label": "car"}],
    "polygons": [{"polygon": [[10.0, 5.0], [30.0, 5.0], [30.0, 25.0]], "label": "car"}],
    "points": [{"point": [12.0, 6.0], "label": "eye"}],
    "lines": [{"line": [[1.0, 2.0], [30.0, 5.0]], "label": "lane"}],
    "keypoints": [{"keypoints": {"nose": [20.0, 20.0, 2], "tail": [60.0, 40.0, 1]}, "label": "cat"}],
}
ARCHIVES = [
    (name, kind)
    for name in ("coco", "labelme", "label_studio", "voc", "yolo")
    for kind in sorted(registry.load(name).takes & VALUES.keys())
]
PICTURE = picture(WIDTH, HEIGHT)
ODD = [
    "one/a.png", "two/a.png", "two/A.png", "a.png", "a.jpg", "a_2.png", "a.png.jpg", "CAPS.PNG", "no ending", "2/1.0",
    "With space.png", " lead.png", "Übergröße/ß.png", "u\u0308.png", "ü.png", "٣.png", "a\u00a0b.png",
    "tab\tb.png",
    "a b.png", "a%20b.png", "100%.png", "#1.png", "-.png", "~.png", "a&b<c>\"'.png", "a,b.png", "a:b.png",
    "a?b.png", "a*b.png", "a_b.png", ".hidden.png", "x/.png", "..png", "a..png", "aux.png", "con/nul.png", "readme.png",
    "train.png", "classes.png", "images/labels/a.png", "labels/a.png", "0a1b2c3d-a.png", "a?X-b.png", "d=?d=1.png",
    "👩\u200d🚀.png",
    "x" * 196 + ".png", "ж" * 196 + ".png", "ж" * 195 + "я.png",
]  # fmt: skip
LETTERS = [*"abA1.. -_#%?*:ßüΩ界'\"&=,;+/🎉", "e\u0301"]
NAMES = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=12).map(lambda name: f"{''.join(name)}.png")


def is_path(name: str) -> bool:
    """Whether an archive can have it: no folder is empty, or called . or .., and it does not begin with a drive."""
    return name[1:3] != ":/" and all(part not in ("", ".", "..") for part in name.split("/"))


def archive(tool: str, examples: list[Example]) -> dict[str, bytes]:
    entry = registry.load(tool)
    return unpacked(f"export{entry.suffix}", entry.write(examples))


@pytest.mark.parametrize(("tool", "kind"), ARCHIVES)
class TestNames:
    def check(self, tool: str, kind: str, names: list[str]) -> None:
        values = [[{**part, "label": f"label {n}"} for part in VALUES[kind]] for n in range(len(names))]
        values[::3] = [[] for _ in values[::3]]
        items = [Example(name, None, WIDTH, HEIGHT, value) for name, value in zip(names, values, strict=True)]
        rows = read(kind, {**archive(tool, items), **dict.fromkeys(names, PICTURE)})
        assert errors(rows) == []
        assert {row.external_id: row.gold or row.annotations for row in rows} == {
            item.external_id: item.value or None for item in items
        }

    def test_pictures_of_odd_names_come_back(self, tool, kind):
        self.check(tool, kind, ODD)

    @settings(max_examples=15, deadline=None)
    @given(names=st.lists(NAMES.filter(is_path), min_size=1, max_size=8, unique=True))
    def test_pictures_of_any_names_come_back(self, tool, kind, names):
        self.check(tool, kind, names)


@pytest.mark.parametrize(("tool", "kind"), ARCHIVES)
def test_a_picture_that_nothing_is_known_of_does_not_become_one_with_nothing_on_it(tool, kind):
    items = [Example(name, None, WIDTH, HEIGHT, value) for name, value in [("a.png", None), ("b.png", [])]]
    rows = read(kind, {**archive(tool, items), "a.png": PICTURE, "b.png": PICTURE})
    assert [(row.external_id, row.gold) for row in rows] == [("a.png", None), ("b.png", [])]


def test_classes_that_nothing_is_labelled_with_keep_their_numbers():
    value = [{"box": [10.0, 5.0, 30.0, 25.0], "label": "bus"}]
    write = registry.load("yolo").write
    files = unpacked("a.zip", write([Example("a.png", None, WIDTH, HEIGHT, value)], labels=["car", "bus", "it's"]))
    assert files["data.yaml"].decode().endswith("names:\n  0: 'car'\n  1: 'bus'\n  2: 'it''s'\n")
    assert files["labels/a.txt"].startswith(b"1 ")
    nothing = unpacked("a.zip", write([Example("a.png", None, WIDTH, HEIGHT, [])]))
    (row,) = read("boxes", {**nothing, "a.png": PICTURE})
    assert row.gold == []


@pytest.mark.parametrize("tool", ["conll", "doccano", "label_studio", "prodigy", "spacy"])
def test_a_text_that_nothing_is_known_of_does_not_become_one_with_nothing_in_it(tool):
    entry = registry.load(tool)
    span = {"start": 0, "end": 4, "label": "PER"}
    items = [Example("a", "Anna", value=[span]), Example("b", "Nobody", value=[]), Example("c", "Bo")]
    data = entry.write(items)
    known = items[:2] if tool == "conll" else items
    assert list(entry.read(unpacked(f"x{entry.suffix}", data))) == known
    name = {"conll": "conll", "label_studio": "json"}.get(tool, "ndjson")
    rows = readers.rows(readers.registry.load(name), io.BytesIO(data), kind="spans")
    assert [(row.external_id, row.gold) for row in rows] == [(item.external_id, item.value) for item in known]


def test_texts_of_spacy_that_nothing_is_known_of_keep_their_names():
    data = registry.load("spacy").write([Example("c", "Bo")])
    (row,) = readers.rows(readers.registry.load("ndjson"), io.BytesIO(data), kind="spans")
    assert (row.external_id, row.text, row.gold, row.meta) == ("c", "Bo", None, None)
