"""Undoing a round: the order of the round before returns, with its suggestions, predictions and suspect labels."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from annotate.models import QueueState
from annotate.queue import ordering
from learner import item_map, predictions, suspects
from learner.evaluation import verification
from learner.models import Round
from learner.rounds import outcomes, publishing
from learner.rounds.outcomes import Outcome
from projects.models import Project, Suggestions


class NotUndoable(Exception):
    """The message says why, and what can be done."""


def in_force(project: Project) -> Round | None:
    """The round whose order the queue follows; None where there is none, or another order was published since."""
    newest = project.rounds.ordering().order_by("-id").first()
    state = QueueState.objects.filter(project=project).first()
    return newest if newest and state and newest.generation == state.generation else None


def undo(round: Round, by: User) -> Round | None:
    """Put the order of the round before in force again and return that round; None where the project's own returns.

    NotUndoable where this round's order is not in force, or the former is no longer stored. What people have answered
    since stays, and the next round learns from it.
    """
    project = round.project
    current = in_force(project)
    if current is None or current.pk != round.pk:
        raise NotUndoable("only the round whose order is in force can be undone")
    if project.rounds.unfinished().exists():
        raise NotUndoable("a round is under way; wait for its end")
    former = project.rounds.ordering().filter(pk__lt=round.pk).order_by("-id").first()
    outcome = outcomes.load(former) if former else outcomes.NOTHING
    if outcome is None:
        raise NotUndoable("the order of the round before is no longer stored")
    _publish(round, former, outcome, by)
    predictions.remove(project, round.pk)
    suspects.remove(project)
    if former:
        _publish_predictions(former, outcome)
    item_map.refresh(project)
    return former


@transaction.atomic
def _publish(round: Round, former: Round | None, outcome: Outcome, by: User) -> None:
    generation = ordering.publish(round.project, outcome.order)
    Round.objects.filter(pk=round.pk).update(undone_at=timezone.now(), undone_by=by)
    if former:
        Round.objects.filter(pk=former.pk).update(generation=generation)


def _publish_predictions(former: Round, outcome: Outcome) -> None:
    """Those of the former round, unless labels changed since."""
    project = former.project
    if former.record.get("parameters", {}).get("labels") != project.label_names:
        return
    if project.show_suggestions != Suggestions.HIDDEN and len(outcome.suggested):
        publishing.suggest(project, outcome)
    publishing.vote(project, outcome)
    publishing.suspect(project, outcome)
    if stored := predictions.of_round(project, former.pk):
        verification.publish(project, stored.items, stored.proba)
