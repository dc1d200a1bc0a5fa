"""Zips of pictures with what another tool says of them, as people download them."""

import io
import zipfile

import orjson
import pytest
from PIL import Image

from annotate_kit.formats import readers
from annotate_kit.formats.datasets import Example, registry
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected
from tests.annotate_kit.files import zipped

CAR = [{"box": [10.0, 5.0, 30.0, 25.0], "label": "car"}]
RING = [{"polygon": [[10.0, 5.0], [30.0, 5.0], [30.0, 25.0]], "label": "car"}]
CAPTIONS = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1, "caption": "a car"}]}
EYE = [{"point": [12.0, 6.0], "label": "eye"}]


def picture(width: int = 100, height: int = 50) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 10, 10)).save(file, "PNG")
    return file.getvalue()


def read(kind: str | None, files: dict[str, bytes], **options) -> list:
    return list(readers.rows(readers.registry.load("zip"), io.BytesIO(zipped(files)), kind=kind, **options))


def golds(rows: list) -> dict:
    return {row.external_id: row.gold for row in rows if not isinstance(row, Rejected)}


def errors(rows: list) -> list[str]:
    return [row.error for row in rows if isinstance(row, Rejected)]


def coco(*examples: Example) -> bytes:
    return registry.load("coco").write(examples)


def example(name: str, value: list, width: int = 100, height: int = 50) -> Example:
    return Example(name, None, width, height, value)


def test_coco_gives_each_picture_its_boxes_and_leaves_the_others_open():
    rows = read("boxes", {
        "set/README.md": b"a data set",
        "set/images/a.png": picture(),
        "set/images/b.png": picture(),
        "set/images/c.png": picture(),
        "set/annotations/instances_val.json": coco(example("a.png", CAR), example("b.png", [])),
        "set/annotations/captions_val.json": orjson.dumps(CAPTIONS),
    })  # fmt: skip
    assert golds(rows) == {"set/images/a.png": CAR, "set/images/b.png": [], "set/images/c.png": None}
    assert errors(rows) == []
    assert [row.row for row in rows] == [1, 2, 3]


@pytest.mark.parametrize(("kind", "value"), [("boxes", CAR), ("polygons", RING), ("points", EYE)])
def test_coco_gives_the_kind_of_shape_that_the_project_asks_for(kind, value):
    annotation = {
        "id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 5, 20, 20],
        "segmentation": [[10, 5, 30, 5, 30, 25]], "keypoints": [12, 6, 2],
    }  # fmt: skip
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 50}],
        "annotations": [annotation],
        "categories": [{"id": 1, "name": "car", "keypoints": ["eye"]}],
    }
    assert golds(read(kind, {"a.png": picture(), "all.json": orjson.dumps(content)})) == {"a.png": value}


def test_coco_of_people_is_read_for_points_and_passed_over_for_boxes():
    files = {
        "a.png": picture(),
        "instances.json": coco(example("a.png", CAR)),
        "person_keypoints.json": coco(example("a.png", EYE)),
    }
    assert golds(read("boxes", files)) == {"a.png": CAR}
    assert golds(read("points", files)) == {"a.png": EYE}


def test_yolo_by_split_with_its_names():
    rows = read("boxes", {
        "data.yaml": b"names: [bus, car]\n",
        "images/train/a.png": picture(),
        "images/val/b.png": picture(),
        "labels/train/a.txt": b"1 0.2 0.3 0.2 0.4\n",
    })  # fmt: skip
    assert golds(rows) == {"images/train/a.png": CAR, "images/val/b.png": []}


