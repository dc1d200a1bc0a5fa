"""The page that says how frequent each label is in the whole project."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.requests import person
from annotate_kit.formats.writers import csv as spreadsheet
from learner.evaluation import estimates as learned
from learner.evaluation.estimates import Slice
from projects.access import project_for
from projects.models import Role

COLUMNS = ["column", "value", "label", "share", "low", "high", "classical_low", "classical_high", "n_random", "n_items"]


@login_required
@require_GET
def estimates(request: HttpRequest, project_id: int) -> HttpResponse:
    """The share of each label with its interval; with `?by=`, for each value of a meta column as well."""
    project = project_for(request.user, project_id, Role.REVIEWER)
    column = request.GET.get("by", "")[:200]
    context = {
        "project": project,
        "role": project.role_of(person(request)),
        "result": learned.of(project, column),
        "columns": learned.columns(project),
        "column": column,
    }
    return render(request, "learner/estimates.html", context)


@login_required
@require_GET
def download(request: HttpRequest, project_id: int) -> HttpResponse:
    """The same as a table; its header alone while there are no estimates."""
    project = project_for(request.user, project_id, Role.REVIEWER)
    column = request.GET.get("by", "")[:200]
    result = learned.of(project, column)
    parts = ([result.whole] if result.whole else []) + result.slices
    table = spreadsheet.write((row for part in parts for row in _rows(column, part)), COLUMNS)
    headers = {"Content-Disposition": f'attachment; filename="project-{project.pk}-shares.csv"'}
    return HttpResponse(b"".join(table), content_type=spreadsheet.content_type, headers=headers)


def _rows(column: str, part: Slice) -> Iterator[dict[str, Any]]:
    for share in part.shares:
        yield {
            "column": "" if part.value is None else column,
            "value": part.value,
            "label": share.label,
            "share": round(share.estimate.share, 5),
            "low": round(share.estimate.low, 5),
            "high": round(share.estimate.high, 5),
            "classical_low": round(share.classical.low, 5),
            "classical_high": round(share.classical.high, 5),
            "n_random": part.n_random,
            "n_items": part.n_items,
        }
