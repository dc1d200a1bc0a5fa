"""The codes of an authenticator app: each opens once, and none before it."""

import time
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

LAST_PERIOD = "last_period"  # of the authenticator's data: no code of this period or an earlier one opens again


@transaction.atomic
def use(authenticator: Authenticator) -> bool:
    """Spend the code of the present period; False when it was spent already."""
    if authenticator.type != Authenticator.Type.TOTP:
        return True
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    period = int(time.time()) // app_settings.TOTP_PERIOD
    if row.data.get(LAST_PERIOD, 0) >= period:
        return False
    row.data[LAST_PERIOD] = period
    row.save(update_fields=["data"])
    return True


@receiver(post_save, sender=Authenticator)
def spend_the_code_of_the_activation(sender: object, instance: Authenticator, created: bool, **_: Any) -> None:
    if created:
        use(instance)
