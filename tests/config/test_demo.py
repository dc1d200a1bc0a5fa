"""The demo: four projects, each of which people can label at once."""

import io

import numpy as np
import pytest
from PIL import Image

from accounts.models import User
from annotate.models import Item
from config import demo, demo_records
from projects.models import Project
from projects.tasktypes import Spec


@pytest.fixture
def four_projects(db, monkeypatch) -> dict[str, Project]:
    monkeypatch.setenv("DEMO_PASSWORD", "a-demo-password")
    demo.build()
    return {project.name: project for project in Project.objects.all()}


def test_people_find_four_projects_of_different_kinds(four_projects, client):
    kinds = {name: (project.task_type, project.items.count()) for name, project in four_projects.items()}
    assert kinds == {
        "digits": ("single_choice", 1797),
        "reviews": ("single_choice", len(list(demo_records.sentences()))),
        "changelog": ("spans", 40),
        "coins": ("boxes", 12),
    }
    client.force_login(User.objects.get(username="ann"))
    for project in four_projects.values():
        assert client.get(f"/projects/{project.pk}/label/").context["assignment"]


def test_a_second_start_adds_nothing_and_keeps_what_people_changed(four_projects):
    four_projects["coins"].items.first().delete()
    Project.objects.filter(name="changelog").update(guidelines="Our own.")
    before = Item.objects.count()
    demo.build()
    assert (Project.objects.count(), Item.objects.count()) == (4, before)
    assert Project.objects.get(name="changelog").guidelines == "Our own."


@pytest.mark.parametrize("name", demo.PROJECTS)
def test_everything_known_is_a_right_answer(name):
    labels, records, fields = demo.PROJECTS[name]
    kind = Project(task_type=fields.get("task_type", "single_choice")).kind
    spec = Spec(tuple(labels), dict.fromkeys(labels, "#0072b2"), kind.Options())
    known = [record.gold for record in records() if record.gold is not None]
    assert known
    for value in known:
        kind.clean(value, spec, None)


def test_the_spans_of_the_changelog_are_whole_words():
    spans = [(record.text, span) for record in demo_records.changelog() for span in record.gold]
    words = {(span["label"], text[span["start"] : span["end"]]) for text, span in spans}
    assert {("person", "Mira Holt"), ("place", "Bergen"), ("date", "spring 2023")} <= words
    assert not [text for text, _ in spans if set("[|]") & set(text)]
    assert all(word[0].isalnum() and word[-1].isalnum() for _, word in words)
    assert all(word[-4:].isdigit() for label, word in words if label == "date")


def test_a_coin_fills_its_box_and_the_same_ones_come_each_time():
    pictures = list(demo_records.coins())
    assert [record.gold is not None for record in pictures] == [True, False] * 6
    assert [record.image for record in demo_records.coins()] == [record.image for record in pictures]
    for record in pictures[::2]:
        pixels = np.asarray(Image.open(io.BytesIO(record.image)), dtype=int)
        for shape in record.gold:
            x0, y0, x1, y1 = shape["box"]
            face, _ = demo_records.METALS[shape["label"]]
            assert np.abs(pixels[(y0 + y1) // 2, (x0 + x1) // 2] - face).max() < 25
            assert 4 <= len(record.gold) <= 8