def test_voc_labelme_and_cvat():
    voc = registry.load("voc").write([example("a.png", CAR)])
    with zipfile.ZipFile(io.BytesIO(voc)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert golds(read("boxes", {"JPEGImages/a.png": picture(), **files})) == {"JPEGImages/a.png": CAR}
    with zipfile.ZipFile(io.BytesIO(registry.load("labelme").write([example("a.png", RING)]))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert golds(read("polygons", {"a.png": picture(), **files})) == {"a.png": RING}
    cvat = (
        b'<annotations><image id="0" name="a.png" width="100" height="50">'
        b'<box label="car" xtl="10" ytl="5" xbr="30" ybr="25"/></image></annotations>'
    )
    assert golds(read("boxes", {"images/a.png": picture(), "annotations.xml": cvat})) == {"images/a.png": CAR}


def test_what_is_wrong_is_told_by_picture_and_the_rest_is_read():
    broken = read("boxes", {
        "data.yaml": b"names: [car]\n",
        "a.png": picture(),
        "b.png": picture(),
        "bad.png": b"no picture",
        "a.txt": b"7 0.2 0.3 0.2 0.4\n",
        "b.txt": b"0 0.2 0.3 0.2 0.4\n",
    })  # fmt: skip
    assert golds(broken) == {"a.png": None, "b.png": CAR}
    assert [(row.row, row.external_id) for row in broken if isinstance(row, Rejected)] == [(3, "bad.png"), (4, None)]
    assert "a.txt, row 1: class 7 has no name" in errors(broken)[1]
    (lost,) = errors(read("boxes", {"a.png": picture(), "all.json": coco(example("z.png", CAR))}))
    assert "'z.png' is not in the archive" in lost.replace('"', "'")
    twice = {"one/a.png": picture(), "two/a.png": picture(), "all.json": coco(example("a.png", CAR))}
    assert "2 pictures are called" in errors(read("boxes", twice))[0]
    exact = {"one/a.png": picture(), "two/a.png": picture(), "all.json": coco(example("two/a.png", CAR))}
    assert golds(read("boxes", exact)) == {"one/a.png": None, "two/a.png": CAR}


def test_an_archive_that_has_no_such_shapes_says_which_it_has():
    with pytest.raises(Unreadable, match=r"COCO.* holds boxes, keypoints, points, polygons; the project is of lines"):
        read("lines", {"a.png": picture(), "all.json": coco(example("a.png", CAR))})


def test_other_projects_and_folders_as_labels_read_pictures_alone():
    files = {"cats/a.png": picture(), "all.json": coco(example("a.png", CAR))}
    for rows in (read(None, files), read("boxes", files, folders_are_labels=True)):
        assert [row.external_id for row in rows if isinstance(row, Rejected)] == ["all.json"]


def test_files_about_pictures_may_not_be_endless(monkeypatch):
    monkeypatch.setattr("annotate_kit.formats.readers.zip.MOST_BYTES", 10)
    with pytest.raises(Unreadable, match="cut them into parts"):
        read("boxes", {"a.png": picture(), "all.json": coco(example("a.png", CAR))})


def label_studio(image: str, *values: list, turned: int = 0) -> bytes:
    """A task with what several people drew, the last of it as the ground truth."""
    annotations = [{"annotator": f"p{n}@x.org", "value": value} for n, value in enumerate(values[:-1])]
    (task,) = orjson.loads(
        registry.load("label_studio").write([Example("a.png", None, 100, 50, values[-1], annotations)])
    )
    for annotation in task["annotations"]:
        for result in annotation["result"]:
            result["value"] |= {"rotation": turned} if turned else {}
    return orjson.dumps([{**task, "data": {"image": image}}])


@pytest.mark.parametrize(
    "image",
    [
        "/data/upload/3/0a1b2c3d-a%20b.png",
        "/data/local-files/?d=a%20b.png",
        "s3://bucket/deep/a b.png",
        "https://b.s3.amazonaws.com/deep/a%20b.png?X-Amz-Signature=ab%2Fc/d",
    ],
)
def test_label_studios_tasks_are_read_beside_their_pictures_with_who_drew_what(image):
    rows = read("boxes", {"pictures/a b.png": picture(), "export.json": label_studio(image, [], CAR)})
    assert errors(rows) == []
    (record,) = rows
    assert (record.external_id, record.gold) == ("pictures/a b.png", CAR)
    assert record.annotations == [{"annotator": "p0@x.org", "value": []}]


def test_a_turned_box_of_label_studio_is_refused_for_boxes_and_read_for_polygons():
    files = {"a.png": picture(), "export.json": label_studio("a.png", CAR, turned=10)}
    (error,) = errors(read("boxes", files))
    assert "it has other shapes than boxes, such as" in error
    assert error.endswith("a turned box is read as a polygon")
    assert len(golds(read("polygons", files))["a.png"][0]["polygon"]) == 4


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b'{"images": [', "x/a.json is no JSON: "),
        (b"\xff\xfe{}", "x/a.json is not UTF-8 (byte 0)"),
        (
            b'{"shops": []}',
            "x/a.json is no picture, and says nothing of pictures that this project takes; COCO, LabelMe, ",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["boxes", "single_choice", None])
def test_json_among_pictures_that_is_none_is_named_for_what_it_is(kind, data, error):
    picture_row, rejected = read(kind, {"b.png": picture(), "x/a.json": data})
    assert (picture_row.external_id, rejected.external_id) == ("b.png", "x/a.json")
    assert rejected.error.startswith(error)


def test_broken_json_beside_what_is_read_is_named_too():
    rows = read("boxes", {"a.json": b"{", "a.png": picture(), "b.json": coco(example("a.png", CAR))})
    assert golds(rows) == {"a.png": CAR}
    assert [error.partition(":")[0] for error in errors(rows)] == ["a.json is no JSON"]


def test_json_with_a_byte_order_mark_is_read():
    assert golds(read("boxes", {"a.png": picture(), "b.json": b"\xef\xbb\xbf" + coco(example("a.png", CAR))})) == {
        "a.png": CAR
    }


@pytest.mark.parametrize("name", ["data/train.parquet", "reviews-train.jsonl", "labels.csv"])
def test_files_of_records_in_a_zip_are_told_where_they_go(name):
    (error,) = errors(read("single_choice", {name: b"text"}))
    assert error == f"{name} is no picture; take files of records out of the zip and import each by itself"
