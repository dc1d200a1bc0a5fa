"""Estimators learn from few labels, weigh them, and give probabilities."""

import pickle
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from annotate_kit.estimators import Context, auto, make_multilabel, proba, registry, tuning_of
from annotate_kit.estimators._regression import TunedRegression
from annotate_kit.estimators._tuning import STRENGTHS, log_loss, out_of_fold
from annotate_kit.features import text_hashing
from annotate_kit.geometry.graph import Graph
from annotate_kit.representations import registry as representations

pytestmark = [
    pytest.mark.slow(reason="trains every estimator several times"),
    pytest.mark.xdist_group("estimators"),  # what one test trained another one takes over
]

SUBJECTS = ["cat", "dog", "fish", "bird"]
TEXTS = [f"the {SUBJECTS[i % 4]} number {i} is here" for i in range(120)]
KINDS = ["dense", "sparse"]


def examples(kind):
    """(X, y) of four labels, easy to tell apart."""
    y = np.arange(120) % 4
    if kind == "sparse":
        return text_hashing.compute(TEXTS), y
    rng = np.random.default_rng(0)
    return (rng.normal(size=(120, 6)) + 4 * np.eye(4, 6)[y]).astype(np.float32), y


def make(name, kind, seed=0):
    return registry.load(name).make(4, seed, sparse=kind == "sparse")


LEARNED: dict[str, Any] = {}


def learned(estimator, X, y, weights=None):
    """The estimator, fitted; one that is the same to the byte and has learned the same before is that one."""
    key = joblib.hash((pickle.dumps(estimator), X, y, weights))
    if key not in LEARNED:
        LEARNED[key] = estimator.fit(X, y) if weights is None else estimator.fit(X, y, sample_weight=weights)
    return LEARNED[key]


@cache
def fitted(name, kind):
    """Has learned from all examples but the last forty."""
    X, y = examples(kind)
    return learned(make(name, kind), X[:80], y[:80])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", registry.names)
class TestEveryEstimator:
    def test_learns_and_gives_probabilities(self, name, kind):
        X, y = examples(kind)
        estimator = fitted(name, kind)
        believed = estimator.predict_proba(X[80:])
        assert list(estimator.classes_) == [0, 1, 2, 3]
        assert believed.sum(axis=1) == pytest.approx(1)
        assert (believed.argmax(axis=1) == y[80:]).mean() > 0.9

    def test_is_repeatable_by_its_seed(self, name, kind):
        X, y = examples(kind)
        again = make(name, kind).fit(X[:80], y[:80])
        assert np.array_equal(again.predict_proba(X), fitted(name, kind).predict_proba(X))

    def test_heeds_weights(self, name, kind):
        X, y = examples(kind)
        X, y = X[:80], y[:80]
        twice = sparse.vstack([X, X], format="csr") if kind == "sparse" else np.vstack([X, X])
        contradicting = np.concatenate([y, (y + 1) % 4])
        weights = np.repeat([1.0, 0.001], 80)
        estimator = learned(make(name, kind), twice, contradicting, weights)
        assert (estimator.predict_proba(X).argmax(axis=1) == y).mean() > 0.9

    def test_gives_nothing_to_labels_that_it_never_saw(self, name, kind):
        X, y = examples(kind)
        some = (y == 1) | (y == 3)
        believed = proba(learned(make(name, kind), X[some], y[some]), X, 4)
        assert believed.shape == (120, 4)
        assert not believed[:, [0, 2]].any()
        assert believed.sum(axis=1) == pytest.approx(1)

    def test_survives_features_that_say_nothing(self, name, kind):
        X = sparse.csr_matrix((6, 50), dtype=np.float32) if kind == "sparse" else np.zeros((6, 50), dtype=np.float32)
        believed = learned(make(name, kind), X, [0, 1, 0, 1, 0, 1]).predict_proba(X)
        assert np.isfinite(believed).all()

    def test_can_be_kept(self, name, kind):
        X, _ = examples(kind)
        unpickled = pickle.loads(pickle.dumps(fitted(name, kind)))  # noqa: S301 - our own bytes
        assert np.array_equal(unpickled.predict_proba(X), fitted(name, kind).predict_proba(X))

    def test_learns_several_labels_per_item(self, name, kind):
        X, y = examples(kind)
        always, never = np.ones(120), np.zeros(120)
        Y = np.column_stack([y == 0, always, never, y >= 2])
        estimator = learned(make_multilabel(name, 4, 0, sparse=kind == "sparse"), X[:80], Y[:80])
        believed = estimator.predict_proba(X[80:])
        assert believed.shape == (40, 4)
        assert ((believed > 0.5) == Y[80:]).mean() > 0.85
        assert believed[:, 1] == pytest.approx(81 / 82)
        assert believed[:, 2] == pytest.approx(1 / 82)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["logistic_regression", "sgd"])
