"""What is labelled."""

from collections.abc import Sequence
from typing import Any, Self

from django.db import models
from django.db.models import Q

from projects import itemtypes
from projects.models import Project
from projects.tasktypes import Content


def in_order(record: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """A record with its fields in this order, which JSON in the database does not keep; any others come last."""
    return {name: record[name] for name in fields if name in record} | record


class Item(models.Model):
    """What is labelled: a text, an image or a record. `digest` tells whether a re-import changes it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="items", db_index=False)
    external_id = models.CharField(max_length=200)
    text = models.TextField(null=True, blank=True)  # noqa: DJ001  exactly one of three is not null
    image = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  a name in the storage
    width = models.PositiveIntegerField(null=True, blank=True, help_text="Of the picture, in pixels after rotation.")
    height = models.PositiveIntegerField(null=True, blank=True)
    data = models.JSONField(null=True, blank=True)
    fields = models.JSONField(null=True, blank=True, help_text="The fields of `data` in the order of the file.")
    meta = models.JSONField(default=dict, blank=True)
    gold = models.JSONField(null=True, blank=True, help_text="The known right value; never shown to annotators.")
    digest = models.BinaryField(max_length=16, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "external_id"], name="item_external_id_once_a_project"),
            models.CheckConstraint(
                condition=Q(text__isnull=False, image__isnull=True, data__isnull=True)
                | Q(text__isnull=True, image__isnull=False, data__isnull=True)
                | Q(text__isnull=True, image__isnull=True, data__isnull=False),
                name="item_is_text_or_image_or_data",
            ),
        ]
        indexes = [models.Index(fields=["project", "id"], name="item_project_id")]

    def __str__(self) -> str:
        return self.external_id

    @classmethod
    def from_db(cls, *args: Any, **options: Any) -> Self:
        """Fields of records in the order of the file, where both are loaded."""
        item = super().from_db(*args, **options)
        data, fields = item.__dict__.get("data"), item.__dict__.get("fields")
        if isinstance(data, dict) and fields:
            item.data = in_order(data, fields)
        return item

    @property
    def content(self) -> Content:
        """What it shows, as task types look at it."""
        size = (self.width, self.height) if self.width and self.height else None
        return Content(lambda: (self.text, size, self.data))

    @property
    def kind(self) -> str:
        """The key of its item type."""
        return itemtypes.shown_by(self).name
