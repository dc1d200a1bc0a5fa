"""Which items may be verified by the page: those of a predicted label of which, by answers, few are wrong.

A probability says how sure the model is; answers that it had not seen say how far it is right about that. So
probabilities are calibrated by the test items and by what was answered on pages, and corrected for each label by how
often these two had another one. On the pages of a label stand as many of its items, the surest, as make a tenth of them
wrong, as is expected. Pages take surer and less sure ones alike, so a tenth of each page is.

A tile that was wrong counts for more than itself, because people overlook some: as large a share as they overlook of
the known wrong ones.

While test items are few and offer nothing, all items that were trained on speak as well, by models that had not seen
them. Most of these were asked about because models were unsure of them: by these alone a model seems worse than it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotate.models import Annotation, Page, PageOffer
from annotate.pages import offers
from annotate.pages.offers import Predicted
from annotate_kit.calibration import scaled, shifted, shifts, temperature
from learner import dataset
from learner.dataset import Labelled
from learner.evaluation.scores import CV_ITEMS, wilson
from learner.exploration import in_test_share
from learner.models import FEWEST_TEST_ITEMS
from projects.models import Project

MOST_WRONG = 0.1
FEW_TESTS = 50  # up to so many test items, those trained on speak as well where these alone offer nothing
FEWEST_TESTS = 1  # sure test items, without which others say nothing, until there are pages
PRIOR_PAGES = 2.0  # that were dropped, of twenty: how often people overlook, before anybody has verified

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Believed:
    """Of items, ascending: the place of the predicted label and its calibrated probability."""

    items: Ids
    label: NDArray[np.intp]
    probability: NDArray[np.float64]

    def part(self, rows: NDArray[np.bool_]) -> "Believed":
        return Believed(self.items[rows], self.label[rows], self.probability[rows])

    def shifted(self, shift: NDArray[np.float64]) -> "Believed":
        """With log odds that are higher by the shift (K,) of the predicted label."""
        return Believed(self.items, self.label, shifted(self.probability, shift[self.label]))


@dataclass(frozen=True)
class Evidence:
    """Answered items, ascending; of these (n,) weight: as how many answers one counts that had another label.

    is_test: of the test share; on_page: answered on a page
    """

    answers: Labelled
    is_test: NDArray[np.bool_]
    on_page: NDArray[np.bool_]
    weight: NDArray[np.float64]

    def part(self, rows: NDArray[np.bool_]) -> "Evidence":
        return Evidence(self.answers.part(rows), self.is_test[rows], self.on_page[rows], self.weight[rows])


@dataclass(frozen=True)
class Judged:
    """What the model believes of all items, calibrated by answered ones, and how these came out.

    believed  all items
    pool      those that may stand on pages
    evidence  the answered ones; tested: what is believed of these; is_wrong: (n,) the answer is another
    least     (K,) the probability from which on items of each label stand on pages
    """

    believed: Believed
    pool: Believed
    evidence: Evidence
    tested: Believed
    is_wrong: NDArray[np.bool_]
    least: NDArray[np.float64]

    @property
    def is_sure(self) -> NDArray[np.bool_]:
        return self.tested.probability >= self.least[self.tested.label]


def publish(project: Project, items: Ids, proba: NDArray[np.floating], left_out: Ids | None = None) -> None:
    """Keep a round's predictions, calibrated, and offer pages of the labels that are rarely wrong.

    `left_out` are the items that were trained on whose predictions are by models that had not seen them; None where
    that is not known: then it is so as long as there are not too many to leave all out.
    """
    if not offers.is_possible(project) or proba.shape[1] != len(project.label_names):
        return
    evidence = _evidence(project, items, left_out)
    ids = np.array(project.labels.values_list("pk", flat=True), dtype=np.int64)
    judged = _judged(project, items, proba, evidence.part(evidence.is_test | evidence.on_page))
    offered = list(_offers(project, ids, judged))
    if not offered and evidence.is_test.sum() <= FEW_TESTS:
        judged = _judged(project, items, proba, evidence)
        offered = list(_offers(project, ids, judged))
    believed, least = judged.believed, judged.least
    verifiable = ~in_test_share(project.pk, items, project.explore) & (believed.probability >= least[believed.label])
    verifiable &= np.isin(ids[believed.label], [offer.label_id for offer in offered])
    offers.publish(project, Predicted(items, ids[believed.label], believed.probability, verifiable), offered)


def _evidence(project: Project, items: Ids, left_out: Ids | None) -> Evidence:
    """The answered items that models had not seen."""
    answers = dataset.labelled(project)
    answers = answers.part(np.isin(answers.items, items))
    is_test = in_test_share(project.pk, answers.items, project.explore)
    if left_out is None:
        left_out = answers.items[: len(answers) if (~is_test).sum() <= CV_ITEMS else 0]
    on_page = _on_pages(project, answers.items)
    weight = np.where(on_page, 1 / (1 - _overlooked(project)), 1.0)
    return Evidence(answers, is_test, on_page, weight).part(is_test | np.isin(answers.items, left_out))


def _on_pages(project: Project, items: Ids) -> NDArray[np.bool_]:
    answered = project.annotations.filter(origin=Annotation.Origin.PAGE).values_list("item", flat=True)
    return np.isin(items, np.fromiter(answered, dtype=np.int64))


def _overlooked(project: Project) -> float:
    """The share of known wrong tiles that were not marked, and the page dropped for it."""
    finished = project.pages.filter(status__in=[Page.Status.ACCEPTED, Page.Status.DROPPED])
    dropped = finished.filter(status=Page.Status.DROPPED).count()
    return (dropped + PRIOR_PAGES) / (finished.count() + 10 * PRIOR_PAGES)


def _judged(project: Project, items: Ids, proba: NDArray[np.floating], evidence: Evidence) -> Judged:
    answers, n_labels = evidence.answers, proba.shape[1]
    rows = np.isin(items, answers.items)
    believed = _believed(items, proba, temperature(proba[rows].astype(np.float64), answers.answers))
    tested = believed.part(rows)
    is_wrong = tested.label != answers.answers
    weights = np.where(is_wrong, evidence.weight, 1.0)
    believed = believed.shifted(shifts(tested.probability, tested.label, ~is_wrong, n_labels, weights))
    is_test = in_test_share(project.pk, items, project.explore)
    pool = believed.part(~is_test & np.isin(items, dataset.pool(project)))
    least = np.array([_least(pool.probability[pool.label == label]) for label in range(n_labels)])
    return Judged(believed, pool, evidence, believed.part(rows), is_wrong, least)


def _believed(items: Ids, proba: NDArray[np.floating], temperature: float) -> Believed:
    calibrated = scaled(proba.astype(np.float64), temperature)
    return Believed(items, calibrated.argmax(axis=1), calibrated.max(axis=1))


def _least(probabilities: NDArray[np.float64]) -> float:
    """The lowest probability from which on MOST_WRONG of the items, at most, are expected to be wrong."""
    values, counts = (column[::-1] for column in np.unique(probabilities, return_counts=True))
    shares = np.cumsum((1 - values) * counts) / np.cumsum(counts)
    fitting = np.flatnonzero(shares <= MOST_WRONG)
    return float(values[fitting[-1]]) if len(fitting) else np.inf


def _offers(project: Project, ids: Ids, judged: Judged) -> Iterator[PageOffer]:
    sure, evidence = judged.is_sure, judged.evidence
    sure_tests, n = sure & evidence.is_test, int(sure.sum())
    has_evidence = sure_tests.sum() >= FEWEST_TESTS or (sure & evidence.on_page).sum() >= FEWEST_TEST_ITEMS
    if n < FEWEST_TEST_ITEMS or not has_evidence:
        return
    _, high = wilson(min(1.0, float((judged.is_wrong * evidence.weight)[sure].mean())), n)
    caution = max(1.0, high / max(float((1 - judged.tested.probability[sure]).mean()), 1 / (2 * n)))
    for label, label_id in enumerate(ids.tolist()):
        believed = judged.pool.probability[judged.pool.label == label]
        believed = believed[believed >= judged.least[label]]
        own = sure_tests & (judged.tested.label == label)
        if len(believed):
            yield PageOffer(
                project=project,
                label_id=label_id,
                tested=int(own.sum()),
                wrong=int(judged.is_wrong[own].sum()),
                expected=float((1 - believed).mean()),
                caution=caution,
            )
