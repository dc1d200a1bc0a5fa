"""YOLO's zips as Roboflow, Ultralytics, darknet and labelImg make them."""

import pytest

from annotate_kit.formats.readers import Unreadable
from tests.annotate_kit.test_annotated_zips import CAR, RING, errors, golds, picture, read

ROW = b"0 0.2 0.3 0.2 0.4\n"
MIDDLE = [{"box": [40.0, 20.0, 60.0, 30.0], "label": "big bus"}]
NAMES = b"train: ../train/images\nval: ../valid/images\n\nnc: 2\nnames: ['car', 'big bus']\n\nroboflow:\n  version: 1\n"


def labels(yaml: str, row: bytes = ROW) -> list[str]:
    (value,) = golds(read("boxes", {"data.yaml": yaml.encode(), "a.png": picture(), "a.txt": row})).values()
    return [part["label"] for part in value]


def test_a_download_from_roboflow_with_a_picture_that_has_nothing_on_it():
    rows = read("boxes", {
        "data.yaml": NAMES,
        "README.dataset.txt": b"# cars\n",
        "README.roboflow.txt": b"cars - v1\n====\n",
        "train/images/a_jpg.rf.1.png": picture(),
        "train/labels/a_jpg.rf.1.txt": ROW,
        "valid/images/b.png": picture(),
        "valid/labels/b.txt": b"",
    })  # fmt: skip
    assert golds(rows) == {"train/images/a_jpg.rf.1.png": CAR, "valid/images/b.png": []}
    assert errors(rows) == []


@pytest.mark.parametrize("yaml", [
    "path: ../coco8  # root\nnames:\n  0: car # the first\n  1: bus\n\n# Download\ndownload: https://x.org\n",
    "nc: 2\r\nnames:\r\n  0: car\r\n  1: bus\r\n",
    "names: {0: car, 1: bus}\n",
    "names: ['car', # the first\n        'bus']\n",
    "names:\n# all of them\n- car\n- bus\ntrain: x\n",
    "names:\n  '0': \"car\"\n  '1': bus\n",
])  # fmt: skip
def test_names_of_classes_stand_without_comments_in_any_of_yamls_forms(yaml):
    assert labels(yaml) == ["car"]


@pytest.mark.parametrize(("name", "label"), [
    ("'it''s [red], {#1}'", "it's [red], {#1}"),
    (r'"caf\u00e9"', "café"),
    ("C#", "C#"),
    ("driver's seat", "driver's seat"),
])  # fmt: skip
def test_names_in_quotes_and_with_signs(name, label):
    assert labels(f"names: [{name}, bus]") == labels(f"names:\n  0: {name}\n  1: bus\n") == [label]


def test_a_class_has_the_name_of_its_number_where_numbers_are_left_out():
    assert labels("names:\n  0: car\n  3: bus\n", b"3 0.2 0.3 0.2 0.4\n") == ["bus"]
    rows = read("boxes", {"data.yaml": b"names:\n  0: car\n  3: bus\n", "a.png": picture(), "a.txt": b"1 .2 .3 .2 .4"})
    assert errors(rows) == ["a.txt, row 1: class 1 has no name; data.yaml names 0 to 3"]


def test_pictures_of_one_name_in_two_splits_have_each_their_own_rows():
    other = b"1 0.5 0.5 0.2 0.2\n"
    by_split = {
        "data.yaml": NAMES,
        "train/images/a.png": picture(), "train/labels/a.txt": ROW,
        "valid/images/a.png": picture(), "valid/labels/a.txt": other,
    }  # fmt: skip
    by_kind = {
        "data.yaml": NAMES,
        "images/train/a.png": picture(), "labels/train/a.txt": ROW,
        "images/val/a.png": picture(), "labels/val/a.txt": other,
    }  # fmt: skip
    assert golds(read("boxes", by_split)) == {"train/images/a.png": CAR, "valid/images/a.png": MIDDLE}
    assert golds(read("boxes", by_kind)) == {"images/train/a.png": CAR, "images/val/a.png": MIDDLE}


