"""The webhooks of a project: a page for each, beside their list on the page of the settings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.attempts import TooMany
from accounts.requests import person
from projects.access import project_for
from projects.forms.webhooks import WebhookForm
from projects.models import Project, Role, Webhook
from projects.webhooks import registering, testing
from projects.webhooks.addresses import Refused


@login_required
def add(request: HttpRequest, project_id: int) -> HttpResponse:
    project = project_for(request.user, project_id, Role.MANAGER)
    form = WebhookForm(request.POST or None)
    if form.is_valid():
        try:
            webhook = registering.add(project, person(request), **form.cleaned_data)
        except registering.TooManyWebhooks as error:
            form.add_error(None, str(error))
        except Refused as error:
            form.add_error("url", str(error))
        else:
            messages.success(request, "The webhook is added. Send a test event to see whether it arrives.")
            return redirect("webhook", project.pk, webhook.pk)
    return _page(request, project, form)


@login_required
def edit(request: HttpRequest, project_id: int, webhook_id: int) -> HttpResponse:
    webhook = registering.managed(request.user, project_id, webhook_id)
    form = WebhookForm(request.POST or None, webhook)
    if form.is_valid():
        try:
            changed = registering.change(webhook, person(request), form.cleaned_data)
        except Refused as error:
            form.add_error("url", str(error))
        else:
            messages.success(request, "The webhook is saved." if changed else "Nothing was changed.")
            return redirect("webhook", webhook.project_id, webhook.pk)
    return _page(request, webhook.project, form, webhook)


@login_required
@require_POST
def test(request: HttpRequest, project_id: int, webhook_id: int) -> HttpResponse:
    """Send a test event, and say how that went."""
    webhook = registering.managed(request.user, project_id, webhook_id)
    try:
        attempt = testing.test(webhook, person(request))
    except TooMany:
        messages.error(request, testing.TOO_MANY)
    else:
        if attempt.received:
            messages.success(request, f"The test event was received: {attempt.status} after {attempt.seconds:.1f} s.")
        else:
            messages.error(request, f"The test event was not received. {attempt.error}")
    return redirect("webhook", webhook.project_id, webhook.pk)


@login_required
@require_POST
def remove(request: HttpRequest, project_id: int, webhook_id: int) -> HttpResponse:
    registering.remove(registering.managed(request.user, project_id, webhook_id), person(request))
    messages.success(request, "The webhook is removed.")
    return redirect("settings", project_id)


def _page(request: HttpRequest, project: Project, form: WebhookForm, webhook: Webhook | None = None) -> HttpResponse:
    context = {"project": project, "role": Role.MANAGER, "form": form, "webhook": webhook}
    return render(request, "projects/webhook.html", context)
