"""A project as a folder of answers, as peerannot and `manage.py crowd` take it, in a zip."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from django.db.models import QuerySet
from numpy.typing import NDArray

from accounts.models import User
from annotate import consensus
from annotate.consensus import vote_arrays
from annotate.consensus.vote_arrays import VoteArrays
from annotate.exports import _folder
from annotate.models import Consensus, Item, in_order
from annotate_kit.formats.datasets import peerannot
from projects.models import Project

AT_ONCE = 10_000
_FIELDS = ("external_id", "text", "data", "fields", "meta")


class NoFolder(ValueError):
    """The project's answers do not fit into such a folder."""


def write(project: Project, item_ids: Sequence[int] | None = None) -> Iterator[bytes]:
    """The zip, piece by piece. NoFolder where items have several labels, or nobody has answered.

    Tasks and workers are numbered; `tasks.txt`, `workers.txt` and `labels.txt` have their names, one a line, and
    `tasks.jsonl` what the tasks show, but for pictures. The consensus' probabilities are in `labels/`, what is known to
    be right in `ground_truth.npy`.
    """
    agreed = consensus.fresh(project)
    votes = vote_arrays.read(project, item_ids)
    if not votes.label_question:
        raise NoFolder("A folder of answers holds one label an answer; here an answer is something else.")
    if not len(votes):
        raise NoFolder("There are no answers yet, and a folder of answers needs at least one.")
    return _folder.zipped(project, lambda folder: _fill(folder, project, votes, agreed))


def _fill(folder: Path, project: Project, votes: VoteArrays, agreed: QuerySet[Consensus]) -> None:
    question, labels = votes.questions[0].votes, project.label_names
    usernames = {user.pk: user.username for user in User.objects.filter(pk__in=votes.people.tolist())}
    people = [usernames[pk] for pk in votes.people.tolist()]
    tasks, probabilities = _items(project, agreed, votes.items.tolist())
    names = [task["external_id"] for task in tasks]
    truth = _gold_labels(project, votes.items)
    peerannot.write_answers(
        folder / "answers.json", question.item, question.annotator, question.label, range(len(votes.items))
    )
    peerannot.save_json(folder / "metadata.json", {
        "name": folder.name, "n_classes": len(labels), "n_workers": len(people), "nb_workers": len(people),
        "n_task": len(names), "class_names": labels,
    })  # fmt: skip
    if (truth >= 0).any():
        peerannot.save_array(folder / "ground_truth.npy", truth)
    (folder / "labels").mkdir()
    peerannot.write_labels(folder, folder.name, "consensus", probabilities)
    for stem, lines in [("tasks", names), ("workers", people), ("labels", labels)]:
        peerannot.save_text(folder / f"{stem}.txt", "".join(f"{' '.join(line.split())}\n" for line in lines))
    peerannot.save_text(folder / "tasks.jsonl", "".join(f"{orjson.dumps(task).decode()}\n" for task in tasks))
    votes_of = zip(question.item.tolist(), question.annotator.tolist(), question.label.tolist(), strict=True)
    peerannot.save_text(folder / "votes.csv", _csv((names[i], people[a], labels[k]) for i, a, k in votes_of))


def _items(
    project: Project, agreed: QuerySet[Consensus], ids: list[int]
) -> tuple[list[dict[str, Any]], NDArray[np.float64]]:
    """The items as records, pictures by their name alone, and (N, K) how probable each label is."""
    labels = project.label_names
    tasks: list[dict[str, Any]] = []
    probabilities = np.full((len(ids), len(labels)), 1 / len(labels))
    for start in range(0, len(ids), AT_ONCE):
        chunk = ids[start : start + AT_ONCE]
        records = {row.pop("pk"): row for row in Item.objects.filter(pk__in=chunk).values("pk", *_FIELDS)}
        of_items = dict(agreed.filter(pk__in=chunk).values_list("pk", "belief"))
        for row, pk in enumerate(chunk, start):
            tasks.append(_task(**records[pk]))
            if pk in of_items:
                probabilities[row] = [of_items[pk].get(label, 0.0) for label in labels]
    return tasks, probabilities


def _task(*, data: dict[str, Any] | None, fields: list[str] | None, **others: Any) -> dict[str, Any]:
    """What the item shows as a record, without what it has not."""
    record = {**others, "data": in_order(data, fields) if data and fields else data}
    return {name: value for name, value in record.items() if value}


def _gold_labels(project: Project, items: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) the labels known to be right, -1 where none is."""
    (gold,) = project.kind.questions(vote_arrays.read_gold(project, items), project.spec)
    truth = np.full(len(items), -1, dtype=np.int64)
    truth[gold.votes.item] = gold.votes.label
    return truth


def _csv(rows: Iterator[tuple[str, str, str]]) -> str:
    written = StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(["task", "worker", "label"])
    writer.writerows(rows)
    return written.getvalue()
