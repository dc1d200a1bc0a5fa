"""How good a round is label by label, on the items served at random."""

import numpy as np
import pytest

from learner import rounds
from learner.evaluation import by_label, scores
from learner.models import Round

pytestmark = pytest.mark.django_db


def round_with(confusion: list[list[int]] | None, n_test: int = 40) -> Round:
    record = {"parameters": {"labels": ["fruit", "tools"]}} | ({"confusion": confusion} if confusion else {})
    return Round(n_test=n_test, score=0.8, record=record)


def test_found_and_right_are_shares_of_what_is_agreed_and_of_what_is_predicted():
    shown = by_label.of(round_with([[18, 2], [6, 14]]))
    assert shown and shown.matrix
    fruit, tools = shown.rows
    assert (fruit.items, fruit.recall.value, fruit.precision.value) == (20, 0.9, 0.75)
    assert (tools.items, tools.recall.value, tools.precision.value) == (20, 0.7, 0.875)
    assert fruit.recall.low < 0.9 < fruit.recall.high


def test_a_label_without_test_items_has_no_shares():
    shown = by_label.of(round_with([[40, 0], [0, 0]]))
    assert shown and shown.rows[1].recall is None and shown.rows[1].precision is None


def test_nothing_is_said_by_few_test_items_nor_without_any():
    assert by_label.of(round_with([[9, 1], [0, 9]], n_test=19)) is None
    assert by_label.of(round_with(None)) is None


def test_of_several_labels_an_item_there_is_no_confusion():
    assert scores.confusion(np.array([[0.9, 0.8]]), np.array([[1, 1]])) is None


def test_a_round_counts_its_test_items_and_its_page_shows_them(fruit_and_tools, ann, rita, answer, client):
    fruit_and_tools.explore = 0.5
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 100)
    done = rounds.run(rounds.begin(fruit_and_tools, Round.Trigger.CLICK)[0])
    counts = np.array(done.record["confusion"])
    assert counts.sum() == done.n_test >= 20
    assert np.trace(counts) / counts.sum() == pytest.approx(done.score)
    client.force_login(rita)
    page = client.get(f"/projects/{fruit_and_tools.pk}/rounds/{done.pk}/").content.decode()
    assert "Label by label" in page and "fruit where tools is agreed" in page
