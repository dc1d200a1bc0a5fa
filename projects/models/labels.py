"""What an item can be: the labels of a project, and what they were called before."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from core.palette import color_at
from projects.models.projects import Project


class Label(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    color = models.CharField(
        max_length=7, blank=True, validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "A colour is # and six hex digits.")]
    )
    hotkey = models.CharField(
        max_length=1, blank=True, validators=[RegexValidator(r"^[0-9a-z]$", "A key is one digit or one small letter.")]
    )
    description = models.CharField(max_length=300, blank=True, help_text="When to choose it, with an example.")
    parent = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        help_text="A label of the same project, under which this one stands on the labelling screen.",
    )

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="label_name_once_a_project"),
            models.UniqueConstraint(
                fields=["project", "hotkey"], condition=~Q(hotkey=""), name="label_hotkey_once_a_project"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_color(self) -> str:
        """Its own colour, else one by its place that colour-blind people can tell from its neighbours'."""
        return self.color or color_at(self.position)


class LabelRename(models.Model):
    """A label had another name before this version of the label set. By these rows answers that come late are read."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="label_renames", db_index=False)
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="renames")
    version = models.PositiveIntegerField()
    before = models.CharField(max_length=100)
    after = models.CharField(max_length=100)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["project", "version"], name="label_rename_by_version")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after} ({self.version})"
