"""My account: who I am, how I label, and the tokens of my programs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.forms import ProfileForm, TokenForm
from accounts.requests import person


@login_required
def account(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("account-settings")
    if form.errors:
        person(request).refresh_from_db()  # the header shows who I am, not what I tried
    return _page(request, form, TokenForm())


@login_required
@require_POST
@never_cache
def issue_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show its secret, this once: it is in this answer and nowhere else."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, ProfileForm(instance=request.user), form)
    token, secret = form.issue(person(request))
    return _page(request, ProfileForm(instance=request.user), TokenForm(), token=token, secret=secret)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(person(request).api_tokens, pk=token_id)
    token.delete()
    messages.success(request, f"The token {token} works no more.")
    return redirect("account-settings")


def _page(request: HttpRequest, form: ProfileForm, token_form: TokenForm, **context: object) -> HttpResponse:
    tokens = person(request).api_tokens.order_by("-id")
    return render(
        request, "account/account.html", {"form": form, "token_form": token_form, "tokens": tokens, **context}
    )
