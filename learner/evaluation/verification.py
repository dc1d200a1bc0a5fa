"""Which items may be verified by the page: those whose predicted label is, by the test items, rarely wrong.

A probability says how sure the model is; the test items say how far it is right about that. So probabilities are
calibrated by these, and pages begin where at most a tenth of a page is expected to be wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotate.models import PageOffer
from annotate.pages import offers
from annotate.pages.offers import Predicted
from annotate_kit.calibration import scaled, temperature
from learner import dataset
from learner.evaluation.scores import wilson
from learner.exploration import in_test_share
from learner.models import FEWEST_TEST_ITEMS
from projects.models import Project

MOST_WRONG = 0.1
PRIOR = 10  # test items of all labels that stand beside a label's own: few of its own say little

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Believed:
    """Of items, ascending: the place of the predicted label and its calibrated probability."""

    items: Ids
    label: NDArray[np.intp]
    probability: NDArray[np.float64]

    def part(self, rows: NDArray[np.bool_]) -> "Believed":
        return Believed(self.items[rows], self.label[rows], self.probability[rows])


def publish(project: Project, items: Ids, proba: NDArray[np.floating]) -> None:
    """Keep a round's predictions, calibrated, and offer pages of the labels that are rarely wrong."""
    if not offers.is_possible(project) or proba.shape[1] != len(project.label_names):
        return
    answers = dataset.labelled(project)
    answers = answers.part(in_test_share(project.pk, answers.items, project.explore) & np.isin(answers.items, items))
    tested = proba[np.searchsorted(items, answers.items)].astype(np.float64)
    believed = _believed(items, proba, temperature(tested, answers.answers))
    is_test = in_test_share(project.pk, items, project.explore)
    test = believed.part(np.isin(items, answers.items))
    pool = believed.part(~is_test & np.isin(items, dataset.pool(project)))
    least = np.array([_least(pool.probability[pool.label == label], project) for label in range(proba.shape[1])])
    ids = np.array(project.labels.values_list("pk", flat=True), dtype=np.int64)
    offered = list(_offers(project, ids, test, test.label != answers.answers, pool, least))
    verifiable = ~is_test & (believed.probability >= least[believed.label])
    verifiable &= np.isin(ids[believed.label], [offer.label_id for offer in offered])
    offers.publish(project, Predicted(items, ids[believed.label], believed.probability, verifiable), offered)


def _believed(items: Ids, proba: NDArray[np.floating], temperature: float) -> Believed:
    calibrated = scaled(proba.astype(np.float64), temperature)
    return Believed(items, calibrated.argmax(axis=1), calibrated.max(axis=1))


def _least(probabilities: NDArray[np.float64], project: Project) -> float:
    """The probability from which on the first page, the least certain one, has at most MOST_WRONG wrong tiles."""
    ascending = np.sort(probabilities)
    size = min(project.page_tiles - 1, len(ascending))
    if not size:
        return np.inf
    sums = np.concatenate([[0.0], np.cumsum(1 - ascending)])
    shares = (sums[size:] - sums[:-size]) / size
    begins = np.flatnonzero(shares <= MOST_WRONG)
    return float(ascending[begins[0]]) if len(begins) else np.inf


def _offers(
    project: Project,
    ids: Ids,
    test: Believed,
    wrong: NDArray[np.bool_],
    pool: Believed,
    least: NDArray[np.float64],
) -> Iterator[PageOffer]:
    sure = test.probability >= least[test.label]
    n = int(sure.sum())
    if n < FEWEST_TEST_ITEMS:
        return
    share = wrong[sure].mean()
    _, high = wilson(float(share), n)
    caution = max(1.0, high / max(float((1 - test.probability[sure]).mean()), 1 / (2 * n)))
    for label, label_id in enumerate(ids.tolist()):
        own = sure & (test.label == label)
        by_tests = (wrong[own].sum() + PRIOR * share) / (own.sum() + PRIOR)
        expected = max(float(by_tests), _first_page(pool.probability[pool.label == label], least[label], project))
        if expected <= MOST_WRONG:
            yield PageOffer(
                project=project,
                label_id=label_id,
                tested=int(own.sum()),
                wrong=int(wrong[own].sum()),
                expected=expected,
                caution=caution,
            )


def _first_page(probabilities: NDArray[np.float64], least: float, project: Project) -> float:
    """The expected share of wrong ones on the first page; 1 where there is none."""
    first = np.sort(probabilities[probabilities >= least])[: project.page_tiles - 1]
    return float((1 - first).mean()) if len(first) else 1.0
