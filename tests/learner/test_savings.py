"""How many labels the order of the queue saved, and whether more labels pay."""

from collections.abc import Callable

import numpy as np
import pytest
from rest_framework.test import APIClient

from learner import tasks
from learner.evaluation import forecast, random_order, savings, scores, stopping
from learner.evaluation.savings import Savings
from learner.evaluation.stopping import Progress
from learner.models import Round
from projects.models import Project
from tests import lasting
from tests.learner.conftest import add_records, topics

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST

SIZES = [20, 40, 80, 160] * 3


def simulated(seed: int, n: int = 400, present_labels: int = 600) -> random_order.Needed:
    """Models in random order whose error is 1.5 · labels^-0.5, and the one of the project, as good as 600 labels."""
    rng = np.random.default_rng(seed)
    right = np.array([rng.random(n) > 1.5 * size**-0.5 for size in SIZES], dtype=float)
    present = (rng.random(n) > 1.5 * present_labels**-0.5).astype(float)
    return random_order.needed(SIZES, right, present, seed)


def test_the_labels_that_random_order_needs_are_read_off_its_curve():
    estimates = [simulated(seed) for seed in range(12)]
    medians = np.median([each.labels or each.limit for each in estimates])
    assert 400 < medians < 900
    holds = [(each.low or each.limit) <= 600 <= (each.high or each.limit) for each in estimates]
    assert np.mean(holds) >= 0.8


def test_a_score_far_above_the_curve_is_beyond_what_can_be_told():
    assert simulated(0, present_labels=1_000_000).labels is None


def test_a_curve_that_does_not_rise_reaches_a_higher_score_never_and_a_lower_at_once():
    right = np.tile(np.arange(100) < 70, (len(SIZES), 1)).astype(float)
    better, worse = (np.arange(100) < 95).astype(float), (np.arange(100) < 40).astype(float)
    assert random_order.needed(SIZES, right, better).labels is None
    assert random_order.needed(SIZES, right, worse).labels == 20


def test_parts_are_as_easy_as_all_items_though_hard_ones_were_asked_for():
    rng = np.random.default_rng(0)
    sureness = rng.uniform(0.5, 1, 5000)
    of_all = np.column_stack([sureness, 1 - sureness])
    hard = of_all[rng.random(5000) < 0.02 + 0.3 * (1 - sureness)]
    strata = random_order.strata(hard, of_all, False, rng)
    size = random_order.sizes(strata, 2)[-1]
    part = hard[random_order.drawn(strata, size, rng)]
    assert len(part) == size
    assert hard[:, 0].mean() < 0.72
    assert part[:, 0].mean() == pytest.approx(0.75, abs=0.02)


def test_without_enough_easy_items_no_parts_are_drawn():
    strata = [np.arange(200)] * 4 + [np.arange(3)]
    assert random_order.sizes(strata, 2) == []


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (Savings("", 1, 400, 640, 310, 1200), "at least 310 more labels, at 95\u202f% confidence. The estimate is 640"),
        (Savings("", 1, 400, None, 310, None), "at least 310 more labels, at 95\u202f% confidence."),
        (Savings("", 1, 400, 40, -80, 300), "not clearly above the 400 labels"),
        (Savings("too early: 7 of 20 items"), "Nobody can tell yet: too early: 7 of 20 items."),
    ],
)
def test_the_saving_is_said_in_words(saved, words):
    assert words in savings.sentence(saved)


def test_a_gain_is_counted_on_the_same_items():
    before, after = np.arange(200) < 150, np.arange(200) < 170
    gain = stopping.paired_gain(before, after)
    assert gain.value == pytest.approx(0.1) and 0.05 < gain.low < 0.1 < gain.high < 0.15
    same = stopping.paired_gain(before, before)
    assert same.value == 0 and same.low < 0 < same.high


def test_kappa_is_agreement_beyond_chance():
    first = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert scores.kappa(first, first, 2) == 1
    assert scores.kappa(first, np.array([0, 0, 1, 1, 0, 0, 1, 1]), 2) == pytest.approx(0)
    assert scores.kappa(first * 0, first * 0, 2) == 1


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (300, 360, "still help"),
        (360, 300, "got worse"),
        (380, 380, "bring little"),
        (380, 382, "too few test items"),
    ],
)
def test_advice_says_what_the_gain_means(before, after, words):
    gain = stopping.paired_gain(np.arange(400) < before, np.arange(400) < after)
    first, second = stopping.advice(Progress("", 2, 1, 200, gain, 0.004, 0.992))
    assert "The last 200 labels brought" in first and words in first
    assert "0.4\u202f%" in second and "stable" in second


@pytest.fixture(scope="module")
def measured(make_project, ann, answer) -> Project:
    """Two rounds that the worker ran; two fifths of the items are kept for the test."""
    project = make_project(labels=("fruit", "tools"), retrain_every=0, explore=0.4, acquisition="random")
    add_records(project, topics(300))
    for count in (80, 120):
        answer(project, ann, count)
        new_round = Round.objects.create(project=project, trigger="click")
        assert tasks.run_round(new_round.pk) == "finished"
    return project


def test_a_round_of_the_worker_measures_both_and_says_so_by_rest(measured, rita):
    api = APIClient()
    api.force_authenticate(rita)
    answer = api.get(f"/api/projects/{measured.pk}/savings/").json()
    first, last = measured.rounds.order_by("id")
    assert answer["savings"]["round_id"] == last.pk
    assert answer["savings"]["labels"] == last.n_train
    assert answer["savings"]["sentence"]
    assert (answer["progress"]["since"], answer["progress"]["labels"]) == (first.pk, last.n_labels - first.n_labels)
    assert 0 <= answer["progress"]["changed"] <= 1
    assert answer["progress"]["gain"]["low"] <= answer["progress"]["gain"]["value"]
    curve = last.record["savings"]["random"]
    assert last.record["savings"]["lacking"] == "" and len(curve) == random_order.SIZES
    assert all(0 < labels <= last.n_train and 0 <= score <= 1 for labels, score in curve)


