"""The files of other labelling tools, both ways."""

import io
import random
import re
import sys
import zipfile
import zlib
from contextlib import redirect_stdout
from importlib.util import find_spec

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate_kit.formats.datasets import Example, registry, unpacked
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected

FORMATS = [name for name in registry.names if name != "peerannot"]
BOTH_WAYS = [name for name in FORMATS if hasattr(registry.load(name), "write")]
NEEDS = {name: registry.load(name).needs for name in FORMATS if hasattr(registry.load(name), "needs")}
MISSING = {name for name, package in NEEDS.items() if not find_spec(package)}
"""Those whose package is not installed; their tests are left out."""
READ_ONLY = {"brat", "cvat"}
PEOPLE = {"label_studio", "prodigy"}
"""Formats that keep who said what."""

TEXTS = ["Anna met Bo 👩‍🚀 in Saint-Étienne.\nShe left.", "שלום Anna, 🇫🇷🇩🇪!", "e\u0301te\u0301 \u200d\t x", "", "a  b"]
KEYS = {"boxes": "box", "polygons": "polygon", "points": "point", "lines": "line", "keypoints": "keypoints"}


def spans(rng: random.Random, text: str) -> list[dict]:
    """Some words of the text, none overlapping."""
    words = [match.span() for match in re.finditer(r"\w+", text)]
    chosen = sorted(rng.sample(words, rng.randint(0, len(words))))
    return [{"start": start, "end": end, "label": rng.choice(["PER", "LOC"])} for start, end in chosen]


def shapes(rng: random.Random, kinds: set[str], width: int, height: int) -> list[dict]:
    def corner():
        return [round(rng.uniform(0, width), 1), round(rng.uniform(0, height), 1)]

    def shape(kind):
        (x0, y0), (x1, y1) = corner(), corner()
        box = [min(x0, x1), min(y0, y1), max(x0, x1) + 1, max(y0, y1) + 1]
        places = {"boxes": box, "polygons": [corner() for _ in range(rng.randint(3, 6))], "points": corner()}
        joints = rng.sample(["nose", "left ear", "tail"], rng.randint(1, 3))
        places["keypoints"] = {name: [*corner(), rng.choice([1, 2])] for name in joints}
        return {KEYS[kind]: places.get(kind) or [corner(), corner()], "label": rng.choice(["car", "it's a bus"])}

    return [shape(rng.choice(sorted(kinds))) for _ in range(rng.randint(0, 6))]


def examples(name: str, seed: int = 0) -> list[Example]:
    """Items that this format has a place for."""
    rng, takes = random.Random(seed), registry.load(name).takes
    if "spans" in takes:
        items = [Example(f"n/{n}", text, value=spans(rng, text)) for n, text in enumerate(TEXTS)]
    else:
        items = []
    if takes & KEYS.keys():
        sizes = [(rng.randint(20, 4000), rng.randint(20, 4000)) for _ in range(4)]
        items += [
            Example(f"{folder} {n}.jpg", None, width, height, shapes(rng, takes & KEYS.keys(), width - 1, height - 1))
            for n, (width, height) in enumerate(sizes)
            for folder in ("one/Ä", "two/Ä")
        ]
    return [example.cleaned() for example in items]


def read(name, data, file=None, **options):
    return list(registry.load(name).read(unpacked(file or f"data{registry.load(name).suffix}", data), **options))


