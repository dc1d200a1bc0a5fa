"""Who takes part and how well it goes: everybody in a table, and each person on a page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from annotate import consensus
from annotate.models import Annotation
from annotate.statistics import annotators, progress
from annotate.templatetags.answers import palette
from annotate.views.label_form import person as signed_in
from core import charts
from projects import members
from projects.access import project_for
from projects.models import Membership, Project, Role

DAYS = 28
SLIPS = 20
SHOWN = 50  # people in the table, unless all are asked for
MOST_LABELS = 30  # in a picture of a confusion matrix


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def everybody(request: HttpRequest, project_id: int) -> HttpResponse:
    if request.method == "POST":
        return _change(request, project_for(request.user, project_id, Role.MANAGER))
    project = project_for(request.user, project_id, Role.REVIEWER)
    found = annotators.annotators(project)
    memberships = list(project.memberships.select_related("user").order_by("user__username"))
    here = {membership.user_id for membership in memberships}
    known = {one.user.pk: one for one in found}
    pairs = sorted(
        ((membership, known.get(membership.user_id)) for membership in memberships),
        key=lambda pair: -(pair[1].annotations if pair[1] else 0),
    )
    context = {
        "project": project,
        "role": project.role_of(signed_in(request)),
        "members": pairs if "all" in request.GET else pairs[:SHOWN],
        "more": 0 if "all" in request.GET else max(0, len(pairs) - SHOWN),
        "gone": [one for one in found if one.user.pk not in here],
        "roles": Role.choices,
        "run": consensus.last_run(project),
        "has_gold": any(one.gold_seen for one in found),
        "has_agreement": any(one.agreement for one in found),
    }
    return render(request, "annotate/people.html", context)


@login_required
def person(request: HttpRequest, project_id: int, username: str) -> HttpResponse:
    """One person's work."""
    project = project_for(request.user, project_id, Role.REVIEWER)
    who = get_object_or_404(User, username=username)
    one = next(iter(annotators.annotators(project, who)), None)
    membership = project.memberships.filter(user=who).first()
    if one is None and membership is None:
        raise Http404("Nobody of this name takes part here.")
    confusion = annotators.confusion(project, who)
    days = progress.per_day(project, DAYS, who)
    context: dict[str, Any] = {
        "project": project,
        "role": project.role_of(signed_in(request)),
        "who": who,
        "one": one,
        "membership": membership,
        "days": charts.days(days),
        "active": any(count for _, count in days),
        "mistakes": confusion.mistakes(),
        "confusion": charts.confusion(confusion.counts, confusion.labels)
        if confusion.total and len(confusion.labels) <= MOST_LABELS
        else None,
        "slips": _slips(project, who),
        "palette": palette(project),
    }
    return render(request, "annotate/people_one.html", context)


def _slips(project: Project, who: User) -> list[Annotation]:
    """The newest answers that are not what was agreed."""
    differ = Annotation.objects.filter(project=project, annotator=who, item__consensus__votes__gt=1)
    newest = differ.select_related("item__consensus").order_by("-created_at")[:500]
    return [answer for answer in newest if answer.value != answer.item.consensus.value][:SLIPS]


def _change(request: HttpRequest, project: Project) -> HttpResponse:
    """Add, change or remove a member, and say what was done."""
    act = ACTS.get(request.POST.get("act", ""))
    try:
        if act is None:
            raise ValueError(f"There is no such act; there are {', '.join(ACTS)}.")
        messages.success(request, act(request, project))
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("people", project.pk)


def _add(request: HttpRequest, project: Project) -> str:
    name = request.POST.get("username", "").strip().replace("\0", "")
    user = User.objects.filter(username=name, is_active=True).first()
    user = user or User.objects.filter(email__iexact=name, is_active=True).exclude(email="").first()
    if user is None:
        raise ValueError(f"Nobody has an account called “{name}”." if name else "Whom? Give a user name.")
    role = _role(request)
    members.add(project, user, role, by=signed_in(request))
    return f"{user.username} takes part now, as {role}."


def _change_role(request: HttpRequest, project: Project) -> str:
    membership, role = _membership(request, project), _role(request)
    members.change_role(membership, role, by=signed_in(request))
    return f"{membership.user.username} is {role} now."


def _remove(request: HttpRequest, project: Project) -> str:
    membership = _membership(request, project)
    members.remove(membership, by=signed_in(request))
    return f"{membership.user.username} takes no part any more. The answers stay."


ACTS = {"add": _add, "role": _change_role, "remove": _remove}


def _membership(request: HttpRequest, project: Project) -> Membership:
    named = project.memberships.select_related("user", "project")
    membership = named.filter(user__username=request.POST.get("username", "").replace("\0", "")).first()
    if membership is None:
        raise ValueError("This person takes no part in the project any more.")
    return membership


def _role(request: HttpRequest) -> Role:
    try:
        return Role(request.POST.get("role", Role.ANNOTATOR))
    except ValueError:
        raise ValueError(f"There is no such role; there are {', '.join(Role)}.") from None
