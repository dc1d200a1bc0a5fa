"""What becomes of items and leases when a project ends or somebody leaves it."""

from django.apps import apps
from django.db import transaction

from accounts.models import User
from annotate import leasing
from annotate.models import Item
from projects.models import Project


@transaction.atomic
def clear(project: Project) -> None:
    """Delete all that is kept here of a project, table by table: Django would load each row of a million first."""
    items = Item.objects.filter(project=project)
    tables = [model for model in apps.get_app_config("annotate").get_models() if model is not Item]
    for model in tables:
        names = {field.name for field in model._meta.get_fields()}
        rows = model._default_manager.filter(**({"project": project} if "project" in names else {"item__in": items}))
        rows._raw_delete(rows.db)
    items._raw_delete(items.db)


def give_back(project: Project, user: User) -> int:
    """Release all that this person has leased; returns how many items those were."""
    return leasing.release_all(project.assignments.live().filter(annotator=user))
