"""Links by which people become members."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from projects.models.projects import Project
from projects.models.roles import Role


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def unused(self) -> Self:
        """Those by which somebody could still join, were they not expired."""
        return self.filter(used__lt=F("uses"))


class Invitation(models.Model):
    """A link by which people become members: one person, or as many as `uses` says."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    addressee = models.CharField(
        max_length=254, blank=True, help_text="An e-mail address or a name; empty for a link that anybody may use."
    )
    role = models.CharField(max_length=10, choices=Role, default=Role.ANNOTATOR)
    uses = models.PositiveIntegerField(default=1, help_text="How many people may join by it.")
    used = models.PositiveIntegerField(default=0)
    practice = models.BooleanField(
        default=False, help_text="Who joins begins with items whose right answer is known, and sees it after each."
    )
    version = models.PositiveIntegerField(default=1, help_text="A new link has the next number; the old one ends.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used__lte=F("uses")), name="invitation_used_at_most_as_often_as_meant")
        ]

    def __str__(self) -> str:
        return f"{self.addressee or 'anybody'} ({self.role})"

    @property
    def ended(self) -> str:
        """Why nobody can join by it any more; empty while somebody can."""
        if self.used >= self.uses:
            return "This invitation has been used."
        if self.expires_at <= timezone.now():
            return "This invitation has expired."
        return ""