class TestFoldedIntoOneProduct:
    """What linear estimators believe is what scikit-learn's pipeline makes of the same fit, step by step."""

    @pytest.mark.parametrize("labels", [[1, 3], [0, 1, 3], [0, 1, 2, 3]])
    def test_the_probabilities_are_the_same(self, name, kind, labels):
        X, y = examples(kind)
        some = np.isin(y, labels)
        estimator = make(name, kind).fit(X[some], y[some])
        assert np.abs(estimator.predict_proba(X) - Pipeline.predict_proba(estimator, X)).max() < 1e-5

    def test_one_may_ask_in_parts(self, name, kind):
        X, _ = examples(kind)
        parts = [fitted(name, kind).predict_proba(X[start : start + 50]) for start in range(0, 120, 50)]
        assert np.vstack(parts) == pytest.approx(fitted(name, kind).predict_proba(X), abs=1e-6)

    def test_they_are_as_narrow_as_the_features(self, name, kind):
        X, y = examples(kind)
        assert fitted(name, kind).predict_proba(X).dtype == X.dtype == np.float32
        assert proba(make(name, kind).fit(X[y < 2], y[y < 2]), X, 4).dtype == np.float32

    def test_what_is_far_from_all_that_was_learned_has_probabilities(self, name, kind):
        X, y = examples(kind)
        for labels in (2, 4):
            believed = make(name, kind).fit(X[y < labels], y[y < labels]).predict_proba(X * np.float32(-1e6))
            assert np.isfinite(believed).all()
            assert believed.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", ["logistic_regression", "sgd"])
def test_columns_far_off_zero_lose_nothing_in_the_product(name):
    X, y = examples("dense")
    X = X + np.array([0, 100, 2000, 30_000, -30_000, 7], dtype=np.float32)
    estimator = make(name, "dense").fit(X, y)
    assert np.abs(estimator.predict_proba(X) - Pipeline.predict_proba(estimator, X)).max() < 1e-5


def test_several_labels_come_as_a_column_each():
    with pytest.raises(ValueError, match=r"Y must be \(items, 3\), its shape is \(2, 2\)"):
        make_multilabel("sgd", 3, 0, sparse=False).fit(np.zeros((2, 1)), np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("name", "accuracy", "surprise"),
    [
        ("auto", 0.97, 0.15),
        ("gradient_boosting", 0.93, 0.35),
        ("joint_text", 0.95, 0.25),
        ("linear_svm", 0.93, 0.35),
        ("logistic_regression", 0.95, 0.25),
        ("mixture", 0.97, 0.15),
        ("naive_bayes", 0.85, 0.6),
        ("random_forest", 0.94, 0.6),
        ("sgd", 0.93, 0.35),
        ("small_mlp", 0.94, 0.3),
    ],
)
def test_the_digits_are_learned_from_six_hundred(name, accuracy, surprise):
    digits = load_digits()
    X, y = (digits.data / 16).astype(np.float32), digits.target
    order = np.random.default_rng(0).permutation(len(y))
    train, test = order[:600], order[600:]
    believed = learned(make(name, "dense"), X[train], y[train]).predict_proba(X[test])
    assert (believed.argmax(axis=1) == y[test]).mean() >= accuracy
    assert -np.log(believed[np.arange(len(test)), y[test]].clip(1e-9)).mean() <= surprise


