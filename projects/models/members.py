"""Who takes part in a project."""

from typing import Self

from django.conf import settings
from django.db import models

from projects.models.projects import Project
from projects.models.roles import Role


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_people(self) -> Self:
        return self.exclude(role=Role.MACHINE)


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.ANNOTATOR)
    guidelines_read = models.PositiveIntegerField(
        null=True, editable=False, help_text="The newest version of the guidelines that they were shown."
    )
    practice_left = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="So many items whose right answer is known come first."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="membership_once_a_project")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
