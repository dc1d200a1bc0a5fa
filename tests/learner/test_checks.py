"""What may mislead those who read a score: each check speaks where it must, and is silent where it must."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from scipy import sparse

from annotate.imports import jobs
from annotate.models import Item
from learner import rounds
from learner.evaluation.checks import OF_PEOPLE, SENTENCES, WARNINGS, drift, duplicates, imbalance, people
from learner.models import Round
from learner.pipeline import savings
from learner.rounds import checking
from learner.rounds.lock import alone
from tests.annotate.test_assignments_api import signed_in
from tests.learner.conftest import add_records, finished_round, topics

LABELS = ["cat", "dog", "cow"]


def text_of(findings):
    (finding,) = findings
    return SENTENCES[finding["check"]](finding)


# Imbalance


def test_a_label_that_hardly_any_item_has_is_named():
    text = text_of(imbalance.check(np.array([60.0, 36.0, 4.0]), 100, LABELS))
    assert "“cow” (4)" in text and "dog" not in text


def test_few_of_a_label_mean_nothing_among_few_items_and_balance_is_silent():
    assert imbalance.check(np.array([20.0, 5.0, 4.0]), 29, LABELS) == []
    assert imbalance.check(np.array([60.0, 35.0, 5.0]), 100, LABELS) == []


def test_a_label_of_nearly_all_items_is_named():
    (finding,) = imbalance.check(np.array([190.0, 5.0, 5.0]), 199, LABELS)
    assert "190 of the 199" in SENTENCES["one_label"](finding)
    assert imbalance.check(np.array([190.0, 5.0, 5.0]), 200, LABELS) == []


# Duplicates


def test_the_same_contents_in_test_and_training_are_counted():
    (finding,) = duplicates.check(np.array([1, 2, 3, 4]), np.array([3, 4, 5]))
    assert (finding["identical"], finding["alike"], finding["items"]) == (2, 2, 4)
    assert duplicates.check(np.array([1, 2]), np.array([3, 4])) == []


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_nearly_the_same_features_are_counted_and_others_are_not(form):
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(300, 20)), rng.normal(size=(40, 20))
    hashes = np.arange(40), np.arange(100, 400)
    assert duplicates.check(*hashes, form(test), form(train)) == []
    test[:5] = train[:5] * 1.5 + rng.normal(size=(5, 20)) * 0.001
    (finding,) = duplicates.check(*hashes, form(test), form(train))
    assert (finding["identical"], finding["alike"]) == (0, 5)
    assert "5 of 40 test items" in SENTENCES[finding["check"]](finding)


def test_features_that_tell_nothing_apart_are_not_compared():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(300, 2)), rng.normal(size=(40, 2))
    assert duplicates.check(np.arange(40), np.arange(100, 400), test, train) == []


# Drift


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_items_of_another_kind_are_told_apart(form):
    rng = np.random.default_rng(0)
    former, newest = rng.normal(size=(400, 10)), rng.normal(size=(100, 10))
    newest[:, 0] += 1.5
    (finding,) = drift.check(form(newest), form(former), rng)
    assert finding["low"] > 0.7
    assert "another kind" in SENTENCES[finding["check"]](finding)


def test_items_of_the_same_kind_are_not():
    spoken = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        spoken += bool(drift.check(rng.normal(size=(80, 30)), rng.normal(size=(200, 30)), rng))
    assert spoken == 0


def test_the_interval_of_the_separation_holds_one_half_as_often_as_it_says():
    inside = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        _, low, high = drift.separation(rng.normal(size=(60, 3)), rng.normal(size=(60, 3)), rng)
        inside += low <= 0.5 <= high
    assert inside >= 90


def test_imports_begin_where_files_did_and_after_pauses_between_other_items():
    minutes = 60 * np.array([0, 0, 30, 31, 32, 33, 33, 60, 61])
    assert drift.begins(minutes, np.empty((0, 2))).tolist() == [2, 7]
    files = 60 * np.array([[29.5, 31.5], [31.5, 62]])  # the second one had a pause
    assert drift.begins(minutes, files).tolist() == [2, 4]
    assert drift.begins(minutes, 60 * np.array([[40.0, 50.0]])).tolist() == [2, 7]  # a file of items that were there


def test_of_few_items_nothing_is_said():
    rng = np.random.default_rng(0)
    assert drift.check(rng.normal(size=(49, 3)) + 9, rng.normal(size=(400, 3)), rng) == []


# People


def crowd(seed: int, n_people: int = 6, each: int = 80):
    """Everybody differs from the model in a tenth of the answers; how sure it is has nothing to do with people."""
    rng = np.random.default_rng(seed)
    n = n_people * each
    predicted = rng.integers(3, size=n)
    answer = np.where(rng.random(n) < 0.1, (predicted + rng.integers(1, 3, size=n)) % 3, predicted)
    return np.repeat(np.arange(n_people), each), answer, predicted, rng.uniform(0.4, 1, size=n)


def test_who_says_dog_where_the_model_says_cat_is_named_with_the_pair():
    person, answer, predicted, sure = crowd(0)
    answer[(person == 2) & (predicted == 0)] = 1
    (finding,) = people.check(person, answer, predicted, sure, LABELS)
    assert (finding["user"], finding["answer"], finding["model"]) == (2, "dog", "cat")
    assert finding["share"] > 0.3 > 0.15 > finding["others"]


def test_nobody_is_named_where_all_are_alike():
    assert sum(bool(people.check(*crowd(seed), LABELS)) for seed in range(200)) <= 1


def test_who_got_the_items_of_which_the_model_is_unsure_is_not_named():
    rng = np.random.default_rng(0)
    person, _, predicted, _ = crowd(0)
    is_hard = rng.random(len(person)) < np.where(person == 2, 0.9, 0.2)
    differs = rng.random(len(person)) < np.where(is_hard, 0.5, 0.02)
    answer = np.where(differs, (predicted + 1) % 3, predicted)
    assert people.check(person, answer, predicted, np.where(is_hard, 0.4, 0.95), LABELS) == []
    assert people.check(person, answer, predicted, np.full(len(person), 0.8), LABELS) != []


def test_of_few_answers_nothing_is_said():
    person, answer, predicted, sure = crowd(0, each=19)
    answer[person == 2] = (predicted[person == 2] + 1) % 3
    assert people.check(person, answer, predicted, sure, LABELS) == []


# In a project


@pytest.fixture
def contrary(fruit_and_tools, ann, abe, answer):
    """A round in a project where abe takes fruit for tools, and some test items are those of the training again."""
    project = fruit_and_tools
    project.explore = 0.3
    project.save()
    again = [{**record, "external_id": f"again-{place}"} for place, record in enumerate(topics(60))]
    add_records(project, again)
    answer(project, ann, 150)
    answer(project, abe, 70, lambda item: "tools")
    return measured_round(project)


@pytest.fixture(autouse=True)
def without_savings(monkeypatch):
    """No model is fitted to say how many labels were saved: that takes its time, and is no matter of these tests."""
    monkeypatch.setattr(savings, "MOST_SECONDS", 0)


def measured_round(project):
    """A round as the worker runs it."""
    begun, _ = rounds.begin(project, Round.Trigger.CLICK)
    return rounds.run(begun, rounds.observer(begun))


def kinds(warnings):
    return {warning["check"] for warning in warnings}


def test_a_round_stores_what_it_saw_and_the_pages_tell_it(contrary, client, mona, rita, abe):
    finding = {row["check"]: row for row in contrary.record[WARNINGS]}
    assert {"test_in_training", OF_PEOPLE} <= set(finding)
    assert (finding[OF_PEOPLE]["user"], finding[OF_PEOPLE]["answer"]) == (abe.pk, "tools")
    for path in (f"/projects/{contrary.project_id}/rounds/", f"/projects/{contrary.project_id}/rounds/{contrary.pk}/"):
        client.force_login(mona)
        for_mona = client.get(path).content.decode()
        client.force_login(rita)
        for_rita = client.get(path).content.decode()
        assert "abe differs from the model" in for_mona and "the score is too good" in for_mona
        assert "differs from the model" not in for_rita and "the score is too good" in for_rita


def test_rest_tells_managers_of_people_and_reviewers_of_the_rest(contrary, mona, rita):
    for path in (f"/api/rounds/{contrary.pk}/", f"/api/projects/{contrary.project_id}/rounds/"):
        shown = {}
        for viewer in (mona, rita):
            body = signed_in(viewer).get(path).json()
            shown[viewer] = body["results"][0] if "results" in body else body
            assert WARNINGS not in shown[viewer]["record"]
        assert "abe" in {warning.get("user") for warning in shown[mona]["warnings"]}
        assert kinds(shown[mona]["warnings"]) - kinds(shown[rita]["warnings"]) == {OF_PEOPLE}


def test_a_round_in_a_project_without_trouble_says_nothing(fruit_and_tools, ann, abe, answer, client, mona):
    answer(fruit_and_tools, ann, 60)
    answer(fruit_and_tools, abe, 60)
    done = measured_round(fruit_and_tools)
    assert done.record[WARNINGS] == []
    client.force_login(mona)
    assert "What may mislead" not in client.get(f"/projects/{fruit_and_tools.pk}/rounds/").content.decode()


def test_without_files_imports_are_told_apart_by_the_pause_between_them(fruit_and_tools, ann, answer):
    add_records(fruit_and_tools, [{"external_id": f"b{n}", "text": f"shoe size {n}, gown"} for n in range(80)])
    new = Item.objects.filter(project=fruit_and_tools, external_id__startswith="b")
    answer(fruit_and_tools, ann, 40, lambda item: item.gold or "tools")
    assert "drift" not in kinds(measured_round(fruit_and_tools).record[WARNINGS])
    new.update(created_at=timezone.now() + timedelta(seconds=drift.PAUSE_SECONDS + 2))
    assert "drift" in kinds(measured_round(fruit_and_tools).record[WARNINGS])


def test_files_that_are_imported_one_after_the_other_are_two_imports(fruit_and_tools, ann, answer, mona):
    rows = [f'{{"external_id": "b{n}", "text": "shoe size {n}, gown"}}' for n in range(90)]
    for part in (rows[:30], rows[30:]):
        jobs.receive(fruit_and_tools, ContentFile("\n".join(part).encode(), "shoes.ndjson"), by=mona)
    answer(fruit_and_tools, ann, 40, lambda item: item.gold or "tools")
    first = fruit_and_tools.items.order_by("id").get(external_id="b30").pk
    assert checking._first_of_newest(fruit_and_tools) == first
    assert "drift" in kinds(measured_round(fruit_and_tools).record[WARNINGS])


def test_a_round_is_measured_after_others_may_begin_and_replays_do_without(fruit_and_tools, ann, answer):
    answer(fruit_and_tools, ann, 40)
    assert WARNINGS not in finished_round(fruit_and_tools).record
    begun, _ = rounds.begin(fruit_and_tools, Round.Trigger.CLICK)
    seen = []

    def observe(learnt):
        with alone(fruit_and_tools.pk) as may_begin:
            seen.append((may_begin, Round.objects.get(pk=begun.pk).status))

    rounds.run(begun, observe)
    assert seen == [(True, Round.Status.FINISHED)]


def test_a_round_that_cannot_be_measured_is_finished(fruit_and_tools, ann, answer):
    answer(fruit_and_tools, ann, 40)
    begun, _ = rounds.begin(fruit_and_tools, Round.Trigger.CLICK)

    def fail(learnt):
        raise ValueError("no figures")

    assert rounds.run(begun, fail).status == Round.Status.FINISHED


def test_warnings_are_no_part_of_what_decides_a_round(contrary):
    from learner.rounds import records

    assert WARNINGS not in records.flat(contrary.record)
    assert records.differences(contrary.record, {**contrary.record, WARNINGS: []}) == []
    assert Round.objects.get(pk=contrary.pk).record[WARNINGS]