def test_rows_that_may_be_about_either_of_two_pictures_are_given_to_neither():
    rows = read("boxes", {"data.yaml": NAMES, "x/a.png": picture(), "y/a.png": picture(), "all/a.txt": ROW})
    assert golds(rows) == {"x/a.png": None, "y/a.png": None}
    assert errors(rows) == [
        "all/a.txt may be about x/a.png or y/a.png; put it beside its picture, or into labels beside images",
    ]


def test_a_table_of_pictures_that_is_not_ours_is_passed_over_and_a_wrong_row_of_ours_is_named():
    files = {"data.yaml": NAMES, "a.png": picture(), "a.txt": ROW}
    assert golds(read("boxes", {**files, "images.csv": b"path;licence\na.png;CC0\n"})) == {"a.png": CAR}
    own_rows = b"file,name,width,height\na,a.png,100,\n"
    with pytest.raises(Unreadable, match=r"images\.csv, row 1 should have a file, a name, a width and a height"):
        read("boxes", {**files, "images.csv": own_rows})


def test_classes_of_two_folders_that_differ_are_not_mixed():
    files = {"one/classes.txt": b"car\n", "two/classes.txt": b"cat\n", "one/a.png": picture(), "one/a.txt": ROW}
    with pytest.raises(Unreadable, match=r"one/classes\.txt and two/classes\.txt name other classes"):
        read("boxes", files)


class TestPoses:
    YAML = NAMES + b"kpt_shape: [2, 3]\n"
    POSE = b"0 0.2 0.3 0.2 0.4 0.1 0.1 2 0.3 0.3 0\n"

    def test_a_pose_is_its_box(self):
        assert golds(read("boxes", {"data.yaml": self.YAML, "a.png": picture(), "a.txt": self.POSE})) == {"a.png": CAR}

    def test_a_pose_is_no_polygon(self):
        rows = read("polygons", {"data.yaml": self.YAML, "a.png": picture(), "a.txt": self.POSE})
        assert golds(rows) == {"a.png": None}
        assert "other shapes than polygons" in errors(rows)[0]

    def test_a_pose_of_other_joints_is_named(self):
        rows = read("boxes", {"data.yaml": self.YAML, "a.png": picture(), "a.txt": self.POSE[:-3] + b"\n"})
        assert errors(rows) == ["a.txt, row 1 has 9 numbers behind the class; by kpt_shape it should be 10"]


class TestOtherTools:
    """Files of the kind that YOLO has, beside those of another tool."""

    LABELME = (
        b'{"shapes": [{"label": "car", "shape_type": "polygon", "points": [[10, 5], [30, 5], [30, 25]]}],'
        b'"imagePath": "a.png", "imageWidth": 100, "imageHeight": 50}'
    )
    VOC = (
        b"<filename>a.png</filename><size><width>100</width><height>50</height></size><object><name>car</name>"
        b"<bndbox><xmin>10</xmin><ymin>5</ymin><xmax>30</xmax><ymax>25</ymax></bndbox></object></annotation>"
    )

    def test_a_list_of_classes_beside_labelmes_files_takes_nothing_from_them(self):
        files = {"a.png": picture(), "classes.txt": b"car\n", "a.json": self.LABELME}
        assert golds(read("polygons", files)) == {"a.png": RING}

    @pytest.mark.parametrize("head", [b'<annotation verified="yes">', b"<!--" + b"x" * 2000 + b"--><annotation>"])
    def test_voc_is_known_by_its_root_as_labelimg_writes_it(self, head):
        assert golds(read("boxes", {"a.png": picture(), "a.xml": head + self.VOC})) == {"a.png": CAR}

    def test_xml_of_something_else_does_not_hide_vocs(self):
        rows = read("boxes", {"META.xml": b"<meta/>", "a.png": picture(), "b.xml": b"<annotation>" + self.VOC})
        assert golds(rows) == {"a.png": CAR}
        assert "META.xml begins with <meta>" in errors(rows)[0]
