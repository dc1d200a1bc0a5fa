"""The SQL functions of `queue.sql`, installed at the end of each `migrate` in the version of this code."""

from pathlib import Path
from typing import Any

from django.apps.registry import Apps
from django.db import connections, transaction
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from core.postgres.locks import lock_until_commit

_FILE = Path(__file__).with_name("queue.sql")


@receiver(post_migrate)
def install(sender: Any, using: str, apps: Apps, **migrated: Any) -> None:
    """Replace the functions, unless the tables that they work on were migrated away."""
    if sender.name == "annotate" and _has_tables(apps):
        with transaction.atomic(using), connections[using].cursor() as cursor:
            lock_until_commit(
                cursor, "annotate.queue.functions"
            )  # PostgreSQL refuses to replace a function twice at once
            cursor.execute(_FILE.read_text(encoding="utf-8"))


def _has_tables(apps: Apps) -> bool:
    return ("annotate", "assignment") in {
        (model._meta.app_label, model._meta.model_name) for model in apps.get_models()
    }
