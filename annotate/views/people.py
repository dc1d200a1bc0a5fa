"""Who takes part and how well it goes: everybody in a table, and each person on a page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from accounts import mail
from accounts.login import passwords
from accounts.models import User
from accounts.requests import person as signed_in
from accounts.requests import whole_number
from annotate import consensus, pseudonyms
from annotate.consensus import machine_votes
from annotate.models import Annotation
from annotate.statistics import annotators, attention, progress, same_errors
from annotate.templatetags.answers import palette
from core import charts
from projects import invitations, members
from projects.access import project_for
from projects.forms.invite import InviteForm, JoinLinkForm
from projects.invitations import mailing
from projects.models import Invitation, Membership, Project, Role

DAYS = 28
SLIPS = 20
MOST_MEMBERS = 50  # people in the table, unless all are asked for
MOST_LABELS = 30  # in a picture of a confusion matrix


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def everybody(request: HttpRequest, project_id: int) -> HttpResponse:
    if request.method == "POST":
        return _change(request, project_for(request.user, project_id, Role.MANAGER))
    return _everybody(request, project_for(request.user, project_id, Role.REVIEWER))


def _everybody(request: HttpRequest, project: Project, **more: Any) -> HttpResponse:
    rows = annotators.annotators(project)
    memberships = list(project.memberships.of_people().select_related("user").order_by("user__username"))
    me, verified = signed_in(request), attention.of_people(project)
    pseudonyms.hide(project, me, [row.user for row in rows] + [row.user for row in verified])
    if pseudonyms.hide(project, me, [membership.user for membership in memberships]):
        memberships.sort(key=lambda membership: membership.user.username)
    here = {membership.user_id for membership in memberships}
    by_user = {row.user.pk: row for row in rows}
    pairs = sorted(
        ((membership, by_user.get(membership.user_id)) for membership in memberships),
        key=lambda pair: -(pair[1].annotations if pair[1] else 0),
    )
    role = project.role_of(me)
    context = {
        "project": project,
        "role": role,
        "count": len(pairs),
        "members": pairs if "all" in request.GET else pairs[:MOST_MEMBERS],
        "more": 0 if "all" in request.GET else max(0, len(pairs) - MOST_MEMBERS),
        "attention": verified,
        "machines": machine_votes.machines(project),
        "most_a_day": max((votes for row in rows for votes in row.week), default=0),
        "former": [row for row in rows if row.user.pk not in here],
        "roles": Role.of_people(),
        "run": consensus.last_run(project),
        "has_gold": any(row.gold_seen for row in rows),
        "has_agreement": any(row.agreement for row in rows),
        **(_for_managers(request, project) if role == Role.MANAGER else {}),
        **more,
    }
    return render(request, "annotate/people.html", context)


def _for_managers(request: HttpRequest, project: Project) -> dict[str, Any]:
    """Who is invited, and whose accounts the manager may disable."""
    pending = project.invitations.unused().select_related("by").order_by("-pk")
    in_care = members.accounts_managed_by(signed_in(request)).filter(memberships__project=project)
    pairs = same_errors.pairs(project)
    pseudonyms.hide(project, signed_in(request), [user for pair in pairs for user in (pair.first, pair.second)])
    return {
        "same_errors": pairs,
        "invitations": [(row, request.build_absolute_uri(invitations.path(row))) for row in pending],
        "in_care": set(in_care.values_list("pk", flat=True)),
        "sends_mail": mail.is_sent(),
        "invite_form": InviteForm() if "invite" in request.GET else None,
        "link_form": JoinLinkForm() if "invite" in request.GET else None,
    }


@login_required
def person(request: HttpRequest, project_id: int, username: str) -> HttpResponse:
    """One person's work."""
    project = project_for(request.user, project_id, Role.REVIEWER)
    who = pseudonyms.find(project, signed_in(request), username, pseudonyms.everybody_in(project))
    if who is None:
        raise Http404("Nobody of this name takes part here.")
    annotator = next(iter(annotators.annotators(project, who)), None)
    membership = project.memberships.filter(user=who).first()
    confusion = annotators.confusion(project, who)
    days = progress.per_day(project, DAYS, who)
    slips = _slips(project, who)
    verified = next(iter(attention.of_people(project, who)), None)
    pseudonyms.hide(project, signed_in(request), [who, membership.user if membership else None])
    context: dict[str, Any] = {
        "project": project,
        "role": project.role_of(signed_in(request)),
        "who": who,
        "annotator": annotator,
        "attention": verified,
        "membership": membership,
        "days": charts.days(days),
        "active": any(count for _, count in days),
        "mistakes": confusion.mistakes(),
        "confusion": charts.confusion(confusion.counts, confusion.labels)
        if confusion.total and len(confusion.labels) <= MOST_LABELS
        else None,
        "slips": slips,
        "palette": palette(project),
    }
    return render(request, "annotate/people_one.html", context)


