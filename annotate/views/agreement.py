"""How far people agree, on what they do not, and who with whom."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.requests import person
from annotate import pseudonyms
from annotate.statistics import agreement as agreeing
from annotate.statistics import systems
from annotate.templatetags.answers import palette
from core import charts
from projects.access import project_for
from projects.models import Role


@login_required
def agreement(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.REVIEWER)
    report = agreeing.report(project)
    pseudonyms.hide(project, person(request), report.everyone_named())
    names = [annotator.username for annotator in report.people]
    context = {
        "project": project,
        "role": project.role_of(person(request)),
        "report": report,
        "meaning": agreeing.meaning(report.whole),
        "matrix": charts.pairs(report.pairwise, report.overlap, names, report.pair_symbol)
        if len(report.people) > 1
        else None,
        "palette": palette(project),
        "systems": systems.compared(project),
    }
    return render(request, "annotate/agreement.html", context)
