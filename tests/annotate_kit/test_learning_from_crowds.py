"""Classifiers that learn from votes: what every one of them keeps, and what each promises by itself."""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from annotate_kit.aggregation import Votes
from annotate_kit.learning_from_crowds import learn, registry
from annotate_kit.learning_from_crowds.conal import CoNAL
from annotate_kit.learning_from_crowds.crowd_layer import CrowdLayer, crowds_matrix

K = 3


def crowd(seed=0, n_items=240, people=12, per_item=3):
    """Items around three centres; careful people, and three who say the first label for the second."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n_items) % K
    X = np.hstack([3 * np.eye(K)[truth] + rng.normal(0, 1, (n_items, K)), rng.normal(0, 1, (n_items, 5))])
    item = np.repeat(np.arange(n_items), per_item)
    annotator = np.concatenate([rng.choice(people, per_item, replace=False) for _ in range(n_items)])
    label = np.where(rng.random(len(item)) < 0.75, truth[item], rng.integers(0, K, len(item)))
    label[(annotator < 3) & (truth[item] == 1)] = 0
    return X, Votes(item, annotator, label, n_items, people, K), truth


def numerical(loss, row, step=1e-6):
    return np.array([(loss(row + h)[0] - loss(row - h)[0]) / (2 * step) for h in step * np.eye(len(row))])


@pytest.mark.parametrize("name", registry.names)
class TestEveryLearner:
    def test_learns_items_that_nobody_has_voted_on(self, name):
        X, votes, _ = crowd()
        new, _, truth = crowd(seed=9)
        p = learn(X, votes, name).predict_proba(new)
        assert p.shape == (len(new), K)
        assert p.sum(axis=1) == pytest.approx(1.0)
        assert (p.argmax(axis=1) == truth).mean() > 0.85

    def test_says_what_the_items_and_the_people_are(self, name):
        X, votes, truth = crowd()
        result = learn(X, votes, name).result_
        assert result.beliefs.sum(axis=1) == pytest.approx(1.0)
        assert (result.labels() == truth).mean() > 0.8
        assert result.skill[:3].max() < np.median(result.skill[3:])

    def test_takes_sparse_features_and_items_without_votes(self, name):
        X, votes, truth = crowd()
        some = votes.where(votes.item < 200)
        p = learn(sparse.csr_array(X), some, name).predict_proba(sparse.csr_array(X))
        assert (p.argmax(axis=1) == truth)[200:].mean() > 0.8

    def test_says_the_same_again_with_the_same_seed(self, name):
        X, votes, _ = crowd(n_items=60)
        first, again = (learn(X, votes, name, seed=3).predict_proba(X) for _ in range(2))
        assert np.array_equal(first, again)

    def test_never_loses_likelihood(self, name):
        X, votes, _ = crowd(n_items=60)
        assert (np.diff(learn(X, votes, name).result_.log_likelihood) >= -1e-7).all()

    def test_one_row_an_item_is_wanted(self, name):
        X, votes, _ = crowd(n_items=30)
        with pytest.raises(ValueError, match=r"X must be \(30, F\), one row an item of the votes; its shape is \(29"):
            learn(X[:29], votes, name)
        with pytest.raises(ValueError, match="finite numbers"):
            learn(np.full((30, 2), np.nan), votes, name)

    def test_the_reference_names_it(self, name):
        reference = Path(__file__).parents[2] / "docs" / "reference" / "learning-from-crowds.md"
        assert f"| `{name}` |" in reference.read_text(encoding="utf-8")


class TestGradients:
    def test_of_the_crowd_layer(self):
        X, votes, _ = crowd(n_items=9, people=4)
        learner = CrowdLayer(K, 0, 0.7, 1.3, 10)
        learner.centre_ = crowds_matrix(votes, votes.tally / votes.per_item[:, None])
        row = np.random.default_rng(1).normal(size=(X.shape[1] + 1) * K + 4 * K * K)
        assert learner.loss(row, X, votes)[1] == pytest.approx(
            numerical(lambda row: learner.loss(row, X, votes), row), abs=1e-5
        )

    def test_of_common_and_individual_noise(self):
        X, votes, _ = crowd(n_items=9, people=4)
        learner = CoNAL(K, 0, 0.7, 1.3, 2, 0.01, 10)
        start = learner.start(np.zeros((X.shape[1] + 1) * K), X.shape[1], votes).row()
        row = start + np.random.default_rng(1).normal(size=len(start))
        assert learner.loss(row, X, votes)[1] == pytest.approx(
            numerical(lambda row: learner.loss(row, X, votes), row), abs=1e-5
        )


def test_votes_teach_more_than_their_majority_where_errors_go_one_way():
    new, _, truth = crowd(seed=9, n_items=600)
    gains = []
    for seed in range(4):
        X, votes, _ = crowd(seed=seed, people=7)
        majority = learn(X, votes, "dawid_skene_then_train", consensus="majority_vote").predict_proba(new)
        both = learn(X, votes, "common_individual_shrinkage").predict_proba(new)
        gains.append((both.argmax(axis=1) == truth).mean() - (majority.argmax(axis=1) == truth).mean())
    assert np.mean(gains) > 0.02, gains


@pytest.mark.realdata
def test_pictures_by_fifty_nine_people_are_learned_better_than_from_their_majority(shared_data):
    folder = shared_data / "labelme"
    rows = np.genfromtxt(folder / "answers.csv", delimiter=",", skip_header=1, dtype=int)
    X = np.load(folder / "LabelMe_VGG_avg_train.npy")
    votes = Votes(rows[:, 0], rows[:, 1], rows[:, 2], len(X), rows[:, 1].max() + 1, 8)
    new = np.load(folder / "LabelMe_VGG_avg_test.npy")
    truth = np.loadtxt(folder / "LabelMe_Z_test.txt").astype(int)
    majority = learn(X, votes, "dawid_skene_then_train", consensus="majority_vote").predict_proba(new)
    both = learn(X, votes, "common_individual_shrinkage", rounds=4).predict_proba(new)
    assert (both.argmax(axis=1) == truth).mean() > max(0.83, (majority.argmax(axis=1) == truth).mean() + 0.005)
