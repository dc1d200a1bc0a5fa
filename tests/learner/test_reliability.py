"""Whether what a round's model is sure of is right as frequently, on the items served at random."""

import numpy as np
import pytest

from learner import rounds
from learner.evaluation import reliability
from learner.models import Round
from learner.rounds import records
from tests.pages import markup_of

pytestmark = pytest.mark.django_db


def round_of(counts: list[list[float]] | None, n_test: int = 40) -> Round:
    return Round(n_test=n_test, score=0.8, record={"reliability": counts} if counts else {})


def two_labels(confidences: list[float]) -> np.ndarray:
    return np.array([[sure, 1 - sure] for sure in confidences])


def test_items_are_counted_by_the_probability_of_the_predicted_label():
    proba = two_labels([0.95, 0.05, 0.92, 0.55, 1.0])  # predicted: 0, 1, 0, 0, 0
    counts = reliability.counted(proba, np.array([0, 1, 1, 0, 0]))
    assert counts[9] == [4, pytest.approx(0.95 + 0.95 + 0.92 + 1.0), 3]
    assert counts[5] == [1, pytest.approx(0.55), 1]
    assert sum(items for items, _, _ in counts) == 5


def test_of_several_labels_an_item_nothing_is_counted():
    assert reliability.counted(np.array([[0.9, 0.8]]), np.array([[1, 1]])) is None


def test_the_error_is_how_far_probability_and_share_are_apart():
    counts = [[0, 0, 0]] * 6 + [[10, 6.5, 7], [0, 0, 0], [0, 0, 0], [30, 28.5, 24]]
    shown = reliability.of(round_of(counts))
    assert shown.items == 40
    assert shown.error == pytest.approx((0.5 + 4.5) / 40)
    assert shown.lean == 0
    unsure, sure = shown.rows
    assert (unsure.low, unsure.high, unsure.items, unsure.predicted, unsure.right.value) == (0.6, 0.7, 10, 0.65, 0.7)
    assert sure.right.low < 0.8 < sure.right.high < 0.95


def test_a_model_that_means_what_it_says_has_a_small_error_and_a_boaster_a_large_one():
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.5, 1, 20_000)
    answers = (rng.random(20_000) > chance).astype(np.int64)
    honest = reliability.of(round_of(reliability.counted(two_labels(list(chance)), answers)))
    boasting = reliability.of(round_of(reliability.counted(two_labels([0.99] * 20_000), answers)))
    assert honest.error < 0.02 and honest.lean == 0
    assert boasting.error == pytest.approx(0.24, abs=0.01) and boasting.lean > 0.2


@pytest.mark.parametrize(
    ("probability", "word"), [(0.99, "too sure of itself"), (0.6, "right than it says"), (0.8, "")]
)
def test_the_page_says_which_way_the_model_is_off_where_chance_does_not_explain_it(
    reviews, rita, client, probability, word
):
    counts = [[0, 0, 0]] * 10
    counts[min(9, int(probability * 10))] = [100, 100 * probability, 82]
    done = reviews.rounds.create(
        trigger="click", status="finished", n_test=100, score=0.82, record={"reliability": counts}
    )
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{reviews.pk}/rounds/{done.pk}/"))
    assert [end for end in ("too sure of itself", "right than it says") if end in page] == ([word] if word else [])


def test_nothing_is_said_by_few_test_items_nor_by_rounds_that_did_not_count():
    counts = [[0, 0, 0]] * 9 + [[19, 18, 17]]
    assert reliability.of(round_of(counts, n_test=19)) is None
    assert reliability.of(round_of(None)) is None


def test_a_round_counts_its_test_items_and_its_page_shows_them(fruit_and_tools, ann, rita, answer, client):
    fruit_and_tools.explore = 0.5
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 100)
    done = rounds.run(rounds.begin(fruit_and_tools, Round.Trigger.CLICK)[0])
    items, _, right = np.array(done.record["reliability"]).sum(axis=0)
    assert items == done.n_test >= 20
    assert right / items == pytest.approx(done.score)
    assert "reliability" not in records.flat(done.record)
    client.force_login(rita)
    address = f"/projects/{fruit_and_tools.pk}/rounds/{done.pk}/"
    page = markup_of(client.get(address))
    assert "How sure, and how right" in page and "expected calibration error" in page
    Round.objects.filter(pk=done.pk).update(n_test=19)
    assert "How sure, and how right" not in markup_of(client.get(address))
