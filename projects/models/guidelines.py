"""What the guidelines of a project said from which day on."""

from django.conf import settings
from django.db import models

from projects.models.projects import Project


class GuidelinesVersion(models.Model):
    """What the guidelines said from some day on; the newest is what they say now. Rows are added and never changed."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guidelines_versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="guidelines_number_once_a_project")]

    def __str__(self) -> str:
        return f"version {self.number}"
