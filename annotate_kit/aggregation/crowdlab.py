"""CROWDLAB (votes and a classifier).

The classifier is one more annotator, trusted as far as it and the people agree with the consensus.

H. W. Goh, U. Tkachenko, J. Mueller (2022), CROWDLAB: supervised learning to infer consensus labels and quality scores
for data with multiple annotators. arXiv:2210.06812.
"""

import numpy as np
from numpy.typing import ArrayLike

from annotate_kit.aggregation._result import Result, normalised
from annotate_kit.aggregation._votes import Floats, Votes
from annotate_kit.aggregation._weighted import agreement_with


def aggregate(votes: Votes, *, probabilities: ArrayLike) -> Result:
    """Blend votes with `probabilities`, (N, K), that a classifier gave to items that it was not trained on.

    The consensus' quality is its probability; `skill` is annotator quality: how well a person's votes stand with the
    blend and agree with the consensus. Items without votes have the classifier's word.
    """
    p = _checked(votes, probabilities)
    consensus = np.eye(votes.n_labels)[(votes.tally + p * (1 - 1e-6)).argmax(axis=1)]
    shared = votes.per_item > 1
    agreed = agreement_with(votes, consensus, missing=0.0)
    on_shared = _agreement_where_shared(votes, consensus, shared)
    likelihood = _share_agreeing(votes, consensus, shared)
    common = consensus[votes.per_item > 0].mean(axis=0).max(initial=0.0) if len(votes) else 1.0
    weights, classifier = _trust(votes, consensus, p, on_shared, common)
    T = _blend(votes, p, weights, classifier, likelihood)
    own = agreement_with(votes, T, missing=0.0)
    w = classifier / max(classifier + float(np.mean(weights)) if len(weights) else 1.0, 1e-12)
    skill = np.where(votes.per_annotator > 0, w * own + (1 - w) * agreed, likelihood)
    return Result(T, skill.clip(0, 1), iterations=1)


def _blend(votes: Votes, p: Floats, weights: Floats, classifier: float, likelihood: float) -> Floats:
    """(N, K) the weighted mean of the classifier's word and of every voter's, right as often as people agree."""
    wrong = (1 - likelihood) / max(1, votes.n_labels - 1)
    voted = votes.weighted_tally(weights)
    total = voted.sum(axis=1, keepdims=True)
    people = voted * likelihood + (total - voted) * wrong
    return normalised(classifier * p + people, p)


def _trust(votes: Votes, consensus: Floats, p: Floats, agreed: Floats, common: float) -> tuple[Floats, float]:
    """Weights of people, (A,), and of the classifier: how much less they err than the commonest label would."""
    voted = votes.per_item > 0
    right = consensus[np.arange(len(p)), p.argmax(axis=1)]
    accuracy = float(right[voted].mean()) if voted.any() else 0.0
    errors = max(1 - common, 1e-6)
    per_item = float(votes.per_item[voted].mean()) if voted.any() else 0.0
    weights = np.maximum(1 - (1 - agreed) / errors, 1e-6)
    return weights, max(1 - (1 - accuracy) / errors, 1e-6) * np.sqrt(max(per_item, 1e-6))


def _agreement_where_shared(votes: Votes, consensus: Floats, shared: np.ndarray) -> Floats:
    """(A,) agreement with the consensus on items of two votes or more; who has none counts as the others do."""
    vote_shared = shared[votes.item]
    n = np.bincount(votes.annotator, vote_shared, votes.n_annotators)
    right = np.bincount(votes.annotator, vote_shared * consensus.ravel()[votes.cell], votes.n_annotators)
    overall = right.sum() / n.sum() if n.sum() else 1 / votes.n_labels
    return np.where(n > 0, right / np.maximum(n, 1), overall)


def _share_agreeing(votes: Votes, consensus: Floats, shared: np.ndarray) -> float:
    """How often a vote is the consensus, below 1."""
    agreeing = consensus.ravel()[votes.cell][shared[votes.item]]
    share = float(agreeing.mean()) if agreeing.size else 1.0
    return min(max(share, 1 / votes.n_labels), 1 - 1e-6) if votes.n_labels > 1 else 1.0


def _checked(votes: Votes, probabilities: ArrayLike) -> Floats:
    p = np.asarray(probabilities, dtype=np.float64)
    if p.shape != (votes.n_items, votes.n_labels):
        raise ValueError(f"probabilities must be ({votes.n_items}, {votes.n_labels}); they are {p.shape}")
    if not ((p >= 0).all() and np.allclose(p.sum(axis=1), 1.0, atol=1e-3)):
        raise ValueError("probabilities must be from 0 on and sum to one in each row")
    return p / p.sum(axis=1, keepdims=True)
