"""What people answer."""

from django.conf import settings
from django.db import models

from accounts.models import User
from annotate.models.items import Item
from annotate.models.queue import Assignment
from projects.models import Project


class Annotation(models.Model):
    """What one annotator submitted about one item."""

    class Origin(models.TextChoices):
        ITEM = "item", "An item by itself"
        PAGE = "page", "A page of items of one predicted label"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="annotations", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="annotations", db_index=False)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="annotations", db_index=False
    )
    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="annotation")
    value = models.JSONField()
    client_key = models.UUIDField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="From the item's paint to the answer.")
    suggestion_shown = models.JSONField(
        null=True, blank=True, help_text="What the model's suggestion said, if it was shown."
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.ITEM, db_default=Origin.ITEM)
    part_origins = models.JSONField(
        null=True, blank=True, help_text="Where each part comes from, in the order of their places."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "annotator"], name="annotation_once_a_pair")]
        indexes = [
            models.Index(fields=["project", "id"], name="annotation_project_id"),
            models.Index(fields=["annotator", "project", "created_at"], name="annotation_of_annotator"),
        ]

    def __str__(self) -> str:
        return f"{self.annotator_id} on {self.item_id}: {self.value}"


class AnnotationChange(models.Model):
    """The history of annotations: one row for each value that was ever given, changed, taken back or corrected."""

    class Action(models.TextChoices):
        CHANGED = "changed", "Changed"
        UNDONE = "undone", "Taken back"
        CORRECTED = "corrected", "Corrected"
        SENT_BACK = "sent_back", "Sent back"

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="changes")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    act = models.CharField(max_length=10, choices=Action)
    value = models.JSONField(help_text="The value before this act.")
    client_key = models.UUIDField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.item_id} of {self.annotator_id}: {self.act}"


def annotators_of(project: Project) -> models.QuerySet[User]:
    """The people who annotated in a project."""
    return User.objects.filter(pk__in=project.annotations.values("annotator").distinct())
