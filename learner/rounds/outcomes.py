"""What a round published, stored for the newest few: its order and suggestions, the data it read, and its model.

So a round can be undone, compared with another, run again, and its model used elsewhere.
"""

import io
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from django.core.files.storage import default_storage
from django.utils.text import slugify
from numpy.typing import NDArray

import annotate_kit.features
from annotate_kit import trained
from annotate_kit.aggregation import Votes
from annotate_kit.trained import TrainedModel
from core import storage_folders
from learner.dataset import Labelled
from learner.features import representing
from learner.features.shards import folder_of
from learner.models import Round
from learner.pipeline.learnt import Data, Learnt
from learner.predictions import MOST_ROUNDS
from learner.suspects import Suspected
from projects.models import Project

Ids = NDArray[np.int64]
NO_MODEL = "The model of this round is not stored: it trained none, or newer rounds have taken its place."
_EMPTY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Outcome:
    """What a round put in force.

    order      the items to ask about, first one first
    suggested  (n,) items that got suggestions, proba (n, L) what the model believed, scores (n,) how much it wanted
               to ask about them
    votes      (m,) labelled items, votes_proba (m, L) what models believed that had not seen them
    data       what the round read; None where it cannot be run again
    suspected  the labels that it doubts; None where it looked at none
    """

    order: Ids
    suggested: Ids
    proba: NDArray[np.floating]
    scores: NDArray[np.float64]
    votes: Ids
    votes_proba: NDArray[np.floating]
    data: Data | None
    suspected: Suspected | None = None


NOTHING = Outcome(_EMPTY, _EMPTY, np.empty((0, 0)), np.empty(0), _EMPTY, np.empty((0, 0)), None)


def of(learnt: Learnt) -> Outcome:
    votes, best = learnt.model_votes, learnt.best
    return Outcome(
        learnt.order,
        best.items,
        best.proba,
        best.scores,
        _EMPTY if votes is None else votes.items,
        np.empty((0, 0)) if votes is None else votes.proba,
        learnt.data,
    )


def store(round: Round, learnt: Learnt, outcome: Outcome) -> None:
    """Store what a round published and its model, and remove those of the oldest rounds."""
    project, content = round.project, io.BytesIO()
    np.savez_compressed(content, **_arrays(outcome))
    folder = _folder(project)
    storage_folders.replace(f"{folder}/{round.pk}.npz", content.getvalue())
    if (model := trained_model(project, learnt)) is not None:
        storage_folders.replace(f"{folder}/{round.pk}.skops", trained.dumps(model))
    files = {name: int(name.partition(".")[0]) for name in storage_folders.files(folder)}
    oldest = sorted(set(files.values()))[:-MOST_ROUNDS]
    for name, round_id in files.items():
        if round_id in oldest:
            default_storage.delete(f"{folder}/{name}")


def load(round: Round) -> Outcome | None:
    """What this round published; None where it is no longer stored."""
    name = f"{_folder(round.project)}/{round.pk}.npz"
    if not default_storage.exists(name):
        return None
    with default_storage.open(name) as handle:
        arrays = dict(np.load(io.BytesIO(handle.read())))
    return Outcome(
        arrays["order"],
        arrays["suggested"],
        arrays["proba"],
        arrays["scores"],
        arrays["votes"],
        arrays["votes_proba"],
        _data(arrays),
        _suspected(arrays),
    )


def model_file(round: Round) -> str | None:
    """The name of the stored model of a round, as the storage knows it; None where there is none."""
    name = f"{_folder(round.project)}/{round.pk}.skops"
    return name if default_storage.exists(name) else None


def file_name(round: Round) -> str:
    """Of the model, for who downloads it."""
    return f"{slugify(round.project.name) or 'project'}-round-{round.pk}.skops"


def trained_model(project: Project, learnt: Learnt) -> TrainedModel | None:
    """The model of a round as others can use it; None without one."""
    view, fitted = learnt.view, learnt.fitted
    if view is None or fitted is None:
        return None
    sources = view.sources
    return TrainedModel(
        labels=list(project.label_names),
        multilabel=project.is_multilabel,
        features=project.features,
        columns=view.features.columns,
        learned=representing.learned_of(project, view, learnt.rows),
        sees_words=sources is not None and sources.words is not None,
        estimator=fitted.model,
        version=annotate_kit.features.version(project.features),
    )


def _arrays(outcome: Outcome) -> dict[str, Any]:
    """Ids as differences, which take no room where items were imported one after the other."""
    arrays: dict[str, Any] = {
        "order": outcome.order,
        "suggested": outcome.suggested,
        "proba": outcome.proba.astype(np.float32),
        "scores": outcome.scores,
        "votes": outcome.votes,
        "votes_proba": outcome.votes_proba.astype(np.float32),
    }
    if outcome.data is not None:
        labelled, again = outcome.data.labelled, outcome.data.again
        arrays |= {"labelled": labelled.items, "answers": labelled.answers, "weights": labelled.weights}
        arrays |= _vote_arrays(labelled.votes)
        arrays |= {"pool": np.diff(outcome.data.pool, prepend=0), "again": _EMPTY if again is None else again}
    if outcome.suspected is not None:
        arrays |= {f"suspected_{name}": array for name, array in vars(outcome.suspected).items()}
    return arrays


def _data(arrays: dict[str, NDArray[Any]]) -> Data | None:
    if "pool" not in arrays:
        return None
    labelled = Labelled(arrays["labelled"], arrays["answers"], arrays["weights"], _votes(arrays))
    return Data(labelled, np.cumsum(arrays["pool"]), arrays["again"])


def _suspected(arrays: dict[str, NDArray[Any]]) -> Suspected | None:
    if "suspected_items" not in arrays:
        return None
    return Suspected(**{field.name: arrays[f"suspected_{field.name}"] for field in fields(Suspected)})


def _vote_arrays(votes: Votes | None) -> dict[str, NDArray[Any]]:
    if votes is None:
        return {}
    sizes = np.array([votes.n_items, votes.n_annotators, votes.n_labels])
    return {"vote_item": votes.item, "vote_annotator": votes.annotator, "vote_label": votes.label, "vote_sizes": sizes}


def _votes(arrays: dict[str, NDArray[Any]]) -> Votes | None:
    if "vote_item" not in arrays:
        return None
    return Votes(arrays["vote_item"], arrays["vote_annotator"], arrays["vote_label"], *arrays["vote_sizes"].tolist())


def _folder(project: Project) -> str:
    return f"{folder_of(project.pk)}/rounds"
