"""A project as people name it on the command line."""

from projects.models import Project


def project_named(name: str) -> Project:
    """The project with this number, or else of this name. LookupError lists the known ones."""
    projects = Project.objects.filter(pk=name) if name.isdecimal() else Project.objects.none()
    projects = projects or Project.objects.filter(name=name)
    if len(projects) == 1:
        return projects[0]
    existing = ", ".join(f"{project.pk} ({project})" for project in Project.objects.order_by("pk")[:20]) or "none yet"
    if projects:
        raise LookupError(f"several projects are named {name!r}; take the number: {existing}")
    raise LookupError(f"there is no project {name!r}; there are: {existing}")
