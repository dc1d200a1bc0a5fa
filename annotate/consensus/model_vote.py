"""The model's vote: what a round says of items that it has not learned from, weighed beside the votes of people.

Machine members, models and rules from elsewhere, vote in the same way, each by a table of its own, one after the other:
what one of them adds is measured beside those before it, so a copy of another adds nothing and does not count.

Its confusion table is measured on items of three votes or more. Cross-validation says whether it helps: one vote of
each of these, with the model's and without it, has to foresee the others. It counts on items of three votes where it
is likely to help, and on those of fewer where it surely does. People who saw what the model says, as a suggestion or on
a page, would only repeat it, so it has no vote on what they answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotate.consensus import annotator_model
from annotate.consensus.store import WithModel
from annotate.consensus.vote_arrays import VoteArrays
from annotate.queue.locks import lock_queue
from annotate.queue.staged import with_project
from annotate_kit import model_vote as kit
from annotate_kit.aggregation import Result
from core.postgres import copy
from core.postgres.transactions import atomic
from projects import label_sets
from projects.models import Project

Floats = NDArray[np.float64]
Sayings = dict[str, NDArray[np.int64]]

MODEL = "model"  # the key of the round's model; machine members have their ids

ENOUGH_VOTES = 3
FEWEST_JUDGED = 20  # items of so many votes by which the model is judged
MOST_LABELS = 200  # its table has three columns a label

_ROWS = {"item": "bigint", "label": "bigint", "level": "int"}
CHANGED_ARE_DUE = """
    INSERT INTO annotate_consensusdue (item_id, project_id)
    SELECT item_id, %(project)s FROM changed
    WHERE EXISTS (SELECT FROM annotate_annotation n WHERE n.item_id = changed.item_id)
"""
"""SQL: the consensus of the items `changed` is made anew, where anybody answered them."""
_STORE = f"""
    WITH changed AS (
        INSERT INTO annotate_modelvote AS m (item_id, project_id, label_id, level)
        SELECT r.item, r.project, r.label, r.level FROM {with_project("model_vote_rows")} r
        WHERE r.project = %(project)s ORDER BY r.item
        ON CONFLICT (item_id) DO UPDATE SET label_id = excluded.label_id, level = excluded.level
        WHERE (m.label_id, m.level) IS DISTINCT FROM (excluded.label_id, excluded.level)
        RETURNING item_id
    )
    {CHANGED_ARE_DUE} AND %(is_due)s
"""  # noqa: S608  the table is ours
_READ_MACHINES = """
    SELECT m.item_id, m.machine_id, coalesce(array_position(%(labels)s::text[], l.name::text), 0) - 1, m.level::int
    FROM annotate_machinevote m JOIN projects_label l ON l.id = m.label_id
    WHERE m.project_id = %(project)s AND m.item_id = ANY(%(items)s)
"""
_READ = """
    SELECT m.item_id, coalesce(array_position(%(labels)s::text[], l.name::text), 0) - 1, m.level::int
    FROM annotate_modelvote m JOIN projects_label l ON l.id = m.label_id
    WHERE m.project_id = %(project)s AND m.item_id = ANY(%(items)s) AND NOT EXISTS (
        SELECT FROM annotate_annotation n
        WHERE n.item_id = m.item_id AND (n.suggestion_shown IS NOT NULL OR n.origin = 'page')
    )
"""


@atomic
def store(project: Project, items: NDArray[np.int64], proba: NDArray[np.floating]) -> None:
    """Store a round's votes, and have the consensus of items made anew on which the model votes otherwise than before.

    proba (N, K) by the names of `project.label_names`; nothing is stored when these changed meanwhile. The model must
    not have learned from these items (N,).
    """
    if label_sets.hold(project.pk).version != project.label_set.version or not len(items):
        return
    lock_queue(project)
    ids = dict(project.labels.values_list("name", "pk"))
    label_ids = np.array([ids[name] for name in project.label_names], dtype=np.int64)
    levels = kit.sayings(np.zeros(len(items)), proba.max(axis=1))
    with connection.cursor() as cursor:
        copy.create_staging_table(cursor, "model_vote_rows", _ROWS)
        columns = {"item": (">i8", items), "label": (">i8", label_ids[proba.argmax(axis=1)]), "level": (">i4", levels)}
        copy.append("model_vote_rows", columns)
        cursor.execute(_STORE, {"project": project.pk, "is_due": project.model_vote})


@dataclass(frozen=True)
class Measured:
    """How the model's vote errs, and what it adds.

    table      (K, K·S) counts of what it says of items of each label
    judged     how many items of three votes it was measured on
    right      the share of these where it says what people agree on
    gain       how much better one vote foresees the others with it, in nats an item, and its standard error
    helps      whether that is likely above zero: only then it counts at all
    helps_few  whether it is surely so, and the vote counts on items of fewer votes too
    """

    table: list[list[float]]
    judged: int
    right: float
    gain: float
    error: float
    helps: bool
    helps_few: bool

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Measured":
        return cls(**fields)


def measure(project: Project, votes: VoteArrays, results: Sequence[Result]) -> tuple[dict[str, Measured], WithModel]:
    """How good the model's vote and those of machines are, and the consensus with them.

    Those are left out that say something of too few items by which they can be judged.
    """
    n_labels = results[0].beliefs.shape[1] if results else 0
    people = results[0].beliefs if results else np.empty((len(votes.items), 0))
    together = WithModel(people, np.zeros(len(votes.items), dtype=bool))
    if votes.label_question is None or not 2 <= n_labels <= MOST_LABELS or votes.per_item.max() < ENOUGH_VOTES:
        return {}, together
    voters: dict[str, Measured] = {}
    trial: Trial | None = None
    for name, saying in _sayings(project, votes).items():
        judged = (saying >= 0) & (votes.per_item >= ENOUGH_VOTES)
        if judged.sum() < FEWEST_JUDGED:
            continue
        trial = trial or _trial(votes, results[0])
        table = kit.measured(together.probabilities[judged], saying[judged])
        shares = np.zeros(people.shape)
        shares[judged] = table.shares
        voters[name] = _measured(people, saying, judged, table, trial)
        together = _weighed(votes, together, voters[name], saying, shares)
        if voters[name].helps:
            trial.add(np.where(judged, saying, -1), table, shares)
    return voters, together


def with_votes(
    project: Project, votes: VoteArrays, probabilities: Floats, voters: Mapping[str, Measured]
) -> WithModel | None:
    """What people believe (N, K) with the votes of those voters in it that count; None without any."""
    if not voters:
        return None
    together = WithModel(probabilities, np.zeros(len(votes.items), dtype=bool))
    for name, saying in _sayings(project, votes).items():
        if name in voters:
            together = _weighed(votes, together, voters[name], saying, None)
    return together


def _weighed(
    votes: VoteArrays, before: WithModel, voter: Measured, saying: NDArray[np.int64], shares: Floats | None
) -> WithModel:
    """`shares` (N, K) is what each of these items has in the voter's table."""
    is_in = (saying >= 0) & voter.helps
    if not voter.helps_few:
        is_in &= votes.per_item >= ENOUGH_VOTES
    saying = np.where(is_in, saying, -1)
    return WithModel(kit.combined(before.probabilities, saying, np.array(voter.table), shares), before.is_in | is_in)


