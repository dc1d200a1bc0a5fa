"""Projects in the admin: superusers see all of them, other staff those that they manage.

No permission rows are needed for that: to be staff and a manager is enough. The other apps' admins build on
`ManagedAdmin`, and add their acts to `ProjectAdmin.actions`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet, BaseModelForm, CharField, ModelForm
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.requests import person
from projects import members, setup
from projects.access import may_make_projects
from projects.forms import SETTING_GROUPS, SettingsForm
from projects.labels import groups
from projects.labels.checks import check_labels
from projects.labels.replacing import labels_in_use
from projects.labels.rows import LabelRow
from projects.models import Event, Label, Membership, Project, ProjectQuerySet, Role, Webhook

MOST_COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Counts no further than MOST_COUNTED rows: who looks for one among a million searches, and need not wait."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows[:MOST_COUNTED].count()


def managed_by(request: HttpRequest) -> ProjectQuerySet:
    """The projects that this member of the staff sees in the admin."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff:
        return Project.objects.none()
    return Project.objects.of(user, Role.MANAGER)


def managed_ids(request: HttpRequest) -> list[int]:
    """Their ids: the database finds the newest of a million rows sooner by a list than by a join. Once a request."""
    cache = vars(request)
    if "managed_ids" not in cache:
        cache["managed_ids"] = list(managed_by(request).values_list("pk", flat=True))
    return list(cache["managed_ids"])


def manages_any(request: HttpRequest) -> bool:
    """Whether there is a project for this person at all."""
    return bool(request.user.is_superuser or managed_ids(request))


