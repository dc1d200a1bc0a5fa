"""What a member of a project may do."""

from django.db import models


class Role(models.TextChoices):
    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    MANAGER = "manager"

    @property
    def at_least(self) -> list["Role"]:
        """The roles that may do all that this one may."""
        return list(Role)[list(Role).index(self) :]
