"""The files of other labelling tools about pictures."""

import io
from contextlib import redirect_stdout

import orjson
import pytest

from annotate_kit.formats.datasets import Example, registry
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected
from tests.annotate_kit.dataset_files import (
    examples,
    read,
)
from tests.annotate_kit.files import zipped


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
        with pytest.raises(Unreadable, match="has no points: its annotations have bbox and segmentation"):
            read("coco", data, kind="points")

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


class TestYolo:
    def test_an_oriented_box_is_a_polygon_of_four_corners(self):
        files = {
            "data.yaml": b"names: [ship]",
            "images.csv": b"file,name,width,height\na,a.jpg,200,100",
            "labels/a.txt": b"0 0.5 0.1 0.6 0.3 0.5 0.5 0.4 0.3\n",
        }
        (example,) = registry.load("yolo").read(files)
        assert example.value == [{"polygon": [[100, 10], [120, 30], [100, 50], [80, 30]], "label": "ship"}]

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
        assert read("yolo", zipped(files)) == [
            Example("images/a.png", None, 200, 100, [{"box": [90.0, 40.0, 110.0, 60.0], "label": "dog, big"}])
        ]

    def test_a_picture_without_a_file_has_nothing_on_it(self):
        files = {"classes.txt": "cat\n", "images/a.png": self.picture(), "labels/b.txt": "0 0.5 0.5 0.1 0.2"}
        empty, unknown = read("yolo", zipped(files))
        assert empty == Example("images/a.png", None, 200, 100, [])
        assert "b.txt: the picture's size is not known" in unknown.error

    @pytest.mark.parametrize(("row", "reason"), [
        ("2 0.5 0.5 0.1 0.2", "class 2 has no name; data.yaml names 0 to 1"),
        ("cat 0.5 0.5 0.1 0.2", "it should be a class's number and shares"),
        ("0 0.5 0.5 0.1", "a box has 4, a polygon 6 or more"),
    ])  # fmt: skip
    def test_a_wrong_row_is_named(self, row, reason):
        files = {"classes.txt": "cat\ndog", "images/a.png": self.picture(), "labels/a.txt": f"0 .5 .5 .1 .1\n{row}"}
        (rejected,) = read("yolo", zipped(files))
        assert rejected.error.startswith("a.txt, row 2")
        assert reason in rejected.error

    def test_without_names_of_classes_it_cannot_be_read(self):
        with pytest.raises(Unreadable, match=r"data\.yaml \(names: \[…\]\) or classes\.txt"):
            read("yolo", zipped({"labels/a.txt": ""}))


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