def test_the_page_of_the_model_says_whether_more_labels_pay(measured, rita, client):
    client.force_login(rita)
    page = client.get(f"/projects/{measured.pk}/rounds/").content.decode()
    last = measured.rounds.order_by("id").last()
    assert "Do more labels pay?" in page
    assert savings.sentence(savings.of(last)) in page.replace("&#x27;", "'")
    assert "The last 120 labels brought" in page and "nothing stops by itself" in page


@pytest.fixture
def curve_of(make_project) -> Callable[..., Round]:
    """The last of finished rounds of these scores, a hundred labels apart."""

    def make(*scores: float, **fields) -> Round:
        project = make_project()
        for place, score in enumerate(scores, start=1):
            last = Round.objects.create(
                project=project, trigger="click", status="finished", n_labels=100 * place, n_test=200, score=score,
                score_low=score, score_high=score, generation=place, **fields,
            )  # fmt: skip
        return last

    return make


def test_the_learning_curve_says_what_the_next_labels_are_expected_to_bring(curve_of, rita, client):
    last = curve_of(0.7, 0.79, 0.83, 0.85, 0.865, 0.876)
    last.record |= {forecast.RECORD: forecast.measure(last)}
    last.save()
    api = APIClient()
    api.force_authenticate(rita)
    answer = api.get(f"/api/projects/{last.project_id}/savings/").json()["progress"]
    expected = answer["forecast"]
    assert expected["labels"] == 100 and 0.003 < expected["gain"] < 0.015
    assert expected["low"] < expected["gain"] < expected["high"]
    assert f"The next 100 labels are expected to bring +{100 * expected['gain']:.1f} points" in answer["advice"][-1]
    client.force_login(rita)
    assert "The next 100 labels" in client.get(f"/projects/{last.project_id}/rounds/").content.decode()


def test_of_few_rounds_and_of_other_estimators_nothing_is_foreseen(curve_of):
    assert forecast.measure(curve_of(0.7, 0.79, 0.83, 0.85)) is None
    last = curve_of(0.7, 0.79, 0.83, 0.85, 0.865, 0.876)
    last.record = {"parameters": {"estimator": "naive_bayes"}}
    assert forecast.measure(last) is None
    assert forecast.of(last) is None


@pytest.mark.parametrize(("present", "more"), [(40, 100), (990, 100), (2600, 300), (14_000, 1000)])
def test_what_is_foreseen_is_a_hundred_labels_or_a_tenth_of_the_present_ones(present, more):
    assert forecast._more(present) == more


def test_of_several_labels_an_item_each_counts():
    """Of 100 items with four labels each, ten have one label more right than before."""
    before = np.full(100, 0.75)
    after = before + 0.25 * (np.arange(100) < 10)
    gain = stopping.paired_gain(before, after, step=0.25)
    assert gain.value == pytest.approx(0.025) and 0.005 < gain.low < 0.025 < gain.high < 0.045
    then, now = np.zeros((4, 3)), np.zeros((4, 3))
    now[0, :2] = 0.9
    then[3], now[3] = 0.9, 0.9
    changed, kappa = stopping._moved(then, now, True)
    assert changed == 0.25 and kappa == pytest.approx(7 / 11)  # ten of twelve are the same, 13 in 24 by chance


def test_projects_of_several_labels_an_item_get_advice(make_project, ann, answer):
    project = make_project(
        labels=("fruit", "tools"), task_type="multiple_choice", retrain_every=0, explore=0.4, acquisition="random"
    )
    add_records(project, [{**record, "gold": [record["gold"]]} for record in topics(160)])
    for count in (60, 60):
        answer(project, ann, count)
        new_round = Round.objects.create(project=project, trigger="click")
        assert tasks.run_round(new_round.pk) == "finished"
    progress = stopping.of(Round.objects.get(pk=new_round.pk))
    assert progress.lacking == "" and progress.labels == 60
    assert "The last 60 labels brought" in stopping.advice(progress)[0]


def test_with_too_few_test_items_it_is_too_early(fruit_and_tools, ann, rita, answer):
    answer(fruit_and_tools, ann, 40)
    new_round = Round.objects.create(project=fruit_and_tools, trigger="click")
    assert tasks.run_round(new_round.pk) == "finished"
    api = APIClient()
    api.force_authenticate(rita)
    answer = api.get(f"/api/projects/{fruit_and_tools.pk}/savings/").json()
    assert "too early" in answer["savings"]["lacking"] and answer["savings"]["more"] is None
    assert answer["progress"]["gain"] is None and "Nobody can tell yet" in answer["progress"]["advice"][0]


def test_before_any_model_nothing_is_said(fruit_and_tools, rita, client):
    client.force_login(rita)
    assert "Do more labels pay?" not in client.get(f"/projects/{fruit_and_tools.pk}/rounds/").content.decode()
    api = APIClient()
    api.force_authenticate(rita)
    answer = api.get(f"/api/projects/{fruit_and_tools.pk}/savings/").json()
    assert answer["savings"]["lacking"] == "no round has trained a model yet"


def test_an_outsider_does_not_learn_of_the_project(measured, otto):
    api = APIClient()
    api.force_authenticate(otto)
    assert api.get(f"/api/projects/{measured.pk}/savings/").status_code == 404
