"""How frequent each label is in the whole project: from the items served at random and predictions of all others."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotate_kit.estimation import Interval, classical, prediction_powered
from learner import dataset, predictions
from learner.dataset import Labelled
from learner.exploration import in_test_share
from learner.predictions import Predictions
from projects.models import Project

Ids = NDArray[np.int64]

FEWEST = 20  # random items below which nothing is said
FEWEST_IN_A_SLICE = 10
MOST_SLICES = 50


@dataclass(frozen=True)
class Share:
    """Of one label: by predictions and random items together, and by the random items alone."""

    label: str
    estimate: Interval
    classical: Interval


@dataclass(frozen=True)
class Slice:
    """Items of one value of a meta column; of all items, where `value` is None."""

    value: str | None
    n_items: int
    n_random: int
    shares: list[Share]


@dataclass(frozen=True)
class Estimates:
    """`lacking` says why there is nothing yet; else there is `whole`, and a slice for each frequent value."""

    lacking: str = ""
    round_id: int | None = None
    whole: Slice | None = None
    slices: list[Slice] = field(default_factory=list)


def of(project: Project, column: str = "") -> Estimates:
    """The shares of all labels with 95 % intervals, by what people agree on now and the last round predicted."""
    if not project.explore:
        return Estimates("no items are served at random; set a share for that in the settings")
    predicted = predictions.newest(project)
    if predicted is None or predicted.labels != project.label_names:
        return Estimates("no round has predicted these labels yet")
    random = _random(project, predicted)
    if len(random) < FEWEST:
        return Estimates(f"too early: {len(random)} of {FEWEST} items served at random are answered")
    whole = _slice(project, None, random, predicted, np.ones(len(predicted.items), dtype=bool))
    slices = list(_slices(project, column, random, predicted)) if column else []
    return Estimates("", predicted.round_id, whole, slices)


def columns(project: Project) -> list[str]:
    """The names in the items' meta, in alphabetical order."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT name FROM (SELECT meta FROM annotate_item WHERE project_id = %s LIMIT 10000) sampled,
            jsonb_object_keys(sampled.meta) AS name ORDER BY name LIMIT 100
            """,
            [project.pk],
        )
        return [name for (name,) in cursor.fetchall()]


def _random(project: Project, predicted: Predictions) -> Labelled:
    """The answered items of the random share that have predictions."""
    agreed = dataset.labelled(project)
    in_test = in_test_share(project.pk, agreed.items, project.explore) & predicted.places(agreed.items)[1]
    return agreed.part(in_test)


def _slices(project: Project, column: str, random: Labelled, predicted: Predictions) -> Iterator[Slice]:
    values = _values(project, column)
    for value in sorted(values, key=lambda value: -len(values[value]))[:MOST_SLICES]:
        inside = np.isin(predicted.items, values[value])
        part = random.part(np.isin(random.items, values[value]))
        yield _slice(project, value, part, predicted, inside)


def _values(project: Project, column: str) -> dict[str, Ids]:
    """{value: the items that have it}."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT meta ->> %s, array_agg(id) FROM annotate_item
            WHERE project_id = %s AND meta ->> %s IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s
            """,
            [column, project.pk, column, MOST_SLICES],
        )
        return {value: np.array(items, dtype=np.int64) for value, items in cursor.fetchall()}


def _slice(
    project: Project, value: str | None, random: Labelled, predicted: Predictions, inside: NDArray[np.bool_]
) -> Slice:
    if len(random) < FEWEST_IN_A_SLICE:
        return Slice(value, int(inside.sum()), len(random), [])
    places, _ = predicted.places(random.items)
    others = inside.copy()
    others[places] = False
    f, f_all = predicted.proba[places].astype(np.float64), predicted.proba[others].astype(np.float64)
    shares = []
    for position, label in enumerate(project.label_names):
        y = random.answers == position if random.answers.ndim == 1 else random.answers[:, position]
        estimate = prediction_powered(y, f[:, position], f_all[:, position])
        shares.append(Share(label, estimate, classical(y)))
    return Slice(value, int(inside.sum()), len(random), shares)
