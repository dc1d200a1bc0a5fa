"""What a round reads and finds out, and the order that it makes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.queue.suggestions import Proposal
from learner.dataset import Labelled
from learner.evaluation.scores import Score
from learner.exploration import Best
from learner.features.representing import Rows, View
from learner.pipeline.adaptive_votes import ModelVotes
from learner.pipeline.training import Fitted, Trainer
from learner.suspects import Doubted

ORDER_LENGTH = 20_000  # how many items an order has: more than people label between two rounds
Ids = NDArray[np.int64]
Phase = Callable[[str], AbstractContextManager[Callable[[float], None]]]
"""A phase by its name; what it gives is called with the share that is done."""


@dataclass(frozen=True)
class Data:
    """What a round reads of the database: enough to run it again.

    labelled   the items that people agree on
    pool       (n,) the items that may be asked about, ascending
    again      answered items that more people are asked about, first one first; None where it is still to be decided
    """

    labelled: Labelled
    pool: Ids
    again: Ids | None = None


@dataclass
class Learnt:
    """What a round found out. Filled in as it goes, so that one which has to stop early says how far it came.

    `tuning` starts as what the last round chose. `reason` says why an order was made without a model. `fitted`,
    `view` and `rows` are the model and what it sees; None without one. `quick` is what made the short list of a large
    project, `trainer` fits models of parts of the rows with the settings of `fitted`. `doubted` are labelled items
    with what models believe that had not seen them. `predicted` is what is believed of every item, and of those that
    were trained on by models that had not seen them where they are `left_out`; `model_votes` of labelled ones by
    models that had not seen them, `proposals` what is to be suggested, where a learner says it itself. `data` is what
    the round read, None where it cannot be run again; `features` the digest of the rows that the model was fitted to.
    `judged` has figures of predictions from elsewhere. `confusion` counts test items by agreed and predicted label,
    `reliability` by the probability of the latter.
    """

    n_labels: int = 0
    n_train: int = 0
    n_test: int = 0
    n_pool: int = 0
    score: Score | None = None
    cv_score: float | None = None
    tuning: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    order: Ids = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    best: Best = field(default_factory=lambda: Best(ORDER_LENGTH))
    doubted: Doubted | None = None
    fitted: Fitted | None = None
    view: View | None = None
    rows: Rows | None = None
    quick: Trainer | None = None
    trainer: Trainer | None = None
    predicted: tuple[Ids, NDArray[np.float16]] | None = None
    left_out: Ids = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    model_votes: ModelVotes | None = None
    proposals: list[Proposal] | None = None
    data: Data | None = None
    features: str = ""
    judged: dict[str, Any] = field(default_factory=dict)
    confusion: list[list[int]] | None = None
    reliability: list[list[float]] | None = None


class TooFewLabels(Exception):
    """There is nothing to learn yet; the message says what is needed."""
