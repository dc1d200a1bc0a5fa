"""Polygons, points and lines on pictures: what is taken, typed, agreed on and drawn."""

import pytest
from django.http import QueryDict

from annotate import consensus
from annotate.imports.run import import_records
from annotate.models import Consensus
from annotate_kit.formats.records import Record
from projects import setup, tasktypes
from projects.labels.rows import LabelRow
from projects.models import Membership, Role
from projects.tasktypes import Content, Spec
from tests.pictures import coins

PICTURE = Content(lambda: (None, (640, 400), None), picture="/picture")
SHAPES = {
    "polygons": (
        "polygon",
        [[50.0, 40.0], [130.0, 40.0], [130.0, 120.0], [50.0, 120.0]],
        "50 40, 130 40, 130 120, 50 120",
    ),
    "points": ("point", [90.0, 80.0], "90 80"),
    "polylines": ("line", [[50.0, 40.0], [130.0, 120.0]], "50 40 130 120"),
}
WRONG = {
    "polygons": ([[1, 1], [2, 2]], "at least 3 corners"),
    "points": ([1], "2 numbers"),
    "polylines": ([[1, 1]], "at least 2 corners"),
}


@pytest.fixture(params=SHAPES)
def name(request):
    return request.param


@pytest.fixture
def kind(name):
    return tasktypes.registry.load(name)


@pytest.fixture
def spec(kind):
    return Spec(("Coin", "Button"), {"Coin": "#0072b2"}, kind.Options())


def test_a_line_of_the_form_is_a_shape(name, kind, spec):
    key, place, typed = SHAPES[name]
    value = kind.from_form(QueryDict(f"shapes=Coin: {typed}"), spec)
    assert kind.clean(value, spec, PICTURE) == [{key: place, "label": "Coin"}]


def test_what_is_no_shape_is_refused(name, kind, spec):
    place, says = WRONG[name]
    with pytest.raises(ValueError, match=says):
        kind.clean([{SHAPES[name][0]: place, "label": "Coin"}], spec, PICTURE)


def test_a_shape_is_drawn_over_its_picture(name, kind, spec):
    key, place, _ = SHAPES[name]
    drawn = kind.draw([{key: place, "label": "Coin"}], PICTURE, spec)
    assert '<img src="/picture"' in drawn
    assert 'viewBox="0 0 640 400"' in drawn
    assert 'stroke="#0072b2"' in drawn


def test_what_most_people_drew_is_agreed_on(name, kind, mona, ann, abe):
    key, place, _ = SHAPES[name]
    project = setup.create(
        mona,
        {"name": "Coins", "task_type": name, "votes_wanted": 4, "learning": False},
        [LabelRow("Coin"), LabelRow("Button")],
    )
    for user in (ann, abe):
        Membership.objects.create(project=project, user=user, role=Role.ANNOTATOR)
    value = [{key: place, "label": "Coin"}]
    annotations = [
        {"annotator": who, "value": drawing} for who, drawing in [("ann", value), ("abe", value), ("mona", [])]
    ]
    report = import_records(project, [Record(1, "one", image=coins(), image_name="1.png", annotations=annotations)])
    assert not report.rejected
    consensus.fresh(project)
    agreed = Consensus.objects.get()
    assert agreed.value == value
    assert agreed.parts[0]["votes"] == 2
    assert 0 < agreed.dispute < 1


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("polygons", {"outline": "round"}, "outline must be one of"),
        ("points", {"radius": 0.0}, "radius must be more than 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(name, options, says):
    with pytest.raises(ValueError, match=says):
        tasktypes.registry.load(name).Options(**options)
