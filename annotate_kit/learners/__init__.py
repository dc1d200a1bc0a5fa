"""Learners: they learn values from values, for a family of task types.

An entry has
    takes                                        what it learns from: "texts", "vectors", which are features,
                                                 or "candidates", a list of texts an item
    lacking(values) -> str                       what must be there before anything can be learned; "" where it is
    fit(contents, values, weights=None) -> bytes the model; items of weight 0 are left out
    predict(model, contents) -> [Prediction]     one an item

An entry may have
    score(values, gold, contents) -> {name: figure}   what predicted values are worth

A model is bytes, so that it can be stored, sent and loaded anywhere. Where an entry has no `score`, that of
`annotate_kit.merging` tells by the kind of value what a prediction is worth.
"""

from annotate_kit.registry import Registry

from ._contract import Prediction, out_of_fold

__all__ = ["Prediction", "out_of_fold", "registry"]

registry = Registry(__name__)
