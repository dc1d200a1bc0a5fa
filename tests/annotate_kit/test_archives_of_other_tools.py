"""Archives of COCO, Pascal VOC and LabelMe with what such files are like where people made them."""

import orjson
import pytest

from annotate_kit.formats.datasets import registry
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected
from tests.annotate_kit.test_annotated_zips import CAR, RING, errors, golds, picture, read

CORNER = [{"box": [1.0, 1.0, 5.0, 5.0], "label": "car"}]
BOX = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 5, 20, 20], "iscrowd": 0, "segmentation": []}


def coco(*annotations: dict, **more) -> bytes:
    image = {"id": 1, "file_name": "a.png", "width": 100, "height": 50}
    content = {"images": [image], "annotations": annotations, "categories": [{"id": 1, "name": "car"}], **more}
    return orjson.dumps(content)


def of_coco(kind: str, *annotations: dict, **more) -> list:
    return read(kind, {"a.png": picture(), "_annotations.coco.json": coco(*annotations, **more)})


class TestCoco:
    @pytest.mark.parametrize("number", [1.0, "1"])
    def test_ids_are_the_same_as_numbers_and_as_strings(self, number):
        assert golds(of_coco("boxes", {**BOX, "image_id": number, "category_id": number})) == {"a.png": CAR}

    def test_an_annotation_of_an_image_that_the_file_lacks_is_named(self):
        rows = of_coco("boxes", BOX, {**BOX, "id": 7, "image_id": 99}, {**BOX, "id": 8, "image_id": 99})
        assert golds(rows) == {"a.png": CAR}
        assert errors(rows) == ["annotation 7 is about the image 99, which is not among the file's images"]

    def test_a_file_without_annotations_says_nothing_of_its_images(self):
        without = orjson.dumps({"images": [{"id": 1, "file_name": "a.png"}], "categories": []})
        assert golds(read("boxes", {"a.png": picture(), "image_info_test.json": without})) == {"a.png": None}

    @pytest.mark.parametrize(("kind", "reason"), [
        ("polygons", "has no polygons: its annotations have bbox, and polygons are read of segmentation"),
        ("keypoints", "has no keypoints: its annotations have bbox, and keypoints are read of keypoints"),
    ])  # fmt: skip
    def test_a_file_of_boxes_does_not_say_that_there_are_no_other_shapes(self, kind, reason):
        with pytest.raises(Unreadable, match=reason):
            of_coco(kind, BOX)

    def test_one_box_among_outlines_is_not_lost_in_silence(self):
        rows = of_coco("polygons", {**BOX, "segmentation": [[10, 5, 30, 5, 30, 25]]}, {**BOX, "id": 2})
        assert golds(rows) == {"a.png": None}
        (rejected,) = [row for row in rows if isinstance(row, Rejected)]
        assert (rejected.external_id, "annotation 2 has no outline" in rejected.error) == ("a.png", True)

    def test_a_box_is_drawn_about_its_outline_where_it_has_none(self):
        outline = {name: value for name, value in BOX.items() if name != "bbox"}
        assert golds(of_coco("boxes", {**outline, "segmentation": [[10, 5, 30, 5, 30, 25]]})) == {"a.png": CAR}

    CROWD = {**BOX, "id": 2, "iscrowd": 1, "segmentation": {"size": [50, 100], "counts": [1000, 10, 3990]}}

    @pytest.mark.parametrize("kind", ["boxes", "polygons"])
    def test_crowds_are_left_out_and_that_is_told(self, kind):
        outline = {"segmentation": [[10, 5, 30, 5, 30, 25]]}
        rows = of_coco(kind, {**BOX, **outline}, self.CROWD, {**self.CROWD, "id": 3})
        assert golds(rows) == {"a.png": CAR if kind == "boxes" else RING}
        assert [(row.external_id, row.error) for row in rows if isinstance(row, Rejected)] == [
            ("a.png", "crowds (iscrowd) are many objects in one shape, and left out: annotation 2, 3; all else is read")
        ]

    def test_a_picture_of_a_crowd_alone_does_not_become_one_with_nothing_on_it(self):
        rows = of_coco("boxes", self.CROWD)
        assert golds(rows) == {"a.png": None}
        assert len(errors(rows)) == 1

    @pytest.mark.parametrize(("more", "reason"), [
        ({"annotations": {"1": BOX}}, '"annotations" should be a list of objects'),
        ({"annotations": ["x"]}, '"annotations" should be a list of objects'),
        ({"images": ["a.png"]}, '"images" should be a list of objects'),
    ])  # fmt: skip
    def test_lists_of_something_else_are_refused_with_what_they_should_be(self, more, reason):
        with pytest.raises(Unreadable, match=reason):
            of_coco("boxes", **more)

    @pytest.mark.parametrize(("change", "category", "reason"), [
        ({"bbox": []}, {"id": 1, "name": "car"}, "annotation 2 should have a bbox [x, y, width, height]; it is []"),
        ({}, {"id": 1}, "annotation 1: the category 1 has no name"),
        ({}, {"name": "car"}, "annotation 1: there is no category 1 in the file"),
    ])  # fmt: skip
    def test_what_is_missing_is_named_with_its_picture(self, change, category, reason):
        rows = of_coco("boxes", BOX, {**BOX, "id": 2, **change}, categories=[category])
        (rejected,) = [row for row in rows if isinstance(row, Rejected)]
        assert (rejected.external_id, rejected.error) == ("a.png", reason)

    def test_pictures_of_one_name_are_those_beside_the_file(self):
        rows = read("boxes", {
            "train/a.png": picture(), "train/_annotations.coco.json": coco(BOX),
            "valid/a.png": picture(), "valid/_annotations.coco.json": coco({**BOX, "bbox": [1, 1, 4, 4]}),
        })  # fmt: skip
        assert (golds(rows), errors(rows)) == ({"train/a.png": CAR, "valid/a.png": CORNER}, [])

    def test_json_of_something_else_beside_it_is_named_and_the_rest_is_read(self):
        rows = read("boxes", {"a.png": picture(), "a.json": coco(BOX), "info.json": b'{"version": 1}'})
        assert golds(rows) == {"a.png": CAR}
        assert "info.json is not COCO" in errors(rows)[0]


