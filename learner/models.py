"""What the model believes, and the rounds in which it learnt that."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery

from projects.models import Project

# What a round does, in this order.
FEWEST_TEST_ITEMS = 20  # a score on fewer says too little to be shown
PHASES = ["consensus", "votes", "features", "fit", "evaluate", "score", "rank", "suggestions", "publish"]


class RoundQuerySet(models.QuerySet["Round"]):
    def unfinished(self) -> Self:
        return self.filter(status__in=[Round.Status.QUEUED, Round.Status.RUNNING])

    def numbered(self) -> Self:
        """With `number`: the first round of each project is 1."""
        earlier = Round.objects.filter(project=OuterRef("project"), pk__lte=OuterRef("pk")).order_by()
        return self.annotate(number=Subquery(earlier.values("project").annotate(n=Count("pk")).values("n")))

    def finished(self) -> Self:
        return self.filter(status=Round.Status.FINISHED)

    def ordering(self) -> Self:
        """Those that put an order in force which was not undone."""
        return self.finished().filter(generation__isnull=False, undone_at=None)

    def informative(self) -> Self:
        """Those that put an order in force and trained a model, or scored predictions from elsewhere."""
        return self.ordering().filter(Q(reason="") | Q(score__isnull=False))


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
    tuning = models.JSONField(default=dict, help_text="The estimator that was trained, and the settings it chose.")
    generation = models.PositiveIntegerField(null=True, help_text="The order that it published.")
    record = models.JSONField(default=dict, help_text="The seed, parameters, versions and digests to run it again by.")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True, help_text="Why it failed, or why it published nothing.")

    objects = RoundQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="round_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(status__in=["queued", "running"]),
                name="one_unfinished_round_a_project",
                violation_error_message="A round of this project is under way.",
            )
        ]

    def __str__(self) -> str:
        return f"Round {self.pk} of {self.project_id}: {self.status}"

    @property
    def is_unfinished(self) -> bool:
        return self.status in (Round.Status.QUEUED, Round.Status.RUNNING)

    @property
    def is_too_early(self) -> bool:
        """Whether its score is on too few test items to be shown."""
        return self.score is not None and self.n_test < FEWEST_TEST_ITEMS

    @property
    def timed(self) -> list[tuple[str, float]]:
        """(phase, seconds) in the order of the phases."""
        return [(phase, self.timings[phase]) for phase in PHASES if phase in self.timings]

    @property
    def seconds(self) -> float | None:
        """How long the last attempt took; None before its end."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at and self.started_at else None