class ProjectFilter(admin.SimpleListFilter):
    """By project, naming only those that one manages."""

    title = "project"
    parameter_name = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return list(managed_by(request).order_by("name").values_list("pk", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return queryset.filter(**{self.parameter_name: value}) if value and value.isdecimal() else queryset


class ManagedAdmin(admin.ModelAdmin):
    """Rows that belong to a project: seen, and changed, by those who manage it."""

    project_path = "project"
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(**{f"{self.project_path}__in": managed_ids(request)})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return manages_any(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._manages(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return manages_any(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._manages(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._manages(request, obj)

    def _manages(self, request: HttpRequest, obj: Model | None) -> bool:
        """An object's own answer comes from the rows that this person sees."""
        if obj is None or obj.pk is None or not manages_any(request):
            return manages_any(request)
        return bool(request.user.is_superuser) or self.get_queryset(request).filter(pk=obj.pk).exists()


class ReadOnlyAdmin(ManagedAdmin):
    """What other code made, and is only looked at here."""

    actions: Sequence[Callable[..., Any] | str] | None = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class InlineOfManaged(admin.TabularInline):
    """Whoever may see the project may see and change its inlines."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return manages_any(request)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return manages_any(request)


class LabelFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        removed = {form.instance.name for form in self.deleted_forms}
        if used := sorted(removed & labels_in_use(self.instance) if removed and self.instance.pk else ()):
            raise ValidationError(f"“{used[0]}” is the answer to some items and can't be removed; rename it instead.")
        try:
            names = {label.pk: label.name for label in self.instance.labels.all()} if self.instance.pk else {}
            check_labels(self.instance.task_type, groups.follow(self.rows, names))
        except ValueError as error:
            raise ValidationError(str(error)) from error

    @property
    def rows(self) -> list[LabelRow]:
        """The label set as filled in, by position."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data and form not in self.deleted_forms]
        return [
            LabelRow(
                name=row["name"],
                color=row["color"],
                hotkey=row["hotkey"],
                description=row["description"],
                parent=row["parent_name"],
                id=row["id"].pk if row["id"] else None,
            )
            for row in sorted(rows, key=lambda row: row["position"] or 0)
        ]


class LabelRowForm(ModelForm):
    """A label whose parent is named: it may be one that is added by the same form."""

    parent_name = CharField(max_length=100, required=False, label="Parent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.parent:
            self.initial["parent_name"] = self.instance.parent.name


class LabelInline(InlineOfManaged):
    model = Label
    form = LabelRowForm
    formset = LabelFormSet
    fields = ["position", "name", "hotkey", "color", "description", "parent_name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("parent")


class MembershipFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors) or not self.instance.pk:
            return
        staying = [form for form in self.forms if form not in self.deleted_forms]
        if not any(form.cleaned_data["role"] == Role.MANAGER for form in staying):
            raise ValidationError("Somebody must manage the project.")


class InlineOfPeople(InlineOfManaged):
    """Members that are people. Machines are added and removed on the page People."""

    model = Membership

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).exclude(role=Role.MACHINE)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role":
            kwargs["choices"] = Role.of_people()
        return super().formfield_for_choice_field(db_field, request, **kwargs)


class MembershipInline(InlineOfPeople):
    """Those who take part: another role, or out. No choice of people per row, which would cost a query each."""

    formset = MembershipFormSet
    fields = ["user", "role"]
    readonly_fields = ["user"]
    verbose_name_plural = "members"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("user").order_by("pk")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class NewMembershipInline(InlineOfPeople):
    """Somebody new: of the accounts that one may see here. Others are invited on the page People."""

    fields = ["user", "role"]
    autocomplete_fields = ["user"]
    verbose_name_plural = "new members"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = self.admin_site.get_model_admin(User).get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).none()


class ProjectForm(SettingsForm):
    """Without the settings of the task type, which hang on it: the page *Settings* has them."""

    with_options = False


@admin.register(Project)
class ProjectAdmin(ManagedAdmin):
    project_path = "pk"
    form = ProjectForm
    fieldsets = [(title, {"fields": (*fields,), "description": about}) for title, about, fields in SETTING_GROUPS]
    inlines = [LabelInline, MembershipInline, NewMembershipInline]
    list_display = ["name", "task_type", "votes_wanted", "learning", "created_at", "pages"]
    list_filter = ["task_type", "learning"]
    search_fields = ["name"]
    actions: list[Any] = []

    @admin.display(description="Go to")
    def pages(self, project: Project) -> SafeString:
        return format_html(
            '<a href="{0}">Overview</a> · <a href="{0}import/">Import</a> · <a href="{0}rounds/">Rounds</a>',
            project.get_absolute_url(),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may_make_projects(request.user)

    def save_model(self, request: HttpRequest, obj: Project, form: ModelForm, change: bool) -> None:
        by = person(request)
        if change:
            fields = {name: form.cleaned_data[name] for name in form.changed_data}
            setup.change(Project.objects.get(pk=obj.pk), by, fields)
        else:
            obj.save()
            Event.objects.create(project=obj, actor=by, act="created", data={"name": obj.name})

    def save_formset(self, request: HttpRequest, form: BaseModelForm, formset: Any, change: bool) -> None:
        formset.save(commit=False)  # so that the log knows what changed
        if formset.model is Label and formset.has_changed():
            setup.set_labels(form.instance, person(request), formset.rows)
        if formset.model is Membership:
            _save_members(formset, person(request))

    def save_related(self, request: HttpRequest, form: BaseModelForm, formsets: Any, change: bool) -> None:
        """Whoever makes a project manages it."""
        super().save_related(request, form, formsets, change)
        project = form.instance
        if not change and not project.memberships.filter(role=Role.MANAGER).exists():
            project.memberships.update_or_create(user=person(request), defaults={"role": Role.MANAGER})

    def delete_model(self, request: HttpRequest, obj: Project) -> None:
        setup.delete(obj, person(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for project in queryset:
            setup.delete(project, person(request))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[str], dict[str, int], set[str], list]:
        """Names what goes without loading it: there may be a million items."""
        names = [f"Project: {project}, with all its items, annotations and rounds" for project in objs]
        return names, {"projects": len(names)}, set(), []


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "project", "actor", "act", "data"]
    list_filter = [ProjectFilter, "act"]
    list_select_related = ["project", "actor"]


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """To be looked at; they are set up on the page Settings, which sends a test."""

    list_display = ["project", "url", "active", "delivered_at", "failed_at", "error", "switched_off"]
    list_filter = [ProjectFilter, "active"]
    list_select_related = ["project"]
    fields = [
        "project",
        "url",
        "events",
        "has_secret",
        "active",
        "by",
        "created_at",
        "delivered_at",
        "failed_at",
        "error",
        "switched_off",
    ]


def _save_members(formset: Any, by: User) -> None:
    for membership in formset.deleted_objects:
        members.remove(membership, by=by)
    for membership, _ in formset.changed_objects:
        role, membership.role = membership.role, Membership.objects.get(pk=membership.pk).role
        members.change_role(membership, role, by=by)
    for membership in formset.new_objects:
        members.add(membership.project, membership.user, membership.role, by=by)
