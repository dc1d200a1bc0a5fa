"""Verifying items of one predicted label by the page: a form that works without JavaScript; a script makes it quick."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import person, whole_number
from annotate.api import pages as shapes
from annotate.models import Annotation, Page
from annotate.pages import accepting, offers, opening
from annotate.queue.remaining import answered_today
from projects import guidelines, itemtypes, label_sets
from projects.access import project_for
from projects.hotkeys import for_scripts
from projects.models import Label, Project

SIZES = (12, 24, 48)
CROSSED = "crossed"  # in the form: the label is wrong; LABEL and a name: it is this one
LABEL = "label:"
STATIC = Path(__file__).parents[2] / "static"
# The script's parts, so that a browser asks for all of them at once.
MODULES = [
    "annotate/keys.js",
    *(f"annotate/labelling/{name}.js" for name in ("api", "outbox", "render", "sender")),
    *sorted(str(file.relative_to(STATIC)) for file in STATIC.glob("annotate/verify/*.js")),
]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id)
    if request.method == "POST":
        return _perform(request, project)
    return render(request, "annotate/verify.html", _context(request, project))


def _context(request: HttpRequest, project: Project) -> dict[str, Any]:
    me, labels = person(request), list(project.labels.all())
    page = _page(request, project, me)
    offered = offers.offered(project, me)
    shape = page and shapes.shape(page)
    color = next((label.shown_color for label in labels if page and label.pk == page.label_id), "")
    return {
        "project": project,
        "page": shape,
        "color": color,
        "tiles": _tiles(page, labels) if page else [],
        "offers": offered,
        "guidelines": guidelines.render(project.guidelines),
        "sizes": SIZES,
        "size": len(shape["tiles"]) if shape else project.page_tiles,
        "today": _verified_today(project, me),
        "can_undo": bool(page and _last_accepted(project, me)),
        "modules": MODULES,
        "bootstrap": {
            "project": project.pk,
            "person": me.pk,
            "labels_version": project.label_set.version,
            "labels": for_scripts(labels),
            "lease_seconds": project.lease_minutes * 60,
            "single_keys": me.single_key_shortcuts,
            "size": _size(request),
            "offers": [{"label": offer.label, "items": offer.items} for offer in offered],
            "page": shape,
        },
    }


def _page(request: HttpRequest, project: Project, me: User) -> Page | None:
    """The unfinished page where it is what is asked for, else a new one."""
    label, size = request.GET.get("label", ""), _size(request)
    label = label if label in project.label_names else ""
    page = opening.current(project, me)
    if page and label in ("", page.label.name) and size in (None, page.tiles.count()):
        return page
    if page:
        opening.release(page)
    return opening.open_page(project, me, label, size) or opening.open_page(project, me, "", size)


def _size(request: HttpRequest) -> int | None:
    text = request.GET.get("tiles", "")
    return int(text) if text in map(str, SIZES) else None


def _tiles(page: Page, labels: list[Label]) -> list[dict[str, Any]]:
    """As the template shows them, each with what can be said of it."""
    names = [label.name for label in labels]
    shown = []
    for tile in opening.tiles_of(page):
        name, item_type, content = itemtypes.shown_by(tile.item)
        item = {"id": tile.item_id, "template": f"annotate/items/{name}.html", **item_type.shown(content)}
        shown.append({"tile": tile, "item": item, "others": [name for name in names if name != page.label.name]})
    return shown


def _verified_today(project: Project, me: User) -> int:
    return answered_today(project, me).filter(origin=Annotation.Origin.PAGE).count()


def _last_accepted(project: Project, me: User) -> Page | None:
    accepted = project.pages.filter(annotator=me, status=Page.Status.ACCEPTED)
    return accepted.order_by("-finished_at").first()


def _perform(request: HttpRequest, project: Project) -> HttpResponse:
    """Accept the page or take the last one back, and show the next."""
    me = person(request)
    try:
        if request.POST.get("act") == "undo":
            _undo(project, me)
        else:
            _accept(request, project, me)
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("verify", project.pk)


def _undo(project: Project, me: User) -> None:
    page = _last_accepted(project, me)
    if page is None:
        raise ValueError("There is no page to take back.")
    accepting.undo(page)


def _accept(request: HttpRequest, project: Project, me: User) -> None:
    page = Page.objects.filter(project=project, annotator=me, pk=whole_number(request.POST.get("page", ""))).first()
    if page is None:
        raise Http404("There is no such page of yours.")
    outcome = accepting.accept(page, _marks(request), version=label_sets.version_in(request.POST))
    if outcome.status == Page.Status.ACCEPTED:
        messages.success(request, f"{outcome.stored} items are verified.")
    elif outcome.known_wrong is not None:
        messages.error(
            request,
            f"Nothing of that page was stored: you accepted tile {outcome.known_wrong + 1}, which is known to be "
            "wrong. Its items went back to the queue.",
        )


def _marks(request: HttpRequest) -> dict[int, str | None]:
    marks: dict[int, str | None] = {}
    for name, value in request.POST.items():
        place = name.removeprefix("tile-")
        if place != name and place.isdecimal() and len(place) < 4 and value:
            marks[int(place)] = None if value == CROSSED else str(value).removeprefix(LABEL)
    return marks
