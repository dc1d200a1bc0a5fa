"""Softmax regression: its gradient, soft labels, and models that were stored before it had a module of its own."""

import io
import zipfile

import numpy as np
import pytest
import skops.io
from scipy.optimize import approx_fprime

from annotate_kit import trained
from annotate_kit.softmax_regression import Softmax, softmax_loss

X = np.array([[0.0], [0.0], [1.0], [1.0]])
SOFT = np.array([[0.7, 0.3], [0.7, 0.3], [0.2, 0.8], [0.2, 0.8]])


def test_the_gradient_is_that_of_differences():
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(8, 4)), rng.dirichlet(np.ones(3), 8), rng.random(8), 0.7)
    at = rng.normal(size=5 * 3)
    differences = approx_fprime(at, lambda row: softmax_loss(row, *rows)[0])
    assert softmax_loss(at, *rows)[1] == pytest.approx(differences, abs=1e-5)


def test_soft_labels_are_learned_as_soft_as_they_are():
    assert Softmax(2, C=1e6).fit(X, SOFT).predict_proba(X) == pytest.approx(SOFT, abs=1e-3)


def test_a_model_that_was_stored_by_the_former_name_is_loaded(tmp_path):
    model = Softmax(2).fit(X, SOFT)
    stored, former = zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))), tmp_path / "model.skops"
    with zipfile.ZipFile(former, "w") as file:
        for name in stored.namelist():
            now, at_first = b"annotate_kit.softmax_regression", b"annotate_kit.learning_from_crowds._classifier"
            file.writestr(name, stored.read(name).replace(now, at_first))
    types = skops.io.get_untrusted_types(file=former)
    assert all(name.startswith("annotate_kit.learning_from_crowds._classifier.") for name in types)
    assert all(name.startswith(trained.TRUSTED) for name in types)
    assert (skops.io.load(former, trusted=types).predict_proba(X) == model.predict_proba(X)).all()
