"""The one way from a request to a project: a membership with the needed role; else 404, on pages 403 to members."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.models import User
from projects.models import Project, ProjectQuerySet, Role

NO_PROJECTS = "Only staff make projects on this site. Ask an administrator to make one and to let you manage it."


def may_make_projects(user: User | AnonymousUser) -> bool:
    """By the setting PROJECTS_BY: everyone who has an account, or staff only."""
    if settings.PROJECTS_BY == "staff":
        return user.is_staff or user.is_superuser
    return user.is_authenticated


class RoleNeeded(Http404):
    """A member's role is too small for this. REST answers 404, pages say for whom they are; see `middleware`."""

    def __init__(self, project: Project, role: Role) -> None:
        super().__init__("There is no such project, or you have no part in it.")
        self.project, self.role = project, role


def project_for(user: User | AnonymousUser, project_id: int, role: Role = Role.ANNOTATOR) -> Project:
    """The project, if this person has at least this role in it; else Http404, so outsiders don't learn of it.

    Who has a lesser role knows of it already: for them it is RoleNeeded.
    """
    project = projects_of(user, role).filter(pk=project_id).first()
    if project is None:
        if role != Role.ANNOTATOR and (known := projects_of(user).filter(pk=project_id).first()):
            raise RoleNeeded(known, role)
        raise Http404("There is no such project, or you have no part in it.")
    return project


def projects_of(user: User | AnonymousUser, role: Role = Role.ANNOTATOR) -> ProjectQuerySet:
    """The projects in which this person has at least this role."""
    if not isinstance(user, User):
        return Project.objects.none()
    return Project.objects.of(user, role)
