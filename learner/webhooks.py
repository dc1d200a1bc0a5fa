"""Rounds as events for webhooks."""

from typing import Any

from annotate.webhooks.sources import Row, Source
from learner.models import Round
from projects.models import Project, WebhookEvent

EVENTS = {
    Round.Status.FINISHED.value: WebhookEvent.ROUND_FINISHED.value,
    Round.Status.FAILED.value: WebhookEvent.ROUND_FAILED.value,
}
SCORES = ("score", "score_low", "score_high")
FIELDS = ("trigger", "reason", "estimator", "acquisition", "n_labels", "n_train", "n_test", "n_pool", "finished_at")


def _read(project: Project, wanted: frozenset[str], after: int, until: int, limit: int) -> list[Row]:
    rounds = project.rounds.filter(pk__gt=after, pk__lte=until, status__in=EVENTS).order_by("pk")[:limit]
    return [_row(round, wanted) for round in rounds]


def _row(round: Round, wanted: frozenset[str]) -> Row:
    name = EVENTS[round.status]
    return Row(round.pk, round.finished_at or round.created_at, [(name, _as_sent(round))] if name in wanted else [])


def _as_sent(round: Round) -> dict[str, Any]:
    """A score on too few test items is no score."""
    scores = {name: None if round.is_too_early else getattr(round, name) for name in SCORES}
    return {"round": round.pk, **scores, **{name: getattr(round, name) for name in FIELDS}}


def _last_final(project: Project, newest: int) -> int:
    """Before the round that is under way: rounds of a project end in the order in which they begin."""
    under_way = project.rounds.unfinished().order_by("pk").values_list("pk", flat=True).first()
    return newest if under_way is None else min(newest, under_way - 1)


ROUNDS = Source("rounds", Round, frozenset(EVENTS.values()), _read, _last_final)
