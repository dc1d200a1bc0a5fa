"""What only a project can say about a record: its labels, its members, and which external_ids a file gave before."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from annotate.imports.annotators import Annotators
from annotate.predictions import Prediction, check
from annotate_kit.formats.records import Record, without_prediction
from projects import itemtypes, label_sets, tasktypes
from projects.models import Project
from projects.tasktypes import Content, Part


class Checks:
    """What the members and labels of a project say about values.

    Asks the database when it is made and by `read_labels_again`, else never, so that a thread can use it.
    """

    def __init__(
        self,
        project: Project,
        *,
        folders_are_labels: bool = False,
        create_annotators: bool = False,
        rows_are_votes: Callable[[], bool] = lambda: False,
    ) -> None:
        self.project_id = project.pk
        self.labels = Labels(project)
        self._project = project
        self._folders_are_labels = folders_are_labels
        self._item_types = project.kind.item_types
        self._takes_all = self._item_types.issuperset(itemtypes.registry.names)
        self.annotators = Annotators(project, create=create_annotators)
        self.rows_are_votes = rows_are_votes

    def read_labels_again(self) -> None:
        """Check by the present label set from the next chunk on."""
        self._project.read_labels_again()
        self.labels = Labels(self._project)

    def item_type(self, record: Record) -> None:
        """ValueError where the project's task type cannot be asked about such an item."""
        if record.data is not None and (check := getattr(self._project.kind, "check_record", None)):
            check(record.data, self._project.spec)
        if self._takes_all or (name := itemtypes.shown_by(record).name) in self._item_types:
            return
        title = tasktypes.registry.title(self._project.task_type).partition(":")[0]
        kinds = " or ".join(itemtypes.registry.title(kind).lower() for kind in sorted(self._item_types))
        raise ValueError(f"{title.lower()} are for {kinds}, and this row has {name}; import it into another project")

    def gold(self, value: Any, labels: "Labels", shown: Content | None = None) -> Any:
        """The right value as it is stored; ValueError says what would be right."""
        if self._folders_are_labels and isinstance(value, str):
            value = self._project.kind.rebuild(None, [Part(value)])
        return labels.clean(value, "gold", shown)

    def annotations(
        self, answers: list[dict[str, Any]], labels: "Labels", shown: Content | None = None
    ) -> list[tuple[int, Any, float | None]]:
        """(annotator's id, value, seconds) of each; ValueError when one is not a member's, or no answer here."""
        votes = [
            (
                self.annotators.id_of(each["annotator"]),
                labels.clean(each["value"], "annotations", shown),
                each.get("seconds"),
            )
            for each in answers
        ]
        if len({annotator for annotator, _, _ in votes}) < len(votes):
            raise ValueError("annotations has two answers of one annotator; an item takes one of each")
        return votes

    def predictions(
        self, entries: list[dict[str, Any]], labels: "Labels", shown: Content | None = None
    ) -> tuple[dict[str, Prediction], list[str]]:
        """Those that fit this project, by model; and why others do not, which costs neither item nor answers."""
        fitting, errors = {}, []
        for each in entries:
            try:
                fitting[each["model"]] = labels.prediction(each, shown)
            except ValueError as error:
                errors.append(without_prediction(each["model"], error))
        return fitting, errors


class Labels:
    """The label set of one version, with the former names that are understood."""

    def __init__(self, project: Project) -> None:
        self._names = label_sets.names_understood(project)
        self.version, self._spec = project.label_set.version, project.spec
        self._kind = project.kind

    def clean(self, value: Any, field: str, shown: Content | None = None) -> Any:
        try:
            return label_sets.clean_by_former(self._kind, self._named(value), self._spec, self._names, shown)
        except ValueError as error:
            raise ValueError(f"{field}: {error}") from None

    def prediction(self, row: dict[str, Any], shown: Content | None = None) -> Prediction:
        value = self._named(row.get("value"))
        return check({**row, "value": value}, self._kind, self._spec, self._names, shown)

    def _named(self, value: Any) -> Any:
        """Tables give the label "7" as the number."""
        return str(value) if type(value) is int and str(value) in self._names else value


class Seen:
    """The external_ids that a file gave so far, as 64-bit hashes with their rows: 12 bytes each.

    Kept as sorted runs, each at least twice as long as the next, so that adding costs little and looking up is a few
    binary searches. Two ids with one hash are less likely than a broken disk: 3 in 10⁸ for a million rows.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[np.ndarray, np.ndarray]] = []

    def rows_of(self, external_ids: Sequence[str]) -> list[int]:
        """In which row each was given first; 0 where it was not."""
        hashes = _hashes(external_ids)
        rows = np.zeros(len(hashes), dtype=np.uint32)
        for digests, digest_rows in self._runs:
            places = np.minimum(np.searchsorted(digests, hashes), len(digests) - 1)
            rows = np.where(digests[places] == hashes, digest_rows[places], rows)
        return rows.tolist()

    def add(self, external_ids: Sequence[str], rows: Sequence[int]) -> None:
        if not external_ids:
            return
        run = _sorted(_hashes(external_ids), np.asarray(rows, dtype=np.uint32))
        while self._runs and len(self._runs[-1][0]) < 2 * len(run[0]):
            hashes, their_rows = self._runs.pop()
            run = _sorted(np.concatenate([hashes, run[0]]), np.concatenate([their_rows, run[1]]))
        self._runs.append(run)


def _hashes(external_ids: Sequence[str]) -> np.ndarray:
    return np.fromiter(map(hash, external_ids), dtype=np.int64, count=len(external_ids))


def _sorted(hashes: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(hashes, kind="stable")
    return hashes[order], rows[order]
