"""The items of a project: found by words, state, label and person; and each on a page of its own."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import person, whole_number
from annotate import acceptance, consensus, pseudonyms
from annotate.items import deleted, history, search, sorting
from annotate.models import Acceptance, Annotation, Deletion, Item, Review, Skill, annotators_of
from annotate.queue.done import item_is_done
from annotate.templatetags.answers import palette
from annotate.views.items import item_columns, item_views
from annotate.views.items.item_views import View
from annotate.views.items.items_query import ItemsQuery
from annotate.views.review import decisions
from projects.access import project_for
from projects.models import Project, Role


@login_required
def items(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.REVIEWER)
    me = person(request)
    role, query = project.role_of(me), ItemsQuery(project, request.GET, me)
    page, too_slow = _page(project, query)
    views = item_views.views(project, query, me, item_views.AT_ONCE)
    current = next((view for view in views if view.is_current), None)
    context = {
        "project": project,
        "role": role,
        "page": page,
        "too_slow": too_slow,
        "views": views,
        "count_later": any(view.count is None for view in views),
        "current": current,
        "total": _total(project, query, page, current),
        "of": views[0].count,
        "sort": query.sort,
        "form_data": query.form_data,
        "narrowed": bool(query.conditions.sql),
        "query": query.address(),
        "first": query.address() if query.after else "",
        "next": query.address(after=page.after) if page.after else "",
        "columns": query.columns,
        "heads": query.heads(),
        "chips": query.chips(),
        "single_keys": me.single_key_shortcuts,
        "all_columns": item_columns.choices(project),
        "members": _members(project) if role == Role.MANAGER else [],
        "restorable": _restorable(project, request) if role == Role.MANAGER else None,
        "accepted": _accepted(project, me, request),
        "states": search.STATES.items(),
        "annotators": _annotators(project, me),
        "palette": palette(project),
    }
    item_columns.load(project, page.items, query.columns)
    leases = [lease for row in page.items for lease in getattr(row, "leases", [])]
    pseudonyms.hide(project, me, [lease.annotator for lease in leases])
    return render(request, "annotate/items.html", context)


def _page(project: Project, query: ItemsQuery) -> tuple[search.SearchPage, bool]:
    """The page, and whether there were too many items to sort them."""
    agreed = consensus.items(project, wait=False)
    if query.sort:
        try:
            return sorting.find_sorted(project, agreed, query.conditions, query.sort, query.after), False
        except sorting.TooSlow:
            return search.find_name_first(project, agreed, query.conditions), True
    counted = sorting.find_counted(project, agreed, query.conditions, query.after) if query.conditions.words else None
    if counted:
        return counted, False
    return search.find_name_first(project, agreed, query.conditions, query.after), False


def _total(project: Project, query: ItemsQuery, page: search.SearchPage, current: View | None) -> int | None:
    """How many items match; None when counting them takes long, as it did where words came without it."""
    if not page.items:
        return 0
    if current and current.count is not None:
        return current.count
    return page.total if query.conditions.words else sorting.count(project, query.conditions)


def _annotators(project: Project, me: User) -> list[User]:
    """By whose answers the list can be filtered, by the names that this person sees."""
    people = list(annotators_of(project))
    pseudonyms.hide(project, me, people)
    return sorted(people, key=lambda user: user.username)


def _members(project: Project) -> QuerySet[User]:
    """To whom items can be assigned."""
    return User.objects.filter(memberships__project=project, is_active=True).order_by("username")


def _restorable(project: Project, request: HttpRequest) -> Deletion | None:
    """What was just deleted, while it can be restored."""
    try:
        return deleted.restorable(project, whole_number(request.GET.get("deletion", "")))
    except deleted.NotRestorable:
        return None


def _accepted(project: Project, me: User, request: HttpRequest) -> Acceptance | None:
    """What this person just accepted in one step, while it can be undone."""
    acceptance_id = whole_number(request.GET.get("acceptance", ""))
    return acceptance.undoable(project, me, acceptance_id) if acceptance_id else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, item_id: int) -> HttpResponse:
    """What is known of an item. Annotators see what it shows and what they said themselves."""
    shown_item = get_object_or_404(Item.objects.select_related("project"), pk=item_id)
    me, project = person(request), project_for(request.user, shown_item.project_id)
    if request.method == "POST":
        return _perform(request, shown_item, project.role_of(me) in Role.REVIEWER.at_least)
    return render(request, "annotate/item.html", _about(shown_item, project, me))


@login_required
def drawer(request: HttpRequest, item_id: int) -> HttpResponse:
    """What is known of an item, to stand beside the list of all."""
    shown_item = get_object_or_404(Item.objects.select_related("project"), pk=item_id)
    me, project = person(request), project_for(request.user, shown_item.project_id, Role.REVIEWER)
    context = _about(shown_item, project, me)
    skills = dict(Skill.objects.filter(project=project).values_list("annotator_id", "skill"))
    votes = [(answer, skills.get(answer.annotator_id)) for answer, *_ in context["annotations"]]
    context |= {"votes": votes, "has_choices": item_columns.has_choices(project)}
    return render(request, "annotate/item_drawer.html", context)


def _about(shown_item: Item, project: Project, me: User) -> dict[str, Any]:
    """What this person may see of an item."""
    role = project.role_of(me)
    reviews = role in Role.REVIEWER.at_least
    context: dict[str, Any] = {
        "project": project,
        "role": role,
        "reviews": reviews,
        "name": shown_item.external_id if reviews or not project.hide_external_ids else f"Item {shown_item.pk}",
        "item": _with_state(consensus.items(project, wait=False)).get(pk=shown_item.pk),
        "annotations": _annotations(shown_item, None if reviews else me),
        "comments": list(shown_item.comments.select_related("author").order_by("created_at")),
        "flags": list(shown_item.flags.select_related("raised_by").order_by("created_at")),
        "flagged": shown_item.flags.filter(raised_by=me).exists(),
        "palette": palette(project),
    }
    if reviews:
        context |= {
            "suggestions": shown_item.suggestions.order_by("-created_at"),
            "history": history.of(shown_item),
            "neighbours": _neighbours(shown_item),
        }
        pseudonyms.hide(project, me, _people_of(context))
    return context


def _people_of(context: dict[str, Any]) -> Iterator[User | None]:
    """Everybody whom the page of an item names."""
    for answer, decision, _ in context["annotations"]:
        yield from (answer.annotator, decision and decision.reviewer)
    for entry in context["history"]:
        yield from (entry.by, entry.of)
    yield from (comment.author for comment in context["comments"])
    yield from (flag.raised_by for flag in context["flags"])


def _with_state(items: QuerySet[Item]) -> QuerySet[Item]:
    return items.select_related("queueentry").annotate(is_done=item_is_done())


def _annotations(item: Item, of: User | None) -> list[tuple[Annotation, Review | None, list[int]]]:
    """The answers, each with its newest review and the ids that a form about it names; `of` one person, or all."""
    rows: QuerySet[Annotation] = item.annotations.select_related("annotator").order_by("created_at", "id")
    by_annotator = {review.annotator_id: review for review in item.reviews.select_related("reviewer").order_by("id")}
    return [
        (answer, by_annotator.get(answer.annotator_id), [answer.pk])
        for answer in (rows.filter(annotator=of) if of else rows)
    ]


def _neighbours(item: Item) -> dict[str, int | None]:
    near = Item.objects.filter(project=item.project_id).values_list("pk", flat=True)
    return {
        "before": near.filter(pk__lt=item.pk).order_by("-pk").first(),
        "after": near.filter(pk__gt=item.pk).order_by("pk").first(),
    }


def _perform(request: HttpRequest, item: Item, reviews: bool) -> HttpResponse:
    """A comment or a flag by anybody, a decision by a reviewer; then the page again."""
    action = request.POST.get("act", "")
    if action == "comment":
        _comment(request, item)
    elif action == "flag":
        flag, raised = item.flags.get_or_create(raised_by=person(request))
        if not raised:
            flag.delete()
    elif not reviews:
        raise Http404("Only reviewers may do that.")
    else:
        decisions.give(request, item)
    return redirect("item", item.pk)


def _comment(request: HttpRequest, item: Item) -> None:
    text = request.POST.get("text", "").strip().replace("\0", "")[:2000]
    if text:
        item.comments.create(author=person(request), text=text)
    else:
        messages.error(request, "The comment is empty.")
