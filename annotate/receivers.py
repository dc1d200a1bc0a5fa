"""The queue and the answers follow the set-up of a project."""

from typing import Any

from django.db.models.signals import post_migrate
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_disabled
from annotate.consensus import annotator_model, machine_votes
from annotate.items import deletion, label_changes, option_changes
from annotate.queue import ordering
from annotate.signals import items_deleted
from annotate.statistics import cached
from annotate.webhooks import batches
from projects.models import Project, Webhook
from projects.signals import (
    asking_if_answered,
    asking_if_answers_fit,
    asking_labels_in_use,
    labels_removed,
    labels_renamed,
    member_left,
    project_changed,
    project_leaving,
    webhook_subscribed,
)
from projects.tasktypes import Spec


@receiver(project_changed)
def follow_the_settings(sender: object, project: Project, changed: dict[str, tuple[Any, Any]], **_: Any) -> None:
    if "votes_wanted" in changed:
        ordering.want_votes(project, project.votes_wanted)
    if "order" in changed:
        ordering.reorder(project)


@receiver(labels_renamed)
def follow_the_labels(sender: object, project: Project, before: list[str], after: list[str], **_: Any) -> None:
    label_changes.rename(project, before, after)


@receiver(labels_removed)
def forget_the_labels(sender: object, project: Project, names: set[str], **_: Any) -> None:
    label_changes.forget(project, names)


@receiver(asking_labels_in_use)
def tell_labels_in_use(sender: object, project: Project, **_: Any) -> set[str]:
    return label_changes.labels_in_use(project)


@receiver(asking_if_answered)
def tell_if_answered(sender: object, project: Project, **_: Any) -> bool:
    return project.annotations.exists()


@receiver(asking_if_answers_fit)
def tell_why_answers_do_not_fit(sender: object, project: Project, spec: Spec, **_: Any) -> str:
    return option_changes.why_unfit(project, spec)


@receiver(project_leaving)
def leave_nothing_behind(sender: object, project: Project, **_: Any) -> None:
    deletion.clear(project)


@receiver(member_left)
def take_leases_back(sender: object, project: Project, user: User, **_: Any) -> None:
    deletion.give_back(project, user)
    machine_votes.remove(project, user)


@receiver(account_disabled)
def take_all_leases_back(sender: object, user: User, **_: Any) -> None:
    deletion.give_all_back(user)


@receiver(items_deleted)
def count_again(sender: object, project: Project, annotations: int, **_: Any) -> None:
    """Nobody's skill, and no figure, rests on what is deleted."""
    if annotations:
        annotator_model.expire(project, annotations)
    cached.expire_all()


@receiver(webhook_subscribed)
def send_from_now_on(sender: object, webhook: Webhook, **_: Any) -> None:
    batches.begin(webhook)


@receiver(post_migrate)
def schedule_each_minute(sender: Any, using: str, **_: Any) -> None:
    """Have imports that lost their worker taken up each minute, from the first migration on."""
    if sender.name == "annotate":
        from django_q.models import Schedule

        Schedule.objects.using(using).get_or_create(
            func="annotate.tasks.each_minute",
            defaults={"name": "imports", "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1},
        )