def _measured(
    people: Floats, saying: NDArray[np.int64], judged: NDArray[np.bool_], table: kit.Table, trial: "Trial"
) -> Measured:
    gain = trial.gain(saying, judged)
    return Measured(
        table=table.counts.round(5).tolist(),
        judged=int(judged.sum()),
        right=float((saying[judged] // kit.SAYINGS == people[judged].argmax(axis=1)).mean()),
        gain=gain.value,
        error=gain.error,
        helps=gain.is_likely,
        helps_few=gain.is_sure,
    )


def _sayings(project: Project, votes: VoteArrays) -> Sayings:
    """(N,) a voter: what it says of each item, -1 where it says nothing. The model comes first."""
    values = {"project": project.pk, "items": votes.items.tolist(), "labels": project.label_names}
    sayings: Sayings = {}
    if project.model_vote:
        sayings[MODEL] = _on_items(votes, copy.read(_READ, {"item": ">i8", "label": ">i4", "level": ">i4"}, values))
    rows = copy.read(_READ_MACHINES, {"item": ">i8", "machine": ">i8", "label": ">i4", "level": ">i4"}, values)
    for machine in np.unique(rows["machine"]).tolist():
        sayings[str(machine)] = _on_items(votes, rows[rows["machine"] == machine])
    return sayings


def _on_items(votes: VoteArrays, rows: NDArray[np.void]) -> NDArray[np.int64]:
    label = rows["label"].astype(np.int64)
    saying = np.full(len(votes.items), -1, dtype=np.int64)
    saying[np.searchsorted(votes.items, rows["item"].astype(np.int64))] = np.where(
        label < 0, -1, label * kit.SAYINGS + rows["level"]
    )
    return saying


@dataclass
class Trial:
    """One vote of each item, against which another voter must foresee the others.

    few     (N, K) what one vote says, with the voters that help so far
    others  (N, K) what the other votes say
    """

    few: Floats
    others: Floats
    prior: Floats
    rng: np.random.Generator

    def gain(self, saying: NDArray[np.int64], judged: NDArray[np.bool_]) -> kit.Gain:
        """What a voter adds to one vote of each item by which it is judged."""
        if not len(self.few):
            return kit.Gain(0.0, 0.0)
        return kit.gain(self.few[judged], self.others[judged], self.prior, saying[judged], self.rng)

    def add(self, saying: NDArray[np.int64], table: kit.Table, shares: Floats) -> None:
        """Have later voters measured beside this one."""
        if len(self.few):
            self.few = kit.combined(self.few, saying, table.counts, shares)


def _trial(votes: VoteArrays, result: Result) -> Trial:
    question = votes.questions[0].votes
    rng = np.random.default_rng(0)
    if question.n_annotators * question.n_labels**2 > annotator_model.LARGEST:
        return Trial(np.empty((0, 0)), np.empty((0, 0)), np.empty(0), rng)
    order = rng.permutation(len(question))
    _, first = np.unique(question.item[order], return_index=True)
    is_first = np.zeros(len(question), dtype=bool)
    is_first[order[first]] = True
    tables = np.maximum(annotator_model.tables_of(question, result), 1e-6)
    prior = np.full(question.n_labels, 1 / question.n_labels) if result.prior is None else result.prior
    prior = np.maximum(prior, 1e-9)
    few, others = (annotator_model.by_bayes(question.where(mask), prior, tables) for mask in (is_first, ~is_first))
    return Trial(few, others, prior, rng)