def test_shapes_for_a_picture_of_another_size_are_not_taken():
    """As where a tool drew on a photograph that lies on its side, or on a smaller copy."""
    rows = read("boxes", {"a.png": picture(50, 100), "_annotations.coco.json": coco(BOX)})
    assert golds(rows) == {"a.png": None}
    assert errors(rows) == [
        "its shapes are for 100 × 50 pixels, and the picture has 50 × 100, as it is seen; put the one in that was "
        "annotated, or leave the shapes out",
    ]


class TestLabelMe:
    def file(self, **more) -> bytes:
        shape = {"label": "car", "points": [[10, 5], [30, 5], [30, 25]], "shape_type": "polygon", "group_id": None}
        return orjson.dumps({"shapes": [shape], "imagePath": "a.png", "imageWidth": 100, "imageHeight": 50, **more})

    def test_pictures_of_one_name_are_those_beside_the_file(self):
        rows = read("polygons", {"a.png": picture(), "one/a.png": picture(), "one/a.json": self.file()})
        assert (golds(rows), errors(rows)) == ({"a.png": None, "one/a.png": RING}, [])

    def test_a_path_from_another_folder(self):
        files = {"set/images/a.png": picture(), "set/labels/a.json": self.file(imagePath="..\\images\\a.png")}
        assert golds(read("polygons", files)) == {"set/images/a.png": RING}

    def test_a_path_that_is_none_is_named(self):
        rows = read("polygons", {"a.png": picture(), "a.json": self.file(imagePath=3)})
        assert errors(rows) == ["a.json: imagePath should be the picture's name; it is 3"]


class TestVoc:
    OBJECT = (
        "<object><name>car</name><part><name>wheel</name><bndbox><xmin>11</xmin><ymin>6</ymin><xmax>15</xmax>"
        "<ymax>10</ymax></bndbox></part><bndbox><xmin>10</xmin><ymin>5</ymin><xmax>30</xmax><ymax>25</ymax></bndbox>"
        "<difficult>1</difficult></object>"
    )

    @pytest.mark.parametrize("head", [
        "<filename>a.png</filename>",
        "<filename>a.png</filename><size><width>0</width><height>0</height></size>",
        "<filename>a</filename>",
        "<filename/>",
        "",
    ])  # fmt: skip
    def test_a_file_may_leave_out_the_size_and_the_pictures_name(self, head):
        xml = f"<annotation>{head}{self.OBJECT}</annotation>".encode()
        assert golds(read("boxes", {"JPEGImages/a.png": picture(), "Annotations/a.xml": xml})) == {
            "JPEGImages/a.png": CAR,
        }

    def test_pictures_of_one_name_are_those_of_their_set(self):
        xml = f"<annotation><filename>a.png</filename>{self.OBJECT}</annotation>".encode()
        other = xml.replace(b"car", b"bus")
        rows = read("boxes", {
            "one/JPEGImages/a.png": picture(), "one/Annotations/a.xml": xml,
            "two/JPEGImages/a.png": picture(), "two/Annotations/a.xml": other,
        })  # fmt: skip
        assert [value[0]["label"] for value in golds(rows).values()] == ["car", "bus"]


def test_voc_without_a_size_is_read_by_itself():
    xml = f"<annotation><filename>a.png</filename>{TestVoc.OBJECT}</annotation>".encode()
    (example,) = registry.load("voc").read({"a.xml": xml})
    assert (example.width, example.value) == (None, CAR)
