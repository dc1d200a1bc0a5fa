"""Keypoints: named joints with a skeleton, from the form to the file."""

import io
import zipfile

import orjson
import pytest
from django.http import QueryDict

from annotate import consensus, exports
from annotate.imports.run import import_file, import_records
from annotate.models import Consensus
from annotate_kit.formats.records import Record
from projects import setup, tasktypes
from projects.labels.rows import LabelRow
from projects.models import Membership, Role
from projects.tasktypes import Content, Spec
from tests.pictures import coins

PICTURE = Content(lambda: (None, (640, 400), None), picture="/picture")
OPTIONS = {"joints": "head\nleft paw\ntail", "edges": "head - left paw\r\nhead – tail"}
keypoints = tasktypes.registry.load("keypoints")


@pytest.fixture
def spec():
    return Spec(("cat", "dog"), {"cat": "#0072b2"}, keypoints.Options(**OPTIONS))


@pytest.fixture
def animals(mona, ann, abe):
    project = setup.create(
        mona,
        {"name": "Animals", "task_type": "keypoints", "votes_wanted": 3, "learning": False, "options": OPTIONS},
        [LabelRow("cat"), LabelRow("dog")],
    )
    for user in (ann, abe):
        Membership.objects.create(project=project, user=user, role=Role.ANNOTATOR)
    return project


def cat(**joints):
    return {"keypoints": {name.replace("_", " "): joint for name, joint in joints.items()}, "label": "cat"}


def test_a_line_of_the_form_is_an_object_with_its_joints(spec):
    value = keypoints.from_form(QueryDict("shapes=cat: head 50.5 40, left paw 60 80 hidden"), spec)
    assert keypoints.clean(value, spec, PICTURE) == [cat(head=[50.5, 40.0, 2], left_paw=[60.0, 80.0, 1])]


def test_a_line_that_is_none_is_refused_with_an_example(spec):
    with pytest.raises(ValueError, match="as cat: nose 10 20, left ear 12 18 hidden"):
        keypoints.from_form(QueryDict("shapes=cat: head 50"), spec)


