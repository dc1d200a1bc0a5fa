"""An estimator and what it learns from: the items that people agree on."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import annotate_kit.estimators
from annotate_kit import learning_from_crowds
from annotate_kit.estimators import Context, tuning_of
from learner.dataset import Labelled
from learner.evaluation.scores import Predict
from projects.estimators import learns_from_votes
from projects.models import Project


@dataclass(frozen=True)
class Fitted:
    """A model, as a function from rows to the probabilities of all labels of the project."""

    predict: Predict
    model: Any
    tuning: dict[str, Any]


@dataclass(frozen=True)
class Trainer:
    """Learns from some of the rows X, which belong to the labelled items `train`, with the estimator of that name."""

    project: Project
    estimator: str
    X: Any
    train: Labelled
    context: Context = field(default_factory=Context)

    def fit_all(self) -> Fitted:
        model = self._model(np.arange(len(self.train)))
        return Fitted(self._predict(model), model, {"estimator": self.estimator, **(tuning_of(model) or {})})

    def fit(self, rows: NDArray[np.intp]) -> Predict:
        return self._predict(self._model(rows))

    def settled(self, fitted: Fitted) -> "Trainer":
        """One that takes the settings of a model as they are: for parts of the same rows."""
        tuning = {name: value for name, value in fitted.tuning.items() if name != "estimator"}
        return replace(self, context=replace(self.context, tuning={**tuning, "n": float("inf")} if tuning else None))

    def _model(self, rows: NDArray[np.intp]) -> Any:
        from scipy.sparse import issparse

        n_labels, sparse = len(self.project.label_names), issparse(self.X)
        make = {"sparse": sparse, "context": self.context}
        model: Any
        if learns_from_votes(self.estimator):
            votes = self.train.part(rows).votes
            assert votes is not None, "they are read with the labelled items of such a project"
            learner = learning_from_crowds.learn(self.X[rows], votes, self.estimator, seed=self.project.pk)
            return learner.classifier_
        if self.project.is_multilabel:
            model = annotate_kit.estimators.make_multilabel(self.estimator, n_labels, self.project.pk, **make)
        else:
            model = annotate_kit.estimators.registry.load(self.estimator).make(n_labels, self.project.pk, **make)
        return model.fit(self.X[rows], self.train.answers[rows], sample_weight=self.train.weights[rows])

    def _predict(self, model: Any) -> Predict:
        if self.project.is_multilabel:
            return model.predict_proba
        return lambda X: annotate_kit.estimators.proba(model, X, len(self.project.label_names))
