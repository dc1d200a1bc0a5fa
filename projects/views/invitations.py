"""Joining a project by the link of an invitation: with a new account, or with the one that one has."""

from allauth.account.utils import perform_login
from allauth.core.internal.ratelimit import get_ip
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import attempts
from accounts.attempts import Limit
from accounts.forms import NewAccountForm
from accounts.models import User
from accounts.requests import person
from core.postgres.transactions import atomic
from projects import invitations
from projects.models import Invitation, Membership, Role

MOST_TRIES = 20  # to make an account from one address, in a few minutes


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    invitation = invitations.find(token)
    if invitation is None:
        return _ended(request, "This link was withdrawn, or it is not complete.", status=404)
    if request.user.is_authenticated:
        return _join_signed_in(request, invitation)
    if invitation.ended:
        return _ended(request, invitation.ended, status=410)
    return _join_with_new_account(request, invitation)


def _join_signed_in(request: HttpRequest, invitation: Invitation) -> HttpResponseBase:
    if invitation.project.memberships.filter(user=person(request)).exists():
        return redirect(invitation.project)
    if invitation.ended:
        return _ended(request, invitation.ended, status=410)
    if request.method != "POST":
        return render(request, "projects/join.html", {"invitation": invitation})
    try:
        membership = invitations.accept(invitation, person(request))
    except invitations.Ended as error:
        return _ended(request, str(error), status=410)
    messages.success(request, _welcome(membership))
    return redirect(_first_page(membership))


def _join_with_new_account(request: HttpRequest, invitation: Invitation) -> HttpResponseBase:
    form = NewAccountForm(request.POST or None, addressee=invitation.addressee)
    if request.method != "POST":
        return _form(request, invitation, form)
    try:
        tries = attempts.begin([Limit(f"join {get_ip(request)}", MOST_TRIES)])
    except attempts.TooMany:
        return render(request, "429.html", status=429)
    if not form.is_valid():
        return _form(request, invitation, form)
    try:
        membership = _make_member(form, invitation)
    except invitations.Ended as error:
        return _ended(request, str(error), status=410)
    except IntegrityError:
        form.add_error("username", "Somebody took this name a moment ago; choose another.")
        return _form(request, invitation, form)
    attempts.take_back(tries)
    messages.success(request, _welcome(membership))
    return perform_login(request, membership.user, email_verification="none", redirect_url=_first_page(membership))


@atomic
def _make_member(form: NewAccountForm, invitation: Invitation) -> Membership:
    """The account and the membership, both or none."""
    user: User = form.save()
    return invitations.accept(invitation, user)


def _first_page(membership: Membership) -> str:
    page = membership.project.get_absolute_url()
    return f"{page}label/" if membership.role == Role.ANNOTATOR else page


def _welcome(membership: Membership) -> str:
    return f"Welcome to “{membership.project}”. You take part as {membership.get_role_display().lower()}."


def _form(request: HttpRequest, invitation: Invitation, form: NewAccountForm) -> HttpResponse:
    return render(request, "projects/join.html", {"invitation": invitation, "form": form})


def _ended(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    return render(request, "projects/join_ended.html", {"reason": reason}, status=status)
