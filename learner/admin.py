"""Rounds in the admin, and the act that starts one."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.requests import person
from learner import rounds
from learner.models import Round
from projects.admin import ProjectAdmin, ProjectFilter, ReadOnlyAdmin
from projects.models import Project


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    list_display = [
        "id", "project", "status", "trigger", "asked_by", "attempt", "n_labels", "score", "cv_score", "created_at",
        "finished_at",
    ]  # fmt: skip
    list_filter = [ProjectFilter, "status", "trigger"]
    list_select_related = ["project", "asked_by"]


@admin.action(description="Retrain now")
def retrain(model_admin: Any, request: HttpRequest, queryset: QuerySet[Project]) -> None:
    for project in queryset:
        queued = rounds.ask(project, Round.Trigger.CLICK, person(request))
        messages.success(request, f"{project}: round {queued.pk} is {queued.get_status_display().lower()}.")


ProjectAdmin.actions += [retrain]
