"""What the model believes, and the rounds in which it learnt that."""

from typing import Self

from django.conf import settings
from django.db import models

from projects.models import Project


class RoundQuerySet(models.QuerySet["Round"]):
    def unfinished(self) -> Self:
        return self.filter(status__in=[Round.Status.QUEUED, Round.Status.RUNNING])

    def finished(self) -> Self:
        return self.filter(status=Round.Status.FINISHED)


class Round(models.Model):
    """Train, evaluate, score, publish. The row is written before the work starts, so that a killed worker is seen."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    class Trigger(models.TextChoices):
        ANNOTATIONS = "annotations", "New annotations"
        SCHEDULE = "schedule", "Schedule"
        CLICK = "click", "By hand"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rounds")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    trigger = models.CharField(max_length=12, choices=Trigger)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    attempt = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    phase = models.CharField(max_length=20, blank=True)
    timings = models.JSONField(default=dict, help_text="Seconds spent in each phase.")
    estimator = models.CharField(max_length=50, blank=True)
    acquisition = models.CharField(max_length=50, blank=True)
    last_annotation = models.BigIntegerField(default=0, help_text="The newest annotation that the round has seen.")
    n_labels = models.PositiveIntegerField(default=0, help_text="Items with a consensus, the test share included.")
    n_train = models.PositiveIntegerField(default=0)
    n_test = models.PositiveIntegerField(default=0)
    n_pool = models.PositiveIntegerField(default=0, help_text="Items that were scored.")
    score = models.FloatField(null=True, help_text="Accuracy on the items served at random.")
    score_low = models.FloatField(null=True)
    score_high = models.FloatField(null=True)
    cv_score = models.FloatField(null=True, help_text="Cross-validated accuracy on the training items.")
    generation = models.PositiveIntegerField(null=True, help_text="The order that it published.")
    reason = models.TextField(blank=True, help_text="Why it failed, or why it published nothing.")

    objects = RoundQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="round_newest")]

    def __str__(self) -> str:
        return f"Round {self.pk} of {self.project_id}: {self.status}"