@pytest.mark.parametrize("n", [30, 90])
def test_the_strength_is_that_of_separate_fits(n):
    X, y = load_digits(return_X_y=True)
    X, y, weights = X[:n] / 16, y[:n], np.ones(n)

    def predict(train, test):
        fitted = [LogisticRegression(C=C, max_iter=1000).fit(X[train], y[train]) for C in STRENGTHS]
        wide = np.zeros((len(fitted), len(test), 10))
        for number, model in enumerate(fitted):
            wide[number][:, model.classes_] = model.predict_proba(X[test])
        return list(wide)

    probabilities, truth = out_of_fold(y, len(STRENGTHS), predict, 0)
    best = STRENGTHS[np.argmin([log_loss(each, truth) for each in probabilities])]
    assert TunedRegression(0).fit(X, y, weights).tuning_ == {"n": n, "C": best}


def test_auto_goes_by_the_kind_of_data():
    assert auto.choice("text", has_vectors=True) == auto.choice("text", has_vectors=False) == "joint_text"
    assert auto.choice("image", has_vectors=True) == auto.choice("data", has_vectors=True) == "mixture"
    assert auto.choice("data", has_vectors=False) == "logistic_regression"


@pytest.mark.parametrize("name", [name for name in registry.names if hasattr(registry.load(name), "representation")])
def test_an_estimator_names_a_representation_that_there_is(name):
    assert registry.load(name).representation in representations.names


@pytest.mark.parametrize("name", ["joint_text", "mixture"])
class TestTuning:
    def test_holds_until_labels_have_grown_by_half(self, name):
        X, y = examples("dense")
        entry = registry.load(name)
        chosen = tuning_of(entry.make(4, 0, sparse=False).fit(X[:40], y[:40]))
        assert chosen["n"] == 40
        for n, is_chosen_again in [(59, False), (60, True)]:
            later = entry.make(4, 0, sparse=False, context=Context(tuning=chosen)).fit(X[:n], y[:n])
            assert (tuning_of(later)["n"] == n) is is_chosen_again

    def test_is_handed_on_where_items_have_several_labels(self, name):
        X, y = examples("dense")
        fitted = make_multilabel(name, 2, 0, sparse=False).fit(X, np.column_stack([np.ones(120), y == 1]))
        assert tuning_of(fitted)["n"] == 120

    def test_noise_makes_the_model_modest(self, name):
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(200, 30)).astype(np.float32), rng.integers(0, 2, 200)
        believed = registry.load(name).make(2, 0, sparse=False).fit(X[:100], y[:100]).predict_proba(X[100:])
        assert -np.log(believed[np.arange(100), y[100:]]).mean() < 0.85


def test_a_graph_of_items_without_labels_helps_a_mixture_of_few_labels():
    digits = load_digits()
    X, y = (digits.data / 16).astype(np.float32), digits.target
    order = np.random.default_rng(0).permutation(len(y))
    train, pool, test = order[:40], order[40:1200], order[1200:]
    entry = registry.load("mixture")
    alone = entry.make(10, 0, sparse=False).fit(X[train], y[train])
    helped = entry.make(10, 0, sparse=False, context=Context(graph=Graph(X[pool]))).fit(X[train], y[train])
    right = [
        (model.classes_[model.predict_proba(X[test]).argmax(axis=1)] == y[test]).mean() for model in (alone, helped)
    ]
    assert right[1] > right[0] + 0.03


def test_every_entry_is_in_the_reference():
    reference = (Path(__file__).parents[2] / "docs/reference/estimators.md").read_text(encoding="utf-8")
    assert [name for name in registry.names if f"| `{name}` |" not in reference] == []
