"""Items, leases, answers and imports in the admin: to look at, to search, and to take leases back."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotate.models import Annotation, AnnotationChange, Assignment, Consensus, Import, Item
from annotate.queue import leasing
from projects.admin import ProjectAdmin, ProjectFilter, ReadOnlyAdmin
from projects.models import Project


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = ["external_id", "project", "kind", "created_at", "page"]
    list_filter = [ProjectFilter]
    list_select_related = ["project"]
    search_fields = ["external_id__exact"]
    search_help_text = "The whole external id: it is found at once among millions."
    fields = ["project", "external_id", "text", "image", "data", "meta", "gold", "created_at", "page"]
    readonly_fields = ["page"]

    @admin.display(description="Its page")
    def page(self, item: Item) -> SafeString:
        return format_html('<a href="/items/{}/">with its answers</a>', item.pk)


@admin.action(description="Release the leases: others may have these items now")
def release_leases(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Assignment]) -> None:
    released = leasing.release_all(queryset.filter(status=Assignment.Status.LEASED))
    messages.success(request, f"{released} lease{'s' if released != 1 else ''} released.")


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ["item", "annotator", "project", "status", "leased_at", "expires_at", "reason"]
    list_filter = [ProjectFilter, "status"]
    list_select_related = ["item", "annotator", "project"]
    search_fields = ["item__external_id__exact", "annotator__username__exact"]
    actions = [release_leases]


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    """What was said, with its history; it is changed on the page Review, where that leaves a trace."""

    list_display = ["item", "annotator", "project", "value", "seconds", "created_at", "updated_at"]
    list_filter = [ProjectFilter]
    list_select_related = ["item", "annotator", "project"]
    search_fields = ["item__external_id__exact", "annotator__username__exact"]
    fields = [
        "project", "item", "annotator", "value", "seconds", "suggestion_shown", "client_key",
        "created_at", "updated_at", "history",
    ]  # fmt: skip
    readonly_fields = ["history"]

    @admin.display(description="Former values")
    def history(self, annotation: Annotation) -> SafeString:
        changes = AnnotationChange.objects.filter(item=annotation.item_id, annotator=annotation.annotator_id)
        return format_html_join(
            "",
            "<p>{} {}: {}, by {}</p>",
            (
                (f"{change.at:%Y-%m-%d %H:%M}", change.get_act_display(), change.value, change.by or "the annotator")
                for change in changes.select_related("by").order_by("-id")
            ),
        )


@admin.register(Consensus)
class ConsensusAdmin(ReadOnlyAdmin):
    list_display = ["item", "project", "value", "votes", "method", "updated_at"]
    list_filter = [ProjectFilter]
    list_select_related = ["item", "project"]
    search_fields = ["item__external_id__exact"]


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ["name", "project", "by", "status", "created", "updated", "rejected_count", "created_at"]
    list_filter = [ProjectFilter, "status"]
    list_select_related = ["project", "by"]


@admin.action(description="Release all leases")
def release_all_leases(model_admin: Any, request: HttpRequest, queryset: QuerySet[Project]) -> None:
    release_leases(model_admin, request, Assignment.objects.filter(project__in=queryset))


@admin.action(description="Import items")
def import_items(model_admin: Any, request: HttpRequest, queryset: QuerySet[Project]) -> HttpResponse | None:
    if len(projects := list(queryset[:2])) == 1:
        return redirect("import", projects[0].pk)
    messages.error(request, "Choose one project: a file goes into one at a time.")
    return None


ProjectAdmin.actions += [import_items, release_all_leases]