@pytest.mark.parametrize("name", FORMATS)
class TestEveryFormat:
    def test_it_says_what_it_takes(self, name):
        assert registry.load(name).takes <= {"spans", *KEYS}
        assert registry.load(name).takes
        assert (name in READ_ONLY) == (name not in BOTH_WAYS)

    @pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"{", b"[]", b"<a>", b"[[[", b"PK\x03\x04nothing", b"null"])
    def test_what_is_another_file_is_refused_or_has_no_items(self, name, data):
        for file in ("x.json", "x.jsonl", "x.xml", "x.txt", "x.conll"):
            try:
                rows = list(registry.load(name).read(unpacked(file, data)))
            except Unreadable as error:
                assert len(str(error)) > 10
            else:
                assert all(isinstance(row, Rejected) or not row.value for row in rows)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.skipif(name in MISSING, reason=f"{name} needs a package that is not here"))
        for name in BOTH_WAYS
    ],
)
class TestBothWays:
    def test_what_is_written_and_read_is_the_same(self, name):
        for seed in range(20):
            items = examples(name, seed)
            read_items = read(name, registry.load(name).write(items))
            assert sorted(read_items, key=lambda item: item.external_id) == sorted(
                items, key=lambda item: item.external_id
            )

    def test_the_same_items_make_the_same_bytes(self, name):
        write = registry.load(name).write
        assert write(examples(name)) == write(examples(name))

    def test_no_items_are_no_error(self, name):
        data = registry.load(name).write([])
        assert isinstance(data, bytes)

    def test_what_it_has_no_place_for_is_refused_by_name(self, name):
        takes = registry.load(name).takes
        if "spans" not in takes:
            wrong = Example("pic.jpg", None, 9, 9, [{"start": 0, "end": 1, "label": "PER"}])
        elif takes == {"spans"}:
            wrong = Example("pic.jpg", None, 9, 9, [{"box": [0, 0, 1, 1], "label": "car"}])
        else:
            wrong = Example("pic.jpg", None, 9, 9, [{"line": [[0, 0], [1, 1]], "label": "car"}])
        with pytest.raises(ValueError, match=r"pic\.jpg"):
            registry.load(name).write([wrong])


@settings(deadline=None)
@given(st.text(max_size=60), st.randoms(use_true_random=False))
def test_any_text_survives_every_format_for_spans(text, rng):
    text = text.replace("\0", "")
    if any("\ud800" <= c <= "\udfff" for c in text):
        return
    example = Example("x", text, value=spans(rng, text)).cleaned()
    for name in set(BOTH_WAYS) - MISSING:
        if "spans" in registry.load(name).takes:
            assert read(name, registry.load(name).write([example])) == [example]


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_who_said_what_survives(name):
    people = [
        {"annotator": "ann@example.org", "value": [{"start": 0, "end": 4, "label": "PER"}]},
        {"annotator": "abe", "value": []},
    ]
    settled = Example("1", "Anna 🚀", value=[{"start": 5, "end": 6, "label": "THING"}], annotations=people)
    unsettled = Example("2", "Anna", annotations=people)
    untouched = Example("3", "Bo")
    items = [settled, unsettled, untouched]
    assert read(name, registry.load(name).write(items)) == items


