"""What people see of a round besides its order: suggestions, the model's vote, and suspect labels."""

from collections.abc import Sequence

from annotate.consensus import model_vote
from annotate.queue import suggestions
from annotate.queue.suggestions import Proposal
from learner import dataset, suspects
from learner.rounds.outcomes import Outcome
from projects.models import Project


def suggest(project: Project, outcome: Outcome, proposals: Sequence[Proposal] | None = None) -> None:
    """Propose answers for the items asked about next; `proposals` where a learner says them itself.

    Never for the test share: what people answer there must not depend on what the model thinks.
    """
    if proposals is not None:
        suggestions.store(project, project.kind.learner, proposals)
        return
    rows = dataset.proposals(project, outcome.suggested, outcome.proba, outcome.scores)
    suggestions.store(project, project.estimator, rows)


def vote(project: Project, outcome: Outcome) -> None:
    """Let the model vote on the labelled items that it has not learned from, where an item has one label."""
    proba = outcome.votes_proba
    if len(outcome.votes) and not project.is_multilabel and proba.shape[1] == len(project.label_names):
        model_vote.store(project, outcome.votes, proba)


def suspect(project: Project, outcome: Outcome) -> None:
    """Put the labels that the round doubts, none if it doubts none, in place of those of another round."""
    if outcome.suspected is None:
        suspects.remove(project)
    else:
        suspects.publish(project, outcome.suspected)
