"""An item with one vote is never certain: what the vote says is as probable as its giver is good."""

from importlib import import_module

import numpy as np
import orjson
import pytest

from annotate import consensus
from annotate.exports.rows import export
from annotate.imports.run import import_records
from annotate.models import Consensus, Item, Skill
from annotate.statistics import annotators
from annotate_kit.formats.records import Record
from learner import dataset
from projects.models import Project
from tests.conftest import add_texts

plan_module = import_module("annotate.consensus.plan")


def answer(project: Project, person, values: dict[str, object]) -> None:
    items = {item.external_id: item for item in project.items.all()}
    report = import_records(
        project,
        (
            Record(
                row,
                name,
                text=items[name].text,
                gold=items[name].gold,
                annotations=[{"annotator": person.username, "value": value}],
            )
            for row, (name, value) in enumerate(values.items(), start=1)
        ),
    )
    assert not report.rejected_count, report.rejected


def probabilities(project: Project) -> dict[str, dict[str, float]]:
    return dict(consensus.fresh(project, whole=True).values_list("item__external_id", "belief"))


def test_nobody_being_known_a_vote_is_right_in_four_of_five_cases(reviews, ann, abe):
    answer(reviews, ann, {"item-1": "positive", "item-2": "positive"})
    answer(reviews, abe, {"item-3": "negative"})
    assert probabilities(reviews)["item-2"] == {"positive": 0.8, "negative": 0.2}
    assert probabilities(reviews)["item-3"] == {"positive": 0.2, "negative": 0.8}
    assert set(Skill.objects.values_list("skill", flat=True)) == {0.8}


def test_an_answer_of_many_labels_is_as_probable_as_a_whole(make_project, ann):
    project = make_project(labels=("a", "b", "c", "d"), task_type="multiple_choice")
    add_texts(project, ["one"])
    answer(project, ann, {"item-1": ["a", "c"]})
    of_item = probabilities(project)["item-1"]
    assert np.prod([of_item["a"], 1 - of_item["b"], of_item["c"], 1 - of_item["d"]]) == pytest.approx(0.8, abs=1e-4)
    assert Consensus.objects.get().value == ["a", "c"]


def test_known_answers_say_how_good_somebody_is(make_project, ann, abe):
    project = make_project()
    gold = [Record(row=n, external_id=f"gold-{n}", text=f"known {n}", gold="positive") for n in range(1, 11)]
    import_records(project, iter(gold))
    add_texts(project, ["one", "two"])
    answer(project, ann, {f"gold-{n}": "positive" for n in range(1, 6)} | {"item-1": "negative"})
    answer(project, abe, {f"gold-{n}": "negative" for n in range(6, 11)} | {"item-2": "negative"})
    by_item = probabilities(project)
    assert by_item["item-1"]["negative"] == pytest.approx((4 * 0.8 + 5) / 9, abs=1e-6)
    assert by_item["item-2"]["negative"] == pytest.approx(4 * 0.8 / 9, abs=1e-6)
    assert Consensus.objects.get(item__external_id="item-2").value == "negative"  # an only vote stands


@pytest.fixture
def compared(make_project, ann, abe, mona) -> Project:
    """Ann and mona say the same of twelve items, abe something else; each has one item alone."""
    project = make_project(aggregation="majority_vote")
    add_texts(project, [f"text {number}" for number in range(15)])
    for person, value in ((ann, "positive"), (mona, "positive"), (abe, "negative")):
        answer(project, person, {f"item-{n}": value for n in range(1, 13)})
    for person, name in ((ann, "item-13"), (abe, "item-14")):
        answer(project, person, {name: "negative"})
    return project


def test_who_was_compared_with_others_is_as_good_as_the_method_says(compared, ann, abe):
    by_item = probabilities(compared)
    skill = {row.annotator_id: row.skill for row in Skill.objects.all()}
    assert skill[ann.pk] > skill[abe.pk]
    assert 1 > by_item["item-13"]["negative"] > by_item["item-14"]["negative"]
    assert by_item["item-1"]["positive"] == pytest.approx(2 / 3, abs=1e-6)  # where several said something, they count


def test_item_by_item_it_is_as_in_a_whole_run(compared, abe, rita, monkeypatch):
    monkeypatch.setattr(plan_module, "SMALL", 0)
    consensus.fresh(compared, whole=True)
    answer(compared, abe, {"item-15": "positive"})
    consensus.fresh(compared)
    streamed = Consensus.objects.get(item__external_id="item-15").belief
    assert streamed == pytest.approx(probabilities(compared)["item-15"], abs=0.05)
    assert max(streamed.values()) < 1


@pytest.mark.parametrize("method", ["auto", "majority_vote", "dawid_skene", "wawa", "glad"])
def test_no_method_is_certain_of_a_vote_that_nobody_confirms(compared, method):
    Project.objects.filter(pk=compared.pk).update(aggregation=method)
    compared.refresh_from_db()
    by_item = probabilities(compared)
    assert max(by_item["item-13"].values()) < 0.99 and max(by_item["item-14"].values()) < 0.99


def test_a_span_that_one_person_marked_is_not_certain(make_project, ann):
    project = make_project(labels=("name",), task_type="spans")
    add_texts(project, ["Ada wrote it."])
    answer(project, ann, {"item-1": [{"start": 0, "end": 3, "label": "name"}]})
    row = consensus.fresh(project).get()
    assert row.value == [{"start": 0, "end": 3, "label": "name"}]
    assert 0.5 < row.parts[0]["probability"] < 1 and row.certainty < 1


def test_the_export_says_so_too(reviews, ann):
    answer(reviews, ann, {"item-1": "positive"})
    rows = [orjson.loads(line) for line in b"".join(export(reviews, "jsonl")).splitlines()]
    assert [row["belief"] for row in rows if row["votes"]] == [{"positive": 0.8, "negative": 0.2}]


def test_a_model_learns_from_them_as_if_they_were_certain(reviews, ann):
    answer(reviews, ann, {"item-1": "positive", "item-2": "negative"})
    assert dataset.labelled(reviews).weights.tolist() == [1.0, 1.0]
    assert Item.objects.filter(consensus__isnull=False).count() == 2


def test_a_skill_is_as_uncertain_as_the_few_items_that_others_saw_too(compared, ann):
    names = [f"alone-{number}" for number in range(45)]
    import_records(compared, (Record(row, name, text=name) for row, name in enumerate(names, start=1)))
    answer(compared, ann, dict.fromkeys(names, "negative"))
    consensus.fresh(compared, whole=True)
    (row,) = [row for row in annotators.annotators(compared) if row.user == ann]
    assert row.annotations > 50 and row.compared == 12
    assert row.skill.high - row.skill.low > 0.3