class TestCoco:
    FILE = {
        "images": [{"id": 9, "file_name": "a.jpg", "width": 100, "height": 50}, {"id": 4, "file_name": "b.jpg"}],
        "annotations": [
            {"id": 1, "image_id": 9, "category_id": 3, "bbox": [10, 5, 20, 30],
             "segmentation": [[10, 5, 30, 5, 30, 35]]},
        ],
        "categories": [{"id": 3, "name": "cat"}],
    }  # fmt: skip

    def test_outlines_come_before_boxes_unless_boxes_are_wanted(self):
        data = orjson.dumps(self.FILE)
        assert read("coco", data)[0].value == [{"polygon": [[10, 5], [30, 5], [30, 35]], "label": "cat"}]
        assert read("coco", data, kind="boxes")[0].value == [{"box": [10, 5, 30, 35], "label": "cat"}]
        assert [row.value for row in read("coco", data, kind="points")] == [[], []]

    CATEGORY = {"id": 3, "name": "cat", "keypoints": ["nose", "ear", "tail"], "skeleton": [[1, 2]]}

    def test_keypoints_are_objects_with_joints_or_points_as_one_wants(self):
        annotation = {"id": 1, "image_id": 9, "category_id": 3, "keypoints": [10, 5, 2, 0, 0, 0, 30, 5, 1]}
        data = orjson.dumps({**self.FILE, "annotations": [annotation], "categories": [self.CATEGORY]})
        joints = {"nose": [10, 5, 2], "tail": [30, 5, 1]}
        for kind in (None, "keypoints"):
            assert read("coco", data, kind=kind)[0].value == [{"keypoints": joints, "label": "cat"}]
        assert read("coco", data, kind="points")[0].value == [
            {"point": [10, 5], "label": "nose"},
            {"point": [30, 5], "label": "tail"},
        ]
        unlabelled = orjson.dumps(
            {**self.FILE, "annotations": [{**annotation, "keypoints": [0] * 9}], "categories": [self.CATEGORY]}
        )
        assert read("coco", unlabelled, kind="keypoints")[0].value == []

    def test_joints_are_written_in_their_order_with_the_skeleton(self):
        value = [{"keypoints": {"tail": [30, 5, 1], "nose": [10, 5, 2]}, "label": "cat"}]
        data = registry.load("coco").write(
            [Example("a.jpg", None, 100, 50, value)], joints=["nose", "ear", "tail"], edges=[("nose", "ear")]
        )
        file = orjson.loads(data)
        assert file["categories"] == [{"supercategory": "", **self.CATEGORY, "id": 1}]
        (annotation,) = file["annotations"]
        assert annotation["keypoints"] == [10, 5, 2, 0, 0, 0, 30, 5, 1]
        assert (annotation["num_keypoints"], annotation["bbox"]) == (2, [10, 5, 20, 0])

    @pytest.mark.parametrize(("change", "reason"), [
        ({"category_id": 7}, "annotation 1: there is no category 7"),
        ({"keypoints": [1, 2, 2]}, "has 3 numbers for 0 keypoints"),
        ({"segmentation": {"counts": "x", "size": [1, 1]}}, "annotation 1 is a mask"),
        ({"segmentation": [], "bbox": [10, 5, 0, 3]}, "has no area"),
        ({"segmentation": [[1, 2, 3]]}, "corners come in pairs"),
    ])  # fmt: skip
    def test_a_wrong_annotation_rejects_its_image(self, change, reason):
        file = {**self.FILE, "annotations": [{**self.FILE["annotations"][0], **change}]}
        first, second = read("coco", orjson.dumps(file))
        assert isinstance(first, Rejected)
        assert (first.row, reason in first.error) == (1, True)
        assert second == Example("b.jpg", value=[])

    def test_pycocotools_reads_what_is_written(self, tmp_path):
        coco = pytest.importorskip("pycocotools.coco")
        examples_written = examples("coco", 3)
        (tmp_path / "data.json").write_bytes(registry.load("coco").write(examples_written))
        with redirect_stdout(io.StringIO()):
            dataset = coco.COCO(str(tmp_path / "data.json"))
        by_name = {dataset.imgs[n]["file_name"]: dataset.imgToAnns[n] for n in dataset.imgs}
        for example in examples_written:
            boxes = [part for part in example.value if "box" in part]
            polygons = [part for part in example.value if "polygon" in part]
            annotations = by_name[example.external_id]
            assert sum(drawing["segmentation"] != [] for drawing in annotations) == len(polygons)
            plain = [drawing for drawing in annotations if not drawing["segmentation"] and "keypoints" not in drawing]
            corners = [[x, y, x + w, y + h] for x, y, w, h in (drawing["bbox"] for drawing in plain)]
            drawn = sorted(part["box"] for part in boxes)
            assert len(corners) == len(drawn)
            for expected, written in zip(drawn, sorted(corners), strict=True):
                assert written == pytest.approx(expected, abs=0.02)
            for drawing in annotations:
                if drawing["segmentation"]:
                    mask = dataset.annToMask(drawing)
                    assert mask.shape == (example.height, example.width)


class TestDocBin:
    VALUE = [{"start": 0, "end": 4, "label": "PER"}, {"start": 12, "end": 19, "label": "LOC"}]

    def test_without_spacy_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "spacy.tokens", None)
        monkeypatch.setitem(sys.modules, "spacy", None)
        docbin = registry.load("docbin")
        with pytest.raises(Unreadable, match="spaCy, which is not installed here: pip install spacy"):
            list(docbin.read({"x.spacy": b""}))
        with pytest.raises(ValueError, match="spaCy, which is not installed here: pip install spacy"):
            docbin.write([Example("x", "Anna", value=[])])

    def test_spacy_reads_what_is_written(self):
        tokens = pytest.importorskip("spacy.tokens", reason="spaCy is not installed: what DocBin holds is not checked")
        vocab = pytest.importorskip("spacy.vocab").Vocab()
        overlapping = [*self.VALUE, {"start": 0, "end": 7, "label": "NP"}]
        examples_written = [Example("a", TEXTS[0][:35], value=value) for value in (self.VALUE, overlapping, None)]
        data = registry.load("docbin").write([example.cleaned() for example in examples_written])
        named, grouped, unsettled = tokens.DocBin().from_bytes(data).get_docs(vocab)
        assert [(span.text, span.label_) for span in named.ents] == [
            (named.text[span["start"] : span["end"]], span["label"]) for span in self.VALUE
        ]
        assert sorted(span.label_ for span in grouped.spans["sc"]) == ["LOC", "NP", "PER"]
        assert not unsettled.has_annotation("ENT_IOB")
        assert named.user_data["external_id"] == "a"

    def test_a_file_that_is_none_is_refused(self):
        pytest.importorskip("spacy.tokens", reason="spaCy is not installed")
        for data in (b"", b"nothing", zlib.compress(b"x")):
            with pytest.raises(Unreadable, match=r"x\.spacy is no DocBin"):
                read("docbin", data, "x.spacy")


