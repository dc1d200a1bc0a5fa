"""What the learner listens to."""

import logging
from typing import Any

from django.db.models.signals import post_migrate
from django.dispatch import receiver

from annotate.signals import annotation_submitted, asking_event_sources
from annotate.webhooks.sources import Source
from learner import rounds, webhooks
from projects.models import Project

log = logging.getLogger(__name__)


@receiver(annotation_submitted)
def retrain_when_due(sender: Any, project: Project, **signal_arguments: Any) -> None:
    """The answer is stored already, so trouble here is for the log and not for the person who gave it."""
    try:
        rounds.ask_if_due(project)
    except Exception:
        log.exception("Whether a round of project %s is due could not be found out", project.pk)


@receiver(asking_event_sources)
def announce_rounds(sender: Any, **signal_arguments: Any) -> list[Source]:
    return [webhooks.ROUNDS]


@receiver(post_migrate)
def schedule_each_minute(sender: Any, using: str, **about: Any) -> None:
    """Have the learner's job run each minute, from the first migration on."""
    if sender.name == "learner":
        from django_q.models import Schedule

        Schedule.objects.using(using).get_or_create(
            func="learner.tasks.each_minute",
            defaults={"name": "rounds", "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1},
        )
