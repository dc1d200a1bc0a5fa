"""How far people agree: do they find, call and draw the same?"""

import numpy as np
import pytest

from annotate_kit import merging
from annotate_kit.merging import Answers, Content
from tests.annotate_kit.merged_values import EXAMPLES, answers, box


def drawn_by_three(rng, jitter, n_items=30):
    """Pictures with two objects each; three people draw both, more or less exactly."""
    items = []
    for _ in range(n_items):
        corners = [rng.uniform(0, 70, 2) for _ in range(2)]
        boxes = [(box(*c, *(c + 20)), label) for c, label in zip(corners, ("car", "bus"), strict=True)]
        items.append(
            [
                [box(*(np.array(shape["box"]) + rng.normal(0, jitter, 4)), label=label) for shape, label in boxes]
                for _ in range(3)
            ]
        )
    return answers(*items, content=Content())


class TestAgreement:
    @pytest.mark.slow(reason="draws the items of six kinds fifty times, for six coefficients")
    def test_people_who_say_the_same_agree_in_everything(self):
        for kind in ("spans", "boxes", "polygons", "points", "lines", "keypoints"):
            values = [[EXAMPLES[kind][n]] * 3 for n in (0, 2)]
            agreement = merging.agreement(kind, answers(*values), replicates=20)
            assert list(agreement) == ["sigma", "ks", "found", "called", "drawn", "drawn_ks"]
            assert [coefficient.value for coefficient in agreement.values()] == pytest.approx([1] * 6)

    def test_texts_ratings_and_rankings_agree_as_wholes(self):
        for kind in ("text", "rating", "ranking"):
            values = [[EXAMPLES[kind][n]] * 3 for n in (0, 2)]
            agreement = merging.agreement(kind, answers(*values), replicates=50)
            assert {name: coefficient.value for name, coefficient in agreement.items()} == pytest.approx(
                {"sigma": 1, "ks": 1}
            )

    def test_who_answers_the_same_whatever_is_there_does_not_agree(self):
        """A box in the middle of every picture overlaps everybody's; it tells nothing of the picture."""
        rng = np.random.default_rng(0)
        lazy = [[[box(*(np.array([20, 20, 80, 80]) + rng.normal(0, 2, 4)))] for _ in range(3)] for _ in range(30)]
        agreement = merging.agreement("boxes", answers(*lazy, content=Content()), replicates=200)
        assert abs(agreement["sigma"].value) < 0.1
        assert agreement["sigma"].low < 0 < agreement["sigma"].high
        assert agreement["ks"].value < 0.2

    def test_drawing_worse_is_seen_where_it_is_and_nowhere_else(self):
        rng = np.random.default_rng(1)
        exact, rough = (merging.agreement("boxes", drawn_by_three(rng, jitter), replicates=200) for jitter in (0.2, 3))
        assert rough["drawn"].value < exact["drawn"].value - 0.1
        assert exact["found"].value == exact["called"].value == rough["called"].value == 1

    def test_calling_it_otherwise_is_seen_where_it_is(self):
        drawn = drawn_by_three(np.random.default_rng(1), 0.2)
        values = [
            [{**part, "label": "van"} for part in value] if person == 2 else value
            for person, value in zip(drawn.annotator, drawn.values, strict=True)
        ]
        mixed = Answers(drawn.item, drawn.annotator, values, drawn.contents, 3)
        agreement = merging.agreement("boxes", mixed, replicates=200)
        assert agreement["called"].value < 0.5
        assert agreement["found"].value == 1

    def test_overlooking_is_seen_where_it_is(self):
        drawn = drawn_by_three(np.random.default_rng(1), 0.2)
        values = [
            value[:1] if person == 2 else value for person, value in zip(drawn.annotator, drawn.values, strict=True)
        ]
        agreement = merging.agreement(
            "boxes", Answers(drawn.item, drawn.annotator, values, drawn.contents, 3), replicates=200
        )
        assert agreement["found"].value < 0.5
        assert agreement["called"].value == 1

    @pytest.mark.slow(reason="a thousand replicates of 128 items")
    def test_the_interval_holds_the_value_and_narrows_with_more_items(self):
        rng = np.random.default_rng(2)
        few, many = (merging.agreement("boxes", drawn_by_three(rng, 2, n))["drawn"] for n in (8, 120))
        for coefficient in (few, many):
            assert coefficient.low <= coefficient.value <= coefficient.high
        assert many.high - many.low < few.high - few.low
        assert (few.n_items, many.n_items) == (8, 120)

    def test_the_same_seed_gives_the_same_interval(self):
        drawn = drawn_by_three(np.random.default_rng(3), 2)
        assert merging.agreement("boxes", drawn, replicates=50) == merging.agreement("boxes", drawn, replicates=50)

    def test_who_draws_like_whom_is_told_pair_by_pair(self):
        drawn = drawn_by_three(np.random.default_rng(1), 0.2)
        values = [
            [box(20, 20, 80, 80)] if person == 2 else value
            for person, value in zip(drawn.annotator, drawn.values, strict=True)
        ]
        lazy = Answers(drawn.item, drawn.annotator, values, drawn.contents, 3)
        sigma, shared = merging.agreement_of_pairs("boxes", lazy)
        assert (sigma == sigma.T).all()
        assert sigma[0, 1] > 0.9 > 0.3 > sigma[0, 2]
        assert (shared == drawn.n_items).all()

    def test_pairs_with_too_little_in_common_are_nan(self):
        sigma, shared = merging.agreement_of_pairs("boxes", answers([[box(0, 0, 9, 9)], [box(0, 0, 9, 9)]]), least=2)
        assert np.isnan(sigma[0, 1])
        assert shared[0, 1] == 1

    def test_nothing_to_compare_is_nan(self):
        agreement = merging.agreement("boxes", answers([[box(0, 0, 9, 9)]]))
        assert np.isnan([coefficient.value for coefficient in agreement.values()]).all()
        assert np.isnan(merging.agreement("spans", answers())["sigma"].value)

    def test_sigma_is_one_minus_the_ratio_of_means(self):
        from annotate_kit.agreement import Distances, sigma_and_ks

        distances = Distances(
            np.array([0, 0, 1]), np.array([0.1, 0.3, 0.2]), np.array([0, 0]), np.array([1, 1]), np.array([0.8, 0.15]), 2
        )
        sigma, ks = sigma_and_ks(distances, replicates=0)
        assert sigma.value == pytest.approx(1 - 0.2 / 0.475)
        assert ks.value == pytest.approx(0.5)
        assert np.isnan(sigma.low)
