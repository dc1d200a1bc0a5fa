"""The menu beside a project's name, which leads to the other projects."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.requests import person
from projects.access import projects_of

MOST = 15  # projects in the menu; the page of all of them has the rest


@login_required
def menu(request: HttpRequest) -> HttpResponse:
    """The newest projects, by name."""
    newest = projects_of(person(request)).order_by("-pk")[:MOST]
    return render(request, "projects/menu.html", {"projects": sorted(newest, key=lambda project: project.name.lower())})
