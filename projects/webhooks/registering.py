"""Adding, changing and removing webhooks. Each change leaves an event in the history."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from core.postgres.transactions import atomic
from projects.access import project_for
from projects.models import Project, Role, Webhook, WebhookDelivery
from projects.signals import webhook_subscribed
from projects.webhooks import addresses, history

MOST_WEBHOOKS = 20  # of a project


class TooManyWebhooks(ValueError):
    """A project has so many webhooks that it gets no more."""

    def __init__(self) -> None:
        super().__init__(f"A project has at most {MOST_WEBHOOKS} webhooks. Remove one that is no longer needed.")


def managed(user: User | AnonymousUser, project_id: int, webhook_id: int) -> Webhook:
    """A webhook of a project that this person manages. Http404 where there is none."""
    webhooks = project_for(user, project_id, Role.MANAGER).webhooks.select_related("project", "by", "delivery")
    webhook = webhooks.filter(pk=webhook_id).first()
    if webhook is None:
        raise Http404("There is no such webhook.")
    return webhook


def add(project: Project, by: User, url: str, events: Sequence[str], secret: str = "", active: bool = True) -> Webhook:
    """Send these events of a project to an address from now on. Refused says what is wrong with the address."""
    addresses.check(url)  # before anything is locked: it may ask a name service
    return _add(project, by, url, _in_order(events), secret, active)


@atomic
def _add(project: Project, by: User, url: str, events: list[str], secret: str, active: bool) -> Webhook:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # so that two do not pass the limit at once
    if project.webhooks.count() >= MOST_WEBHOOKS:
        raise TooManyWebhooks
    webhook = Webhook.objects.create(project=project, by=by, url=url, events=events, secret=secret, active=active)
    webhook_subscribed.send(Webhook, webhook=webhook)
    history.note(webhook, by, "webhook added", events=events, active=active)
    return webhook


def change(webhook: Webhook, by: User, fields: Mapping[str, Any]) -> list[str]:
    """Change the address, events, secret, or whether it is active; returns the names of what is different now.

    What waits to be sent goes to the new address, at once. One that was switched off goes on where it stopped.
    """
    if fields.get("url", webhook.url) != webhook.url:
        addresses.check(fields["url"])
    if "events" in fields:
        fields = {**fields, "events": _in_order(fields["events"])}
    changed = _change(webhook, by, fields)
    webhook.refresh_from_db()
    return changed


@atomic
def _change(webhook: Webhook, by: User, fields: Mapping[str, Any]) -> list[str]:
    stored = Webhook.objects.select_for_update().get(pk=webhook.pk)
    changed = {name: (getattr(stored, name), new) for name, new in fields.items() if getattr(stored, name) != new}
    for name in changed:
        setattr(stored, name, fields[name])
    if changed:
        stored.error, stored.failed_at, stored.switched_off = "", None, ""
        stored.save(update_fields=[*changed, "error", "failed_at", "switched_off"])
        WebhookDelivery.objects.filter(webhook=stored).update(attempts=0, next_at=timezone.now())
        history.note(stored, by, "webhook changed", **_shown(changed))
    if "events" in changed:
        webhook_subscribed.send(Webhook, webhook=stored)
    return list(changed)


@atomic
def remove(webhook: Webhook, by: User) -> None:
    """Send nothing more; what waits is dropped."""
    history.note(webhook, by, "webhook removed")
    webhook.delete()


def _in_order(events: Sequence[str]) -> list[str]:
    return sorted(set(events))


def _shown(changed: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Of the changes what the history may show: of addresses the host, of secrets that there is another."""
    shown: dict[str, Any] = {name: values for name, values in changed.items() if name in ("events", "active")}
    if "url" in changed:
        shown["host"] = [history.host(url) for url in changed["url"]]
    if "secret" in changed:
        shown["secret"] = "changed" if changed["secret"][1] else "removed"
    return shown