class TestYolo:
    def test_an_oriented_box_is_a_polygon_of_four_corners(self):
        files = {
            "data.yaml": b"names: [ship]",
            "images.csv": b"file,name,width,height\na,a.jpg,200,100",
            "labels/a.txt": b"0 0.5 0.1 0.6 0.3 0.5 0.5 0.4 0.3\n",
        }
        (example,) = registry.load("yolo").read(files)
        assert example.value == [{"polygon": [[100, 10], [120, 30], [100, 50], [80, 30]], "label": "ship"}]

    def zipped(self, **files):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return buffer.getvalue()

    def picture(self):
        image = pytest.importorskip("PIL.Image")
        buffer = io.BytesIO()
        image.new("RGB", (200, 100)).save(buffer, "PNG")
        return buffer.getvalue()

    @pytest.mark.parametrize("names", [
        "names: [cat, 'dog, big']",
        "nc: 2\nnames:\n  0: cat\n  1: 'dog, big'\n",
        "names:\n- cat\n- \"dog, big\"\nnc: 2",
    ])  # fmt: skip
    def test_classes_and_sizes_of_the_pictures_are_found(self, names):
        files = {"data.yaml": names, "images/a.png": self.picture(), "labels/a.txt": "1 0.5 0.5 0.1 0.2\n"}
        assert read("yolo", self.zipped(**files)) == [
            Example("a.png", None, 200, 100, [{"box": [90.0, 40.0, 110.0, 60.0], "label": "dog, big"}])
        ]

    def test_a_picture_without_a_file_has_nothing_on_it(self):
        files = {"classes.txt": "cat\n", "images/a.png": self.picture(), "labels/b.txt": "0 0.5 0.5 0.1 0.2"}
        empty, unknown = read("yolo", self.zipped(**files))
        assert empty == Example("a.png", None, 200, 100, [])
        assert "b.txt: the picture's size is not known" in unknown.error

    @pytest.mark.parametrize(("row", "reason"), [
        ("2 0.5 0.5 0.1 0.2", "class 2 has no name; data.yaml names 0 to 1"),
        ("cat 0.5 0.5 0.1 0.2", "it should be a class's number and shares"),
        ("0 0.5 0.5 0.1", "a box has 4, a polygon 6 or more"),
    ])  # fmt: skip
    def test_a_wrong_row_is_named(self, row, reason):
        files = {"classes.txt": "cat\ndog", "images/a.png": self.picture(), "labels/a.txt": f"0 .5 .5 .1 .1\n{row}"}
        (rejected,) = read("yolo", self.zipped(**files))
        assert rejected.error.startswith("a.txt, row 2")
        assert reason in rejected.error

    def test_without_names_of_classes_it_cannot_be_read(self):
        with pytest.raises(Unreadable, match=r"data\.yaml \(names: \[…\]\) or classes\.txt"):
            read("yolo", self.zipped(**{"labels/a.txt": ""}))


