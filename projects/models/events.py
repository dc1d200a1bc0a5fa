"""Who changed what of a project, and when."""

from django.conf import settings
from django.db import models

from projects.models.projects import Project


class Event(models.Model):
    """Who changed what of the set-up, and when. Rows are added and never changed."""

    project = models.ForeignKey(Project, on_delete=models.SET_NULL, null=True, related_name="events")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    act = models.CharField(max_length=50)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="event_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor}: {self.act}"
