"""The map of the items, and the items of a region of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.requests import person, whole_number
from annotate import consensus
from annotate.items import search
from annotate.models import Item
from annotate.queue.done import item_is_done
from annotate.templatetags.answers import UNKNOWN, palette
from core.charts import scatter
from learner import item_map
from learner.item_map import Cell, ItemMap, Region
from learner.views import chosen_items
from learner.views.chosen_items import SHOWN, numbers
from projects.access import project_for
from projects.models import Project, Role


@dataclass(frozen=True)
class MapQuery:
    """What the address asks for: a region, its open items alone, those after an id; and the cells of one label."""

    region: Region | None
    only_open: bool = False
    after: int = 0
    label: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "MapQuery":
        region = Region.parse(query.get("cell", ""), whole_number(query.get("around", "")))
        after = whole_number(query.get("after", ""))
        return cls(region, query.get("state") == "open", after, query.get("label", "")[:100])

    def address(self, **changes: Any) -> str:
        """The same with these `changes`, from the first item of the region on unless `after` is among them."""
        region = changes.pop("region", self.region)
        values: dict[str, Any] = {"label": self.label, "state": "open" if self.only_open else ""} | changes
        if region is not None:
            values |= {"cell": f"{region.row}-{region.column}", "around": region.around or ""}
        return f"?{urlencode({name: value for name, value in values.items() if value})}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, project_id: int) -> HttpResponse:
    """The map, and the items of the region `?cell=`; a POST says what to do with chosen ones of these."""
    if request.method == "POST":
        return _perform(request, project_for(request.user, project_id, Role.MANAGER))
    project = project_for(request.user, project_id, Role.REVIEWER)
    query, whole = MapQuery.of(request.GET), item_map.of(project)
    colors = palette(project)
    context = {
        "project": project,
        "role": project.role_of(person(request)),
        "map": whole,
        "drawing": scatter.draw(whole.rows, whole.columns, list(_marks(whole, query, colors))),
        "legend": [(name, colors.get(name, UNKNOWN), query.address(label=name)) for name in _shown_labels(whole)],
        "label": query.label,
        "all_labels": query.address(label=""),
        "region": query.region,
        **(_of_region(project, query, query.region) if query.region else {}),
    }
    return render(request, "learner/item_map.html", context)


def _marks(whole: ItemMap, query: MapQuery, colors: dict[str, str]) -> Iterator[scatter.Mark]:
    for cell in whole.cells:
        here = Region(cell.row, cell.column, query.region.around if query.region else 0)
        yield scatter.Mark(
            row=cell.row,
            column=cell.column,
            count=cell.items,
            fill=colors.get(cell.label or "", UNKNOWN),
            is_hollow=not cell.answered,
            is_pale=bool(query.label) and cell.label != query.label,
            is_chosen=query.region is not None and query.region.holds(cell.row, cell.column),
            text=_in_words(cell),
            address=query.address(region=here),
        )


def _in_words(cell: Cell) -> str:
    items = f"{cell.items:,} item{'' if cell.items == 1 else 's'}"
    label = f", {cell.share:.0%} {cell.label}" if cell.label else ", no label yet"
    return f"{items}{label}, {cell.answered:,} answered"


def _shown_labels(whole: ItemMap) -> list[str]:
    """The labels that some cell is coloured by."""
    drawn = {cell.label for cell in whole.cells}
    return [name for name in whole.labels if name in drawn]


def _of_region(project: Project, query: MapQuery, region: Region) -> dict[str, Any]:
    """The items of a region in the order of import, a page of them, and the ways to others."""
    ids = item_map.items_in(project, region).tolist()
    items = Item.objects.filter(project=project, pk__in=ids)
    if query.only_open:
        items = items.annotate(is_done=item_is_done()).filter(is_done=False)
    page = list(items.filter(pk__gt=query.after).order_by("pk").values_list("pk", flat=True)[: SHOWN + 1])
    shown = search.load(consensus.items(project, wait=False), page[:SHOWN])
    wider, narrower = region.around < item_map.FURTHEST, region.around > 0
    return {
        "total": items.count(),
        "shown": [(item, None) for item in shown],
        "only_open": query.only_open,
        "query": query.address(after=query.after),
        "other_query": MapQuery(region, not query.only_open, label=query.label).address(),
        "wider": query.address(region=Region(region.row, region.column, region.around + 1)) if wider else "",
        "narrower": query.address(region=Region(region.row, region.column, region.around - 1)) if narrower else "",
        "following": query.address(after=page[SHOWN - 1]) if len(page) > SHOWN else "",
    }


def _perform(request: HttpRequest, project: Project) -> HttpResponse:
    ids, action = numbers(request.POST.getlist("ids")), request.POST.get("action", "")
    if chosen_items.perform(request, project, action, ids):
        return redirect("label", project.pk)
    query = MapQuery.of(QueryDict(request.POST.get("query", "").lstrip("?")))
    return redirect(reverse("items-map", args=[project.pk]) + query.address(after=query.after))
