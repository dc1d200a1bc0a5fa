"""What every task type keeps, and that a new one needs no line changed elsewhere."""

from dataclasses import is_dataclass
from pathlib import Path

import orjson
import pytest
from django.http import QueryDict
from django.template import engines
from django.test import Client

from annotate import consensus, exports, reviews
from annotate.imports.run import import_records
from annotate.models import Annotation, Consensus
from annotate.queue.leasing import lease_next
from annotate_kit.formats.records import Record
from projects import itemtypes, setup, tasktypes
from projects.models import Membership, Project, Role
from projects.tasktypes import Spec
from tests.tasktypes import number

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=tasktypes.registry.names)
def kind(request):
    return tasktypes.registry.load(request.param)


@pytest.fixture
def spec(kind):
    labels = ("cat", "dog", "owl")
    return Spec(labels, dict.fromkeys(labels, "#0072b2"), kind.Options())


def test_a_type_is_three_files_with_one_stem(kind):
    stem = kind.__name__.rpartition(".")[2]
    assert (ROOT / f"templates/annotate/tasktypes/{stem}.html").exists()
    assert (ROOT / f"annotate/static/annotate/tasktypes/{stem}.js").exists()


def test_a_type_says_what_it_is_asked_about_and_how_it_is_set_up(kind):
    assert kind.item_types
    assert kind.item_types <= set(itemtypes.registry.names)
    assert is_dataclass(kind.Options)
    assert kind.least_labels >= 0
    assert isinstance(getattr(kind, "merging", ""), str)


def test_an_example_is_clean_and_the_same_as_itself(kind, spec):
    value = kind.example(spec)
    assert kind.clean(value, spec, None) == value
    assert kind.distance(value, value, None) == 0


def test_a_value_is_rebuilt_from_its_parts(kind, spec):
    value = kind.example(spec)
    assert kind.rebuild(value, kind.parts(value)) == value


def test_a_label_is_renamed_without_touching_anything_else(kind, spec):
    value = kind.example(spec)
    parts = [part._replace(label="cow" if part.label == "cat" else part.label) for part in kind.parts(value)]
    renamed = kind.rebuild(value, parts)
    assert [part.place for part in kind.parts(renamed)] == [part.place for part in kind.parts(value)]
    assert "cat" not in tasktypes.labels_named(kind, renamed)


@pytest.mark.parametrize("nonsense", [None, 7.5, {"a": 1}, "no such label", ["no such label"], [7]])
def test_what_is_no_value_is_refused_in_words(kind, spec, nonsense):
    try:
        clean = kind.clean(nonsense, spec, None)
    except ValueError as error:
        assert str(error)
    else:
        assert kind.clean(clean, spec, None) == clean


def test_an_empty_form_is_no_answer_or_a_clean_one(kind, spec):
    value = kind.from_form(QueryDict(""), spec)
    assert value is None or kind.clean(value, spec, None) == value


def test_a_drawn_value_cannot_break_out_of_the_page(kind, spec):
    evil = Spec(("<script>", "dog"), {"<script>": "#0072b2"}, spec.options)
    assert "<script>" not in kind.draw(kind.example(evil), None, evil)


# A third type, from import to export


@pytest.fixture
def numbers(mona, ann, abe, monkeypatch) -> Project:
    """A project in which people give a number to texts."""
    known = tasktypes.registry.load
    monkeypatch.setitem(vars(tasktypes.registry), "names", [*tasktypes.registry.names, "number"])
    monkeypatch.setattr(tasktypes.registry, "load", lambda name: number if name == "number" else known(name))
    monkeypatch.setattr(tasktypes.registry, "title", lambda name: name)
    engine = engines["django"].engine
    monkeypatch.setattr(engine, "dirs", [*engine.dirs, ROOT / "tests/tasktypes/templates"])
    monkeypatch.setattr(engine.template_loaders[0], "get_template_cache", {}, raising=False)
    project = setup.create(mona, {"name": "Numbers", "task_type": "number", "votes_wanted": 2}, [])
    for user in (ann, abe):
        Membership.objects.create(project=project, user=user, role=Role.ANNOTATOR)
    return project


def test_a_new_type_goes_from_import_to_export(numbers, client, mona, ann, abe):
    annotations = [{"annotator": "ann", "value": 3}, {"annotator": "abe", "value": 7}]
    report = import_records(
        numbers,
        [
            Record(1, "both", text="both answered", annotations=annotations, gold=5),
            Record(2, "open", text="nobody answered"),
            Record(3, "wrong", text="too large", annotations=[{"annotator": "ann", "value": 11}]),
        ],
    )
    assert (report.created, [row["error"] for row in report.rejected]) == (
        2,
        ["annotations: 11 is no whole number from 0 to 10"],
    )

    client.force_login(ann)
    page = client.get(f"/projects/{numbers.pk}/label/").content.decode()
    assert 'name="number"' in page
    lease = lease_next(numbers, ann) or numbers.assignments.live().get(annotator=ann)
    client.post(f"/projects/{numbers.pk}/label/", {"assignment": lease.pk, "number": "4", "act": "submit"})
    assert Annotation.objects.get(item__external_id="open").value == 4

    consensus.fresh(numbers)
    assert dict(Consensus.objects.values_list("item__external_id", "value")) == {"both": 5, "open": 4}

    manager = Client()
    manager.force_login(mona)
    for address in ("", "items/", "review/", "agreement/", "people/", "settings/", "rounds/"):
        response = manager.get(f"/projects/{numbers.pk}/{address}")
        assert response.status_code == 200, address
    assert "<b>number 5</b>" in manager.get(f"/projects/{numbers.pk}/items/").content.decode()
    assert "The largest number." in manager.get(f"/projects/{numbers.pk}/settings/").content.decode()
    review = manager.get(f"/projects/{numbers.pk}/review/").content.decode()
    assert "<b>number 3</b>" in review
    assert 'name="number"' in review

    answer = Annotation.objects.get(item__external_id="both", annotator=abe)
    reviews.correct([answer], mona, 6)
    consensus.fresh(numbers)
    rows = [orjson.loads(line) for line in b"".join(exports.export(numbers, "jsonl")).splitlines()]
    assert {row["external_id"]: row["consensus"] for row in rows} == {"both": 6, "open": 4}


def test_the_options_of_a_type_are_checked(numbers, mona):
    setup.change(numbers, mona, {"options": {"most": 20}})
    assert Project.objects.get(pk=numbers.pk).options == {"most": 20}
    for options, says in [({"least": 1}, "There is no option 'least'"), ({"most": "many"}, "most must be a whole")]:
        with pytest.raises(ValueError, match=says):
            setup.change(numbers, mona, {"options": options})
