"""A project as people name it on the command line."""

from projects.models import Project


def project_named(named: str) -> Project:
    """The project with this number, or else of this name. LookupError lists the known ones."""
    found = Project.objects.filter(pk=named) if named.isdecimal() else Project.objects.none()
    found = found or Project.objects.filter(name=named)
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{project.pk} ({project})" for project in Project.objects.order_by("pk")[:20]) or "none yet"
    if found:
        raise LookupError(f"several projects are named {named!r}; take the number: {known}")
    raise LookupError(f"there is no project {named!r}; there are: {known}")