class TestXml:
    VOC = """<annotation><filename>a.jpg</filename><size><width>100</width><height>50</height></size>
        <object><name>cat</name><bndbox><xmin>10</xmin><ymin>5</ymin><xmax>30.5</xmax><ymax>35</ymax></bndbox></object>
        </annotation>"""
    CVAT = """<annotations><version>1.1</version><image id="0" name="a.jpg" width="100" height="50">
        <box label="cat" xtl="10" ytl="5" xbr="30.25" ybr="35" occluded="0"/><tag label="day"/>
        <polygon label="dog" points="1,1;9,1;9.5,9"/><polyline label="road" points="0,0;50,50"/>
        <points label="eye" points="3,4;5,6"/></image></annotations>"""

    def test_voc_is_read(self):
        value = [{"box": [10.0, 5.0, 30.5, 35.0], "label": "cat"}]
        assert read("voc", self.VOC.encode(), "a.xml") == [Example("a.jpg", None, 100, 50, value)]

    @pytest.mark.parametrize(("old", "new", "reason"), [
        ("<xmin>10</xmin>", "", "has no <bndbox><xmin> in <object>"),
        ("<xmin>10<", "<xmin>ten<", "<xmin> should be a number of pixels; it is 'ten'"),
        ("annotation>", "annotations>", "begins with <annotations>; Pascal VOC begins with <annotation>"),
        ("<annotation>", "<!DOCTYPE a><annotation>", "declares a document type"),
    ])  # fmt: skip
    def test_a_wrong_voc_file_is_named(self, old, new, reason):
        (rejected,) = read("voc", self.VOC.replace(old, new).encode(), "a.xml")
        assert "a.xml" in rejected.error
        assert reason in rejected.error

    def test_cvat_is_read(self):
        assert list(registry.load("cvat").read({"annotations.xml": self.CVAT.encode()})) == [
            Example("a.jpg", None, 100, 50, [
                {"box": [10.0, 5.0, 30.2, 35.0], "label": "cat"},
                {"polygon": [[1, 1], [9, 1], [9.5, 9]], "label": "dog"},
                {"point": [3, 4], "label": "eye"}, {"point": [5, 6], "label": "eye"},
                {"line": [[0, 0], [50, 50]], "label": "road"},
            ]),
        ]  # fmt: skip

    def test_a_cvat_mask_rejects_its_picture(self):
        (rejected,) = registry.load("cvat").read({"a.xml": self.CVAT.replace("<polygon", "<mask").encode()})
        assert "a.jpg has a <mask>, which is not read" in rejected.error


class TestLabelMe:
    def test_a_wrong_shape_is_named(self):
        shape = {"label": "cat", "shape_type": "circle", "points": [[1, 2], [3, 4]]}
        file = {"shapes": [shape], "imagePath": "a.jpg", "imageWidth": 9, "imageHeight": 9}
        (rejected,) = read("labelme", orjson.dumps(file), "a.json")
        assert rejected.error.startswith("a.json, shape 1 is a circle of 2 points; what is read is rectangle")

    def labelme(self, kind, *points):
        shape = {"label": "cat", "shape_type": kind, "points": list(points)}
        file = {"shapes": [shape], "imagePath": "a.jpg", "imageWidth": 99, "imageHeight": 99}
        return read("labelme", orjson.dumps(file), "a.json")[0].value

    def test_a_turned_rectangle_is_a_polygon_and_an_upright_one_a_box(self):
        turned = [[20, 10], [30, 20], [20, 30], [10, 20]]
        for kind in ("rectangle", "rotation", "oriented_rectangle"):
            assert self.labelme(kind, *turned) == [{"polygon": turned, "label": "cat"}]
        upright = [[10, 10], [30, 10], [30, 20], [10, 20]]
        assert self.labelme("rectangle", *upright) == [{"box": [10, 10, 30, 20], "label": "cat"}]


