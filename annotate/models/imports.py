"""Files that come in, and items that are deleted."""

from django.conf import settings
from django.db import models

from projects.models import Project


class Import(models.Model):
    """One file on its way in, and what became of its rows."""

    class Status(models.TextChoices):
        CHOOSING = "choosing", "Columns to be chosen"
        QUEUED = "queued"
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=255)
    reader = models.CharField(max_length=20)
    stored_as = models.CharField(
        max_length=200, blank=True, help_text="The uploaded file in the storage until it is read."
    )
    folders_are_labels = models.BooleanField(default=False)
    create_annotators = models.BooleanField(default=False)
    columns = models.JSONField(null=True, help_text="[name, role] of each column, chosen or guessed.")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began to read it.")
    bytes_total = models.BigIntegerField(default=0)
    bytes_read = models.BigIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    annotators_created = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=list, help_text="The first thousand rejected rows: row, external_id, error.")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.status})"

    @property
    def share(self) -> float:
        """How much of the file is read, 0 to 1."""
        return min(1.0, self.bytes_read / self.bytes_total) if self.bytes_total else 0.0


class Deletion(models.Model):
    """Items that were deleted together, and can be restored for a minute; see `annotate/items/deleted.py`."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="deletions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    items = models.PositiveIntegerField()
    annotations = models.PositiveIntegerField()
    labels_version = models.PositiveIntegerField(help_text="By whose names the values are that were deleted.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.items} items of {self.project_id}"


class DeletedRows(models.Model):
    """Rows of a table, as they were when their items were deleted."""

    deletion = models.ForeignKey(Deletion, on_delete=models.CASCADE, related_name="rows")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    table = models.CharField(max_length=63)
    rows = models.TextField(help_text="A JSON array of rows: the value of each column by its name.")

    def __str__(self) -> str:
        return f"{self.table} of {self.deletion_id}"
