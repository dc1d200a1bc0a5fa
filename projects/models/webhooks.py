"""Addresses that are told what happens in a project."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from projects.models.projects import Project


class WebhookEvent(models.TextChoices):
    ANNOTATION_SUBMITTED = "annotation.submitted", "Somebody answered an item"
    ANNOTATION_CHANGED = "annotation.changed", "An answer was changed, or corrected by a reviewer"
    ANNOTATION_DELETED = "annotation.deleted", "An answer was taken back, or sent back by a reviewer"
    ITEM_DONE = "item.done", "An item got the last answer that it wants"
    ITEM_REVIEWED = "item.reviewed", "A reviewer accepted, corrected or sent back an answer"
    IMPORT_FINISHED = "import.finished", "An import stored items"
    ROUND_FINISHED = "round.finished", "A round of learning finished"
    ROUND_FAILED = "round.failed", "A round of learning failed"


class Webhook(models.Model):
    """An address to which a project's events are sent, and how that went last."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=2000, help_text="http:// or https://; it may itself be a secret.")
    events = ArrayField(models.CharField(max_length=30), help_text="Values of WebhookEvent.")
    secret = models.CharField(max_length=200, blank=True, help_text="Signs what is sent; never shown again.")
    active = models.BooleanField(default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    positions = models.JSONField(
        default=dict, editable=False, help_text="Of each source of events the last row that was looked at."
    )
    delivered_at = models.DateTimeField(null=True, editable=False, help_text="When something was last received.")
    failed_at = models.DateTimeField(null=True, editable=False)
    error = models.CharField(
        max_length=300, blank=True, editable=False, help_text="Why the last attempt failed; empty when it did not."
    )
    switched_off = models.CharField(
        max_length=400,
        blank=True,
        editable=False,
        help_text="Why it was switched off after failures.",
    )

    def __str__(self) -> str:
        return f"webhook {self.pk}"

    @property
    def has_secret(self) -> bool:
        return bool(self.secret)

    @property
    def waiting(self) -> "WebhookDelivery | None":
        """What was not received yet."""
        return getattr(self, "delivery", None)


class WebhookDelivery(models.Model):
    """Events on their way to a webhook: stored before they are sent, deleted when they were received."""

    webhook = models.OneToOneField(Webhook, on_delete=models.CASCADE, primary_key=True, related_name="delivery")
    key = models.UUIDField(default=uuid.uuid4, help_text="The same at every attempt, so that receivers know it again.")
    names = ArrayField(models.CharField(max_length=30), help_text="The events in it, each name once.")
    events = models.TextField(help_text="A JSON array.")
    created_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now, help_text="No attempt is made before.")

    class Meta:
        verbose_name_plural = "webhook deliveries"

    def __str__(self) -> str:
        return f"{self.key} to webhook {self.webhook_id}"