class TestConll:
    def test_conll_2003_is_read(self):
        first = b"-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"
        data = first + b"New NNP B-NP B-LOC\nYork NNP I-NP I-LOC\n\nPeter NNP B-NP B-PER\n"
        (example,) = read("conll", data)
        assert example.text == "EU rejects New York\nPeter"
        assert [(example.text[span["start"] : span["end"]], span["label"]) for span in example.value] == [
            ("EU", "ORG"), ("New York", "LOC"), ("Peter", "PER"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "tags", ["I-A I-A O I-B B-B", "B-A I-A O B-B B-B", "B-A E-A O S-B S-B", "B-A L-A O U-B U-B"]
    )
    def test_iob1_iob2_bioes_and_bilou_mean_the_same(self, tags):
        data = "\n".join(f"w{n} {tag}" for n, tag in enumerate(tags.split()))
        (example,) = read("conll", data.encode())
        assert [(span["start"], span["end"]) for span in example.value] == [(0, 5), (9, 11), (12, 14)]

    @pytest.mark.parametrize(("data", "reason"), [
        ("a\nb O", "a row is a token and its tag"),
        ("a PER", "a tag is O, B-LABEL or I-LABEL; this is 'PER'"),
        ('# id = x\n# text = "cat"\ndog\t0\tO', "at 0 the text has 'cat', and the token is 'dog'"),
    ])  # fmt: skip
    def test_a_wrong_row_is_named(self, data, reason):
        (rejected,) = read("conll", data.encode())
        assert reason in rejected.error

    @pytest.mark.parametrize(("value", "reason"), [
        ([(0, 4), (2, 6)], "spans of 'x' overlap at 2"), ([(0, 5)], "begins or ends with white space"),
    ])  # fmt: skip
    def test_what_tags_cannot_say_is_refused(self, value, reason):
        example = Example("x", "Anna met", value=[{"start": a, "end": b, "label": "PER"} for a, b in value])
        with pytest.raises(ValueError, match=reason):
            registry.load("conll").write([example])

    def test_a_span_may_cut_a_word_and_cross_a_line(self):
        example = Example(
            "x",
            "Iranian\nBank",
            value=[{"start": 0, "end": 4, "label": "LOC"}, {"start": 4, "end": 12, "label": "ORG"}],
        )
        assert read("conll", registry.load("conll").write([example])) == [example]


class TestTexts:
    def test_spacy_of_older_versions_is_read(self):
        data = b'["Anna met", {"entities": [[0, 4, "PER"]]}]\n{"text": "Bo", "entities": [[0, 2, "PER"]]}'
        assert [item.value for item in read("spacy", data)] == [
            [{"start": 0, "end": 4, "label": "PER"}], [{"start": 0, "end": 2, "label": "PER"}],
        ]  # fmt: skip

    def test_prodigy_has_tokens_and_leaves_out_what_was_rejected(self):
        example = Example("x", "Anna met", value=[{"start": 0, "end": 4, "label": "PER"}])
        line = orjson.loads(registry.load("prodigy").write([example]))
        assert line["spans"] == [{"start": 0, "end": 4, "label": "PER", "token_start": 0, "token_end": 0}]
        assert [token["ws"] for token in line["tokens"]] == [True, False]
        assert read("prodigy", orjson.dumps({**line, "answer": "reject"}))[0].value is None

    def test_doccano_with_relations_is_read(self):
        row = {"id": 3, "text": "Anna", "entities": [{"id": 1, "start_offset": 0, "end_offset": 4, "label": "PER"}]}
        assert read("doccano", orjson.dumps(row)) == [
            Example("3", "Anna", value=[{"start": 0, "end": 4, "label": "PER"}])
        ]

    @pytest.mark.parametrize("name", ["spacy", "prodigy", "doccano"])
    def test_a_wrong_line_is_rejected_by_its_number(self, name):
        good = registry.load(name).write([Example("x", "Anna", value=[{"start": 0, "end": 4, "label": "PER"}])])
        bad = [b"{", b"[3]", b"{}", b'{"text": 3, "label": [], "spans": []}', good.replace(b"4", b"9").strip()]
        rows = read(name, good + b"\n".join(bad))
        rejected = {item.row: item.error for item in rows if isinstance(item, Rejected)}
        assert set(rejected) == {2, 3, 4, 5, 6}
        assert "broken JSON" in rejected[2]
        assert "text" in rejected[4]
        assert "ends behind the text, which has 4 code points" in rejected[6]

    def test_brat_is_read(self):
        ann = b"T1\tPER 0 4\tAnna\nR1\tknows Arg1:T1 Arg2:T2\n#1\tNote\nT2\tPER 9 11\tBo\n"
        files = {"d/a.txt": b"Anna met Bo", "d/a.ann": ann, "b.txt": b"x"}
        rejected, rows = sorted(registry.load("brat").read(files), key=lambda item: isinstance(item, Example))
        assert rows == Example("d/a", "Anna met Bo", value={
            "spans": [
                {"id": 0, "start": 0, "end": 4, "label": "PER"},
                {"id": 1, "start": 9, "end": 11, "label": "PER"},
            ],
            "relations": [{"from": 0, "to": 1, "label": "knows"}],
        })  # fmt: skip
        assert "b.txt has no b.ann beside it" in rejected.error
        (pieces,) = registry.load("brat").read({"a.txt": b"Anna met", "a.ann": b"T1\tPER 0 4;6 8\tAnna et"})
        assert "a.ann, line 1" in pieces.error


class TestLabelStudio:
    def task(self, **value):
        result = {"type": "labels", "value": {"labels": ["PER"], **value}}
        by_ann = {"completed_by": {"email": "ann@x.org"}, "result": [result]}
        return {"data": {"text": "👋 Anna"}, "annotations": [by_ann]}

    @pytest.mark.parametrize("offsets", [{"start": 3, "end": 7}, {"start": 2, "end": 6}])
    def test_offsets_are_read_as_what_fits_the_text(self, offsets):
        (example,) = read("label_studio", orjson.dumps([self.task(text="Anna", **offsets)]))
        assert example.annotations == [{"annotator": "ann@x.org", "value": [{"start": 2, "end": 6, "label": "PER"}]}]

    def test_offsets_that_fit_nothing_are_rejected(self):
        (rejected,) = read("label_studio", orjson.dumps([self.task(text="Anna", start=0, end=2)]))
        assert "at 0 to 2 the text has" in rejected.error

    def test_a_turned_box_is_a_polygon(self):
        value = {"x": 50, "y": 50, "width": 10, "height": 20, "rotation": 90, "rectanglelabels": ["car"]}
        result = {"type": "rectanglelabels", "original_width": 100, "original_height": 100, "value": value}
        task = {"data": {"image": "a.jpg"}, "annotations": [{"ground_truth": True, "result": [result]}]}
        (example,) = read("label_studio", orjson.dumps([task]))
        assert example == Example("a.jpg", None, 100, 100, [
            {"polygon": [[50.0, 50.0], [50.0, 60.0], [30.0, 60.0], [30.0, 50.0]], "label": "car"},
        ])  # fmt: skip

    POSE = (
        {"id": "r", "type": "rectanglelabels",
         "value": {"x": 5, "y": 5, "width": 50, "height": 60, "rectanglelabels": ["cat"]}},
        {"id": "a", "parentID": "r", "type": "keypointlabels", "value": {"x": 10, "y": 20, "keypointlabels": ["nose"]}},
        {"id": "b", "parentID": "r", "type": "keypointlabels", "meta": {"text": ["hidden"]},
         "value": {"x": 30, "y": 40, "keypointlabels": ["tail"]}},
        {"id": "c", "type": "rectanglelabels",
         "value": {"x": 0, "y": 0, "width": 4, "height": 4, "rectanglelabels": ["dog"]}},
        {"id": "d", "type": "keypointlabels", "value": {"x": 1, "y": 2, "keypointlabels": ["fly"]}},
    )  # fmt: skip

    def pose(self, *more):
        results = [{"original_width": 200, "original_height": 100, **entry} for entry in (*self.POSE, *more)]
        return orjson.dumps([{"data": {"image": "a.jpg"}, "annotations": [{"ground_truth": True, "result": results}]}])

    @pytest.mark.parametrize(("kind", "expected"), [
        (None, [
            {"box": [0, 0, 8, 4], "label": "dog"}, {"point": [2, 2], "label": "fly"},
            {"keypoints": {"nose": [20, 20, 2], "tail": [60, 40, 1]}, "label": "cat"},
        ]),
        ("boxes", [
            {"box": [10, 5, 110, 65], "label": "cat"}, {"box": [0, 0, 8, 4], "label": "dog"},
            {"point": [2, 2], "label": "fly"},
        ]),
        ("points", [
            {"box": [0, 0, 8, 4], "label": "dog"}, {"point": [2, 2], "label": "fly"},
            {"point": [20, 20], "label": "nose"}, {"point": [60, 40], "label": "tail"},
        ]),
    ])  # fmt: skip
    def test_keypoints_in_a_rectangle_are_one_object_or_points_or_a_box_as_one_wants(self, kind, expected):
        assert read("label_studio", self.pose(), kind=kind)[0].value == expected

    def test_a_joint_that_is_there_twice_is_rejected(self):
        (rejected,) = read("label_studio", self.pose({**self.POSE[1], "id": "e"}))
        assert rejected.error == "an object has each joint once; r has 'nose' twice"

    def test_skipped_annotations_and_other_results_are_passed_over(self):
        task = self.task(start=3, end=7)
        task["annotations"][0]["result"].append({"type": "choices", "value": {"choices": ["good"]}})
        task["annotations"].append({"was_cancelled": True, "result": []})
        (example,) = read("label_studio", orjson.dumps([task]))
        assert len(example.annotations) == 1


def test_an_entry_that_is_a_package_has_a_name_for_people_too():
    assert registry.title("peerannot").startswith("Folders as peerannot keeps them")
    assert dict(registry.choices())["coco"] == "COCO's JSON"


def test_a_zip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr("annotate_kit.formats.datasets._files.MAX_BYTES", 1000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"0" * 2000)
    with pytest.raises(Unreadable, match="the archive holds more than"):
        unpacked("a.zip", buffer.getvalue())


def test_names_of_pictures_cannot_lead_out_of_an_archive():
    example = Example("../../etc/passwd.jpg", None, 9, 9, [])
    for name in ("yolo", "voc", "labelme"):
        files = unpacked("data.zip", registry.load(name).write([example, example]))
        assert not any(".." in file for file in files)


RELATED = {
    "spans": [
        {"id": 0, "start": 2, "end": 6, "label": "PER"},
        {"id": 1, "start": 14, "end": 18, "label": "ORG"},
        {"id": 2, "start": 22, "end": 26, "label": "LOC"},
    ],
    "relations": [{"from": 0, "to": 1, "label": "works for"}, {"from": 1, "to": 2, "label": "is in"}],
}


@pytest.mark.parametrize("name", ["prodigy", "doccano", "label_studio"])
def test_relations_between_spans_come_back(name):
    entry = registry.load(name)
    example = Example("one", "🎉 Anna runs a ACME in Rome.", value=RELATED)
    (back,) = entry.read({f"all{entry.suffix}": entry.write([example])})
    assert back.value == RELATED


def test_prodigy_names_the_end_of_a_relation_by_a_token_alone():
    tokens = [{"text": "Anna", "start": 0, "end": 4, "id": 0}, {"text": "Rome", "start": 8, "end": 12, "id": 2}]
    spans = [{"start": token["start"], "end": token["end"], "token_start": token["id"], "token_end": token["id"],
              "label": "X"} for token in tokens]  # fmt: skip
    row = {"text": "Anna in Rome", "tokens": tokens, "spans": spans, "answer": "accept",
           "relations": [{"head": 0, "child": 2, "label": "lives in"}]}  # fmt: skip
    (example,) = registry.load("prodigy").read({"all.jsonl": orjson.dumps(row)})
    assert example.value["relations"] == [{"from": 0, "to": 1, "label": "lives in"}]
    row["relations"][0]["head"] = 1
    (rejected,) = registry.load("prodigy").read({"all.jsonl": orjson.dumps(row)})
    assert "head is token 1, which no span has" in rejected.error


def test_relations_of_brat_are_read():
    lines = "T1\tPER 0 4\tAnna\nT2\tLOC 8 12\tRome\nR1\tlives-in Arg1:T1 Arg2:T2\n"
    (example,) = registry.load("brat").read({"a.txt": b"Anna in Rome", "a.ann": lines.encode()})
    assert example.value["relations"] == [{"from": 0, "to": 1, "label": "lives-in"}]
    (rejected,) = registry.load("brat").read({"a.txt": b"Anna in Rome", "a.ann": b"R1 lives-in T1 T2"})
    assert "it should be like R1<tab>LABEL Arg1:T1 Arg2:T2" in rejected.error


@pytest.mark.parametrize("name", ["conll", "spacy"])
def test_what_has_no_place_for_relations_keeps_the_spans(name):
    entry = registry.load(name)
    example = Example("one", "🎉 Anna runs a ACME in Rome.", value=RELATED)
    (back,) = entry.read({f"all{entry.suffix}": entry.write([example])})
    assert [span["label"] for span in back.value] == ["PER", "ORG", "LOC"]
