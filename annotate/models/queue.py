"""What is handed out next, and to whom. These rows are narrow and stand apart from the wide items."""

from typing import NamedTuple, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import LessThan

from accounts.models import User
from annotate.models.items import Item
from projects.models import Project


class QueueEntry(models.Model):
    """The item's place in the queue. `taken` = live leases + annotations, always, and never above `wanted`."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="queueentry")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    rank = models.FloatField(help_text="Smaller is sooner. Below zero: urgent, set by people.")
    wanted = models.PositiveSmallIntegerField(default=1)
    taken = models.PositiveSmallIntegerField(default=0)
    open = models.GeneratedField(
        expression=LessThan(F("taken"), F("wanted")), output_field=models.BooleanField(), db_persist=True
    )
    begun = models.GeneratedField(
        expression=models.ExpressionWrapper(Q(taken__gt=0, taken__lt=F("wanted")), models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
        help_text="Open, and somebody has it or has answered it.",
    )
    preferred = ArrayField(
        models.BigIntegerField(), null=True, help_text="The people whose answer would say most; null: anybody's would."
    )

    class Meta:
        verbose_name_plural = "queue entries"
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("wanted")), name="never_more_people_than_wanted")
        ]
        indexes = [
            models.Index(fields=["project", "rank", "item"], condition=Q(open=True), name="queue_open_by_rank"),
            models.Index(fields=["project", "rank", "item"], condition=Q(begun=True), name="queue_begun_by_rank"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.taken} of {self.wanted}"


class QueueState(models.Model):
    """Which order of the learner is in force in a project."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="queue_state")
    generation = models.PositiveIntegerField(default=0)
    swept_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.project_id}: generation {self.generation}"


class Band(models.Model):
    """The top of the learner's order: the items of one generation by rank."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    generation = models.PositiveIntegerField()
    rank = models.PositiveIntegerField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "generation", "rank"], name="band_order")]

    def __str__(self) -> str:
        return f"{self.project_id} g{self.generation} #{self.rank}: {self.item_id}"


class Cursor(models.Model):
    """Up to where one annotator has been through urgent items, the band, the queue, and what others have begun."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    generation = models.IntegerField(default=-1)
    urgent_rank = models.FloatField(default=float("-inf"))
    urgent_item = models.BigIntegerField(default=0)
    band_rank = models.BigIntegerField(default=-1)
    queue_rank = models.FloatField(default=0)
    queue_item = models.BigIntegerField(default=0)
    reset_at = models.DateTimeField()
    scan_ms = models.FloatField(default=0, help_text="How long the last search from the start took.")
    begun_rank = models.FloatField(default=float("-inf"))
    begun_item = models.BigIntegerField(default=0)
    takes_any = models.BooleanField(
        default=False, db_default=False, help_text="Nothing was open to them but items that prefer other people."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "annotator"], name="cursor_once_an_annotator")]

    def __str__(self) -> str:
        return f"{self.annotator_id} in {self.project_id}"


class SentBack(NamedTuple):
    """Who sent an answer back, and why."""

    by: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.by} sent this back to you{f': “{self.reason}”' if self.reason else '. Please look again.'}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def live(self) -> Self:
        return self.filter(status=Assignment.Status.LEASED)

    def of(self, user: User) -> Self:
        """This person's own, in projects in which they still have a part."""
        return self.filter(annotator=user, project__in=Project.objects.of(user))


class Assignment(models.Model):
    """A lease of an item to an annotator. One row per pair: who gets an item again gets the same row."""

    class Status(models.TextChoices):
        LEASED = "leased"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"
        RELEASED = "released"
        EXPIRED = "expired"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.LEASED)
    leased_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was skipped.")
    suggestion_shown = models.JSONField(null=True, blank=True)
    assigned = models.BooleanField(
        default=False, db_default=False, help_text="A manager gave the item to this person: a page left keeps it."
    )

    sent_back: SentBack | None = None  # set by `leasing.held` where a reviewer sent the answer back

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "annotator"], name="assignment_once_a_pair")]
        indexes = [
            models.Index(
                fields=["project", "expires_at"], condition=Q(status="leased"), name="assignment_live_by_expiry"
            ),
            models.Index(fields=["annotator", "project", "status"], name="assignment_of_annotator"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} → {self.annotator_id} ({self.status})"
