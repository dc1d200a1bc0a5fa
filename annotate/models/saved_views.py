"""Lists of items that a team comes back to."""

from django.conf import settings
from django.db import models

from projects.models import Project


class SavedView(models.Model):
    """A list of items under a name. `query` is that of its address, `?` included: filters, sorting and columns."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="saved_views", db_index=False)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="saved_view_once_a_name")]

    def __str__(self) -> str:
        return self.name
