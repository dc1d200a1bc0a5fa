"""What reviewers and others say of answers and items."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotate.models.items import Item
from projects.models import Project


class Acceptance(models.Model):
    """What a reviewer accepted in one step, after a sample of it was found right."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="acceptances")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"acceptance {self.pk}"


class Review(models.Model):
    """A reviewer's decision about an annotation. The newest counts."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted"
        CORRECTED = "corrected"
        SENT_BACK = "sent_back", "Sent back"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reviews")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="reviews")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    verdict = models.CharField(max_length=10, choices=Decision)
    value = models.JSONField(help_text="The value as reviewed, after a correction.")
    comment = models.TextField(blank=True)
    former = models.JSONField(null=True, help_text="The annotation before this decision, by which it is undone.")
    acceptance = models.ForeignKey(
        Acceptance,
        on_delete=models.SET_NULL,
        null=True,
        related_name="reviews",
        db_index=False,
        help_text="With which others it was made in one step.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["acceptance"], condition=~Q(acceptance=None), name="review_of_an_acceptance"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} of {self.annotator_id}: {self.verdict}"


class Comment(models.Model):
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(max_length=2000)
    client_key = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "client_key"], name="comment_once_a_key")]
        indexes = [models.Index(fields=["-created_at"], name="comment_newest")]

    def __str__(self) -> str:
        return self.text[:50]


class Flag(models.Model):
    """Somebody wants others to look at this item."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="flags")
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "raised_by"], name="flag_once_a_pair")]

    def __str__(self) -> str:
        return f"{self.item_id} by {self.raised_by_id}"
