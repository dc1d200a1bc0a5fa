"""Which items may be verified by the page: those whose predicted label is, by the test items, rarely wrong.

A probability says how sure the model is; the test items say how far it is right about that. So probabilities are
calibrated by these, and pages begin where at most a tenth of a page is expected to be wrong.

While test items are few and offer nothing, items that were trained on speak as well, by models that had not seen them.
Most of these were asked about because models were unsure of them: by these alone a model seems worse than it is. So
what was answered on pages speaks too. A tile that was wrong there counts for more than itself, because people overlook
some: as large a share as they overlook of the known wrong ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotate.models import Annotation, Page, PageOffer
from annotate.pages import offers
from annotate.pages.offers import Predicted
from annotate_kit.calibration import scaled, temperature
from learner import dataset
from learner.dataset import Labelled
from learner.evaluation.scores import CV_ITEMS, wilson
from learner.exploration import in_test_share
from learner.models import FEWEST_TEST_ITEMS
from projects.models import Project

MOST_WRONG = 0.1
FEW_TESTS = 50  # up to so many test items, those trained on speak as well where these alone offer nothing
FEWEST_TESTS = 5  # sure test items, without which others say nothing, until there are pages
PRIOR_PAGES = 2.0  # that were dropped, of twenty: how often people overlook, before anybody has verified
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


@dataclass(frozen=True)
class Judged:
    """What the model believes of all items, calibrated by answered ones, and how these came out.

    believed  all items
    pool      those that may stand on pages
    tested    the answered ones; of these (n,) is_wrong: the answer is another; weight: as how many wrong ones such a
              one counts; is_test: of the test share; on_page: answered on a page
    least     (K,) the probability from which on items of each label stand on pages
    """

    believed: Believed
    pool: Believed
    tested: Believed
    is_wrong: NDArray[np.bool_]
    weight: NDArray[np.float64]
    is_test: NDArray[np.bool_]
    on_page: NDArray[np.bool_]
    least: NDArray[np.float64]

    @property
    def is_sure(self) -> NDArray[np.bool_]:
        return self.tested.probability >= self.least[self.tested.label]


def publish(project: Project, items: Ids, proba: NDArray[np.floating]) -> None:
    """Keep a round's predictions, calibrated, and offer pages of the labels that are rarely wrong."""
    if not offers.is_possible(project) or proba.shape[1] != len(project.label_names):
        return
    answers = dataset.labelled(project)
    answers = answers.part(np.isin(answers.items, items))
    tests = answers.part(in_test_share(project.pk, answers.items, project.explore))
    ids = np.array(project.labels.values_list("pk", flat=True), dtype=np.int64)
    judged = _judged(project, items, proba, tests)
    offered = list(_offers(project, ids, judged))
    if not offered and len(tests) <= FEW_TESTS and len(answers) <= CV_ITEMS:  # of more, not all were left out of a fit
        judged = _judged(project, items, proba, answers)
        offered = list(_offers(project, ids, judged))
    believed, least = judged.believed, judged.least
    verifiable = ~in_test_share(project.pk, items, project.explore) & (believed.probability >= least[believed.label])
    verifiable &= np.isin(ids[believed.label], [offer.label_id for offer in offered])
    offers.publish(project, Predicted(items, ids[believed.label], believed.probability, verifiable), offered)


def _on_pages(project: Project, items: Ids) -> NDArray[np.bool_]:
    answered = project.annotations.filter(origin=Annotation.Origin.PAGE).values_list("item", flat=True)
    return np.isin(items, np.fromiter(answered, dtype=np.int64))


def _overlooked(project: Project) -> float:
    """The share of known wrong tiles that were not marked, and the page dropped for it."""
    finished = project.pages.filter(status__in=[Page.Status.ACCEPTED, Page.Status.DROPPED])
    dropped = finished.filter(status=Page.Status.DROPPED).count()
    return (dropped + PRIOR_PAGES) / (finished.count() + 10 * PRIOR_PAGES)


def _judged(project: Project, items: Ids, proba: NDArray[np.floating], answers: Labelled) -> Judged:
    rows = np.isin(items, answers.items)
    believed = _believed(items, proba, temperature(proba[rows].astype(np.float64), answers.answers))
    is_test, tested = in_test_share(project.pk, items, project.explore), believed.part(rows)
    pool = believed.part(~is_test & np.isin(items, dataset.pool(project)))
    least = [_least(pool.probability[pool.label == label], project) for label in range(proba.shape[1])]
    on_page = _on_pages(project, tested.items)
    weight = np.where(on_page, 1 / (1 - _overlooked(project)), 1.0)
    is_wrong = tested.label != answers.answers
    return Judged(believed, pool, tested, is_wrong, weight, is_test[rows], on_page, np.array(least))


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


def _offers(project: Project, ids: Ids, judged: Judged) -> Iterator[PageOffer]:
    sure, wrong, tested = judged.is_sure, judged.is_wrong * judged.weight, judged.tested
    n = int(sure.sum())
    has_evidence = (sure & judged.is_test).sum() >= FEWEST_TESTS or (sure & judged.on_page).sum() >= FEWEST_TEST_ITEMS
    if n < FEWEST_TEST_ITEMS or not has_evidence:
        return
    share = min(1.0, float(wrong[sure].mean()))
    _, high = wilson(share, n)
    caution = max(1.0, high / max(float((1 - tested.probability[sure]).mean()), 1 / (2 * n)))
    for label, label_id in enumerate(ids.tolist()):
        own = sure & (tested.label == label)
        by_answers = (wrong[own].sum() + PRIOR * share) / (own.sum() + PRIOR)
        predicted = judged.pool.probability[judged.pool.label == label]
        expected = max(float(by_answers), _first_page(predicted, judged.least[label], project))
        if expected <= MOST_WRONG:
            yield PageOffer(
                project=project,
                label_id=label_id,
                tested=int((own & judged.is_test).sum()),
                wrong=int(judged.is_wrong[own & judged.is_test].sum()),
                expected=expected,
                caution=caution,
            )


def _first_page(probabilities: NDArray[np.float64], least: float, project: Project) -> float:
    """The expected share of wrong ones on the first page; 1 where there is none."""
    first = np.sort(probabilities[probabilities >= least])[: project.page_tiles - 1]
    return float((1 - first).mean()) if len(first) else 1.0