def _slips(project: Project, who: User) -> list[Annotation]:
    """The newest answers that are not what was agreed."""
    of_several = consensus.fresh(project, wait=False).filter(votes__gt=1)
    differ = Annotation.objects.filter(project=project, annotator=who, item__consensus__in=of_several)
    newest = differ.select_related("item__consensus").order_by("-created_at")[:500]
    return [answer for answer in newest if answer.value != answer.item.consensus.of_people][:SLIPS]


def _change(request: HttpRequest, project: Project) -> HttpResponse:
    """Bring people in, change what they may, or end their part; and say what was done."""
    action = ACTIONS.get(request.POST.get("act", ""))
    try:
        if action is None:
            raise ValueError(f"There is no such act; there are {', '.join(ACTIONS)}.")
        done = action(request, project)
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("people", project.pk)
    if isinstance(done, HttpResponse):
        return done
    messages.success(request, done)
    return redirect("people", project.pk)


def _invite(request: HttpRequest, project: Project) -> HttpResponse | str:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _everybody(request, project, invite_form=form, link_form=JoinLinkForm())
    outcome = invitations.bring(
        project,
        signed_in(request),
        form.cleaned_data["people"],
        form.cleaned_data["role"],
        form.cleaned_data["lifetime"],
        form.cleaned_data["practice"],
    )
    mailed = mailing.send_all(outcome.invited, request)
    return _summary(outcome, mailed)


def _summary(outcome: invitations.Outcome, mailed: int) -> str:
    sentences = []
    if outcome.added:
        sentences.append(f"{_listed([membership.user.username for membership in outcome.added])} takes part now.")
    if links := len(outcome.invited) - mailed:
        sentences.append(f"{links} link{'s' if links > 1 else ''} to copy below, under Invitations.")
    if mailed:
        sentences.append(f"{mailed} invitation{'s were' if mailed > 1 else ' was'} mailed.")
    if outcome.members:
        sentences.append(f"{_listed(outcome.members)}: a member already.")
    return " ".join(sentences)


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _share(request: HttpRequest, project: Project) -> HttpResponse | str:
    form = JoinLinkForm(request.POST)
    if not form.is_valid():
        return _everybody(request, project, invite_form=InviteForm(), link_form=form)
    invitations.invite(project, signed_in(request), **form.cleaned_data)
    return "The link is below, under Invitations: whoever opens it may join."


def _renew(request: HttpRequest, project: Project) -> str:
    invitation = invitations.renew(_invitation(request, project), signed_in(request))
    mailed = mailing.send(invitation, request)
    return "The new link was mailed." if mailed else "There is a new link; the old one works no longer."


def _withdraw(request: HttpRequest, project: Project) -> str:
    invitations.withdraw(_invitation(request, project), signed_in(request))
    return "The invitation is withdrawn: its link lets nobody in any more."


def _change_role(request: HttpRequest, project: Project) -> str:
    membership, role = _membership(request, project), _role(request)
    members.change_role(membership, role, by=signed_in(request))
    return f"{membership.user.username} is {role} now."


def _remove(request: HttpRequest, project: Project) -> str:
    membership = _membership(request, project)
    members.remove(membership, by=signed_in(request))
    return f"{membership.user.username} takes no part any more. The answers stay."


def _disable(request: HttpRequest, project: Project) -> str:
    user = _membership(request, project).user
    members.set_active(project, user, False, by=signed_in(request))
    return f"The account of {user.username} is disabled; what they had leased is open again."


def _enable(request: HttpRequest, project: Project) -> str:
    user = _membership(request, project).user
    members.set_active(project, user, True, by=signed_in(request))
    return f"The account of {user.username} is enabled again."


def _reset(request: HttpRequest, project: Project) -> HttpResponse:
    """Show a link for a new password, this once."""
    user = _membership(request, project).user
    members.note_reset(project, user, by=signed_in(request))
    response = _everybody(request, project, reset_for=user, reset_link=passwords.reset_link(request, user))
    add_never_cache_headers(response)
    return response


ACTIONS: dict[str, Callable[[HttpRequest, Project], HttpResponse | str]] = {
    "invite": _invite,
    "share": _share,
    "renew": _renew,
    "withdraw": _withdraw,
    "role": _change_role,
    "remove": _remove,
    "disable": _disable,
    "enable": _enable,
    "reset": _reset,
}


def _invitation(request: HttpRequest, project: Project) -> Invitation:
    invitation = project.invitations.filter(pk=whole_number(request.POST.get("invitation", ""))).first()
    if invitation is None:
        raise ValueError("This invitation was used or withdrawn meanwhile.")
    return invitation


def _membership(request: HttpRequest, project: Project) -> Membership:
    memberships = project.memberships.of_people().select_related("user", "project")
    membership = memberships.filter(user__username=request.POST.get("username", "").replace("\0", "")).first()
    if membership is None:
        raise ValueError("This person takes no part in the project any more.")
    return membership


def _role(request: HttpRequest) -> Role:
    try:
        return Role(request.POST.get("role", Role.ANNOTATOR))
    except ValueError:
        raise ValueError(f"There is no such role; there are {', '.join(Role)}.") from None
