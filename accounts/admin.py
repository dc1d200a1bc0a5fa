"""People, groups and tokens in the admin.

Who may do what with accounts is Django's usual: superusers everything, other staff what their groups of rights say.
Staff without such rights see the members of the projects that they manage.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.forms import NewUserForm, UserForm
from accounts.models import ApiToken, User
from accounts.people import colleagues_of, sees_everybody
from accounts.requests import person

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(StockGroupAdmin):
    """Rights for several people at once, such as to add and change accounts. Roles in projects are memberships."""


@admin.register(User)
class UserAdmin(StockUserAdmin):
    """Accounts are never deleted here, since their annotations would go with them: take away "active" instead.

    Only superusers give rights, and only they change an account that is a superuser's.
    """

    form = UserForm
    add_form = NewUserForm
    list_display = ["username", "first_name", "last_name", "email", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "groups"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "single_key_shortcuts"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "email", "usable_password", "password1", "password2"]}),
        ("Person", {"fields": ["first_name", "last_name"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users = super().get_queryset(request)
        return users if sees_everybody(person(request)) else users.filter(pk__in=colleagues_of(person(request)))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None or super().has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": ["username", "first_name", "last_name", "email", "is_active"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        rights = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups", "user_permissions"]
        return [*super().get_readonly_fields(request, obj), *rights]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not (request.user.is_active and request.user.is_staff):
            return False
        if super().has_view_permission(request, obj):
            return True
        if obj is not None:
            return self.get_queryset(request).filter(pk=obj.pk).exists()
        return person(request).memberships.filter(role="manager").exists()

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """What tokens there are, and the way to revoke them. Their secrets are nowhere, and their digests not here."""

    list_display = ["user", "name", "hint", "created_at", "last_used_on", "expires_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "name", "hint"]
    fields = ["user", "name", "hint", "created_at", "last_used_on", "expires_at"]
    readonly_fields = ["user", "name", "hint", "created_at", "last_used_on", "expires_at"]
    ordering = ["-pk"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False
