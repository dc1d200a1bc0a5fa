"""A trained model with all that it takes to predict, as a file that runs no code when it is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import annotate_kit.estimators
import annotate_kit.features
from annotate_kit.features import text_hashing
from annotate_kit.representations import Views

VECTORS = "given_vectors"
TRUSTED = ("annotate_kit.", "sklearn.")


@dataclass
class TrainedModel:
    """From what items show to the probabilities of labels.

    labels       the names of the columns of `predict_proba`
    multilabel   whether an item may have any number of them
    features     the entry of `annotate_kit.features` that makes numbers of items
    version      of these features, with the model that makes them where they have one; empty in older files
    columns      how many numbers the estimator was fitted to, before any representation
    learned      the representation that the estimator was fitted to; None for the features themselves
    sees_words   whether the representation looks at words, beside or in place of vectors
    estimator    has predict_proba and classes_
    """

    labels: list[str]
    multilabel: bool
    features: str
    columns: int
    learned: Any
    sees_words: bool
    estimator: Any
    version: str = ""

    def predict_proba(self, contents: Sequence[Any] | None = None, vectors: Any = None) -> NDArray[np.floating]:
        """(n, labels): texts, the bytes of images, or records; with features `given_vectors`, (n, d) vectors.

        A model of vectors that looks at words as well takes both. ValueError says what is missing.
        """
        X = self._rows(contents, vectors)
        if self.multilabel:
            return np.asarray(self.estimator.predict_proba(X))
        return annotate_kit.estimators.proba(self.estimator, X, len(self.labels))

    def predict(self, contents: Sequence[Any] | None = None, vectors: Any = None) -> list[Any]:
        """The most probable label of each item; with `multilabel`, the list of those above a half."""
        proba = self.predict_proba(contents, vectors)
        if self.multilabel:
            return [[label for label, p in zip(self.labels, row, strict=True) if p > 0.5] for row in proba]
        return [self.labels[place] for place in proba.argmax(axis=1)]

    def _rows(self, contents: Sequence[Any] | None, vectors: Any) -> Any:
        needs_contents = self.features != VECTORS or self.sees_words
        if needs_contents and contents is None:
            raise ValueError("this model looks at what items show: give their contents")
        if self.features == VECTORS and vectors is None:
            raise ValueError("this model was trained on vectors: give those of the items")
        X = self._features(contents, vectors)
        if self.learned is None:
            return X
        is_sparse = hasattr(X, "nnz")
        words = text_hashing.compute(list(contents or [])) if self.sees_words else None
        return self.learned.rows(Views(None if is_sparse else X, words))

    def _features(self, contents: Sequence[Any] | None, vectors: Any) -> Any:
        if self.features == VECTORS:
            X = np.asarray(vectors, dtype=np.float32)
        else:
            self._check_version()
            X = annotate_kit.features.registry.load(self.features).compute(list(contents or []))
        missing = self.columns - X.shape[1]
        if missing < 0 or (missing and self.features == VECTORS):
            raise ValueError(f"this model was trained on {self.columns} numbers an item, these have {X.shape[1]}")
        return np.pad(X, ((0, 0), (0, missing))) if missing and not hasattr(X, "nnz") else X

    def _check_version(self) -> None:
        """ValueError where the numbers of the same contents are others than those that it was trained on."""
        if reason := annotate_kit.features.lacking(self.features):
            raise ValueError(reason)
        version = annotate_kit.features.version(self.features)
        if self.version and version != self.version:
            raise ValueError(f"this model was trained on {self.features} {self.version}, and {version} are in use here")


def dumps(model: TrainedModel) -> bytes:
    """The model as a file of skops: a zip of arrays and names, without pickles."""
    import zipfile

    import skops.io

    content: bytes = skops.io.dumps(model, compression=zipfile.ZIP_DEFLATED, compresslevel=1)
    return content


def load(file: str | Path) -> TrainedModel:
    """The model of a file. ValueError where it would make objects that are neither scikit-learn's nor ours."""
    import skops.io

    types = skops.io.get_untrusted_types(file=file)
    if others := [name for name in types if not name.startswith(TRUSTED)]:
        raise ValueError(f"{file} is no model of annotate_kit: it wants objects of {', '.join(others)}")
    model: TrainedModel = skops.io.load(file, trusted=types)
    return model
