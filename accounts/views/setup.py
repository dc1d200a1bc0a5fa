"""The first run: whoever started the server makes the first account, and is its administrator."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import first_run
from accounts.forms import NewAccountForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponseBase:
    if not first_run.is_needed():
        return redirect("home")
    if not first_run.fits(request.GET.get("key", "")):
        return render(request, "account/setup.html", status=403)
    form = NewAccountForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/setup.html", {"form": form})
    try:
        user = first_run.make_administrator(form)
    except first_run.Done:
        return redirect("home")
    messages.success(request, "You are the administrator. Make a project, and invite people to it.")
    return perform_login(request, user, email_verification="none", redirect_url="/")