@pytest.mark.parametrize(
    ("joints", "message"),
    [
        ({"ear": [1, 2, 2]}, "there is no joint 'ear'; joints are head, left paw, tail"),
        ({"head": [1, 2, 5]}, "the visibility of 'head' is 2"),
        ({"head": [1, 2, 0]}, "needs one joint or more"),
        ([1, 2, 2], "keypoints are"),
    ],
)
def test_what_is_no_object_is_refused(spec, joints, message):
    with pytest.raises(ValueError, match=message):
        keypoints.clean([{"keypoints": joints, "label": "cat"}], spec, PICTURE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"joints": " \n"}, "joints must be 1 to 100 names, one a line; there are 0"),
        ({"joints": "a\na", "edges": ""}, "'a' is there twice"),
        ({"joints": "a: b", "edges": ""}, "has no colon"),
        ({"joints": "a\nb", "edges": "a - c"}, "an edge connects 'c', which is no joint; joints are a, b"),
        ({"joints": "a\nb", "edges": "a"}, "an edge is two joints"),
        ({"sigma": 0.0}, "sigma must be more than 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        keypoints.Options(**options)


def test_a_new_project_has_the_joints_of_people():
    options = keypoints.Options()
    assert (len(options.names), len(options.pairs)) == (17, 19)


def test_an_object_is_drawn_with_its_bones_and_hidden_joints_hollow(spec):
    value = [cat(head=[50, 40, 2], left_paw=[60, 80, 1], tail=[90, 40, 2])]
    drawn = keypoints.draw(value, PICTURE, spec)
    assert 'd="M50 40L60 80 M50 40L90 40"' in drawn
    assert drawn.count('fill="#fff"') == 1
    assert drawn.count("<circle") == 3


def test_the_settings_page_has_a_joint_a_line(animals, client, mona):
    client.force_login(mona)
    page = client.get(f"/projects/{animals.pk}/settings/").content.decode()
    assert "head\nleft paw\ntail</textarea>" in page


def test_what_people_placed_is_agreed_on_joint_by_joint(animals, client, mona):
    annotations = [
        {"annotator": "ann", "value": [cat(head=[50, 40, 2], tail=[90, 40, 1])]},
        {"annotator": "abe", "value": [cat(head=[52, 41, 2], tail=[91, 42, 1], left_paw=[60, 80, 2])]},
        {"annotator": "mona", "value": [cat(head=[57, 43, 2], tail=[95, 44, 2])]},
    ]
    report = import_records(animals, [Record(1, "a", image=coins(), image_name="1.png", annotations=annotations)])
    assert not report.rejected
    consensus.fresh(animals)
    agreed = Consensus.objects.get()
    assert agreed.value == [cat(head=[52.0, 41.0, 2], tail=[91.0, 42.0, 1])]
    assert agreed.parts[0]["votes"] == 3
    client.force_login(mona)
    for page in ("items/", "review/", "agreement/", "people/"):
        assert client.get(f"/projects/{animals.pk}/{page}").status_code == 200
    assert "M52.0 41.0L91.0 42.0" in client.get(f"/projects/{animals.pk}/items/").content.decode()


def test_cocos_keypoints_go_in_and_come_out(animals):
    value = [cat(head=[50.0, 40.0, 2], tail=[90.0, 40.0, 1])]
    category = {"id": 1, "name": "cat", "keypoints": ["tail", "head"], "skeleton": []}
    annotation = {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "keypoints": [90, 40, 1, 50, 40, 2],
        "bbox": [50, 40, 40, 0],
    }
    image = {"id": 1, "file_name": "a.png", "width": 640, "height": 400}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.png", coins())
        file = {"images": [image], "annotations": [annotation], "categories": [category]}
        archive.writestr("person_keypoints.json", orjson.dumps(file))
    content.seek(0)
    import_file(animals, content, name="animals.zip", content_type="application/zip")
    assert animals.items.get().gold == value
    written = orjson.loads(b"".join(exports.export(animals, "coco")))
    assert written["categories"] == [
        {"id": 1, "name": "cat", "supercategory": "", "keypoints": ["head", "left paw", "tail"],
         "skeleton": [[1, 2], [1, 3]]}
    ]  # fmt: skip
    assert written["annotations"][0]["keypoints"] == [50, 40, 2, 0, 0, 0, 90, 40, 1]


def test_a_joint_may_be_called_items(mona, ann, client):
    options = {"joints": "head\nitems", "edges": ""}
    fields = {"name": "Shelves", "task_type": "keypoints", "learning": False, "options": options}
    project = setup.create(mona, fields, [LabelRow("cat")])
    Membership.objects.create(project=project, user=ann, role=Role.ANNOTATOR)
    annotations = [{"annotator": "ann", "value": [cat(head=[50, 40, 2], items=[90, 40, 1])]}]
    import_records(project, [Record(1, "a", image=coins(), image_name="1.png", annotations=annotations)])
    client.force_login(mona)
    page = client.get(f"/projects/{project.pk}/review/?order=unsure").content.decode()
    assert "cat: head 50.0 40.0, items 90.0 40.0 hidden" in page


def test_label_studios_keypoints_come_out_and_go_in_with_their_pictures(animals, make_project, mona):
    value = [cat(head=[50.0, 40.0, 2], tail=[90.0, 40.0, 1])]
    import_records(animals, [Record(1, "a.png", image=coins(), image_name="a.png", gold=value)])
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.png", coins())
        archive.writestr("tasks.json", b"".join(exports.export(animals, "label_studio")))
    content.seek(0)
    fields = {"name": "Moved here", "task_type": "keypoints", "learning": False, "options": OPTIONS}
    other = setup.create(mona, fields, [LabelRow("cat"), LabelRow("dog")])
    import_file(other, content, name="animals.zip", content_type="application/zip")
    assert other.items.get().gold == value
