"""What the history of a project says of its webhooks: hosts, and never whole addresses, which may be secrets."""

from typing import Any

from accounts.models import User
from projects.models import Event, Webhook
from projects.webhooks import addresses


def note(webhook: Webhook, by: User | None, action: str, **data: Any) -> None:
    data = {"webhook": webhook.pk, "host": host(webhook.url), **data}
    Event.objects.create(project_id=webhook.project_id, actor=by, act=action, data=data)


def host(url: str) -> str:
    return addresses.split(url).netloc
