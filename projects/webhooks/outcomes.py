"""What becomes of a delivery: received, tried again after a pause, or given up after a day."""

from datetime import timedelta

from django.utils import timezone

from core.postgres.transactions import atomic
from projects.models import Webhook, WebhookDelivery
from projects.webhooks import history
from projects.webhooks.sending import Attempt

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480, 480)]
"""After each failed attempt but the last: some 23 hours in all."""


@atomic
def store(delivery: WebhookDelivery, attempt: Attempt) -> None:
    """Store how an attempt went. Nothing happens to a webhook that was removed meanwhile."""
    if attempt.received:
        Webhook.objects.filter(pk=delivery.webhook_id).update(delivered_at=timezone.now(), error="", failed_at=None)
        WebhookDelivery.objects.filter(pk=delivery.pk, key=delivery.key).delete()
        return
    Webhook.objects.filter(pk=delivery.webhook_id).update(failed_at=timezone.now(), error=attempt.error[:300])
    same = WebhookDelivery.objects.filter(pk=delivery.pk, key=delivery.key, attempts=delivery.attempts)
    if delivery.attempts < len(PAUSES):
        same.update(attempts=delivery.attempts + 1, next_at=timezone.now() + PAUSES[delivery.attempts])
    elif same.update(attempts=delivery.attempts + 1):
        _switch_off(delivery.webhook, f"{delivery.attempts + 1} attempts within a day failed. {attempt.error}")


def _switch_off(webhook: Webhook, reason: str) -> None:
    """What waits stays, and is sent when somebody switches the webhook on again."""
    Webhook.objects.filter(pk=webhook.pk).update(active=False, switched_off=reason[:400])
    history.note(webhook, None, "webhook switched off", reason=reason)
