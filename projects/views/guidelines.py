"""The guidelines as they are, and what they were before; for every member."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.requests import person
from projects import guidelines
from projects.access import project_for
from projects.models import GuidelinesVersion


@login_required
def show(request: HttpRequest, project_id: int) -> HttpResponse:
    """The newest version, or the one that `?version=` names, beside the one before it or `?before=`."""
    project = project_for(request.user, project_id)
    versions = list(project.guidelines_versions.select_related("by"))
    version = _chosen(versions, request.GET.get("version", ""), versions[0] if versions else None)
    earlier = [other for other in versions if version and other.number < version.number]
    before = _chosen(versions, request.GET.get("before", ""), earlier[0] if earlier else None)
    guidelines.mark_read(project, person(request))
    context = {
        "project": project,
        "role": project.role_of(person(request)),
        "versions": versions,
        "version": version,
        "before": before,
        "text": guidelines.render(version.text if version else project.guidelines),
        "changes": guidelines.compare(before.text, version.text) if version and before else [],
    }
    return render(request, "projects/guidelines.html", context)


def _chosen(
    versions: list[GuidelinesVersion], number: str, default: GuidelinesVersion | None
) -> GuidelinesVersion | None:
    if not number:
        return default
    for version in versions:
        if str(version.number) == number:
            return version
    raise Http404("The guidelines have no such version.")
