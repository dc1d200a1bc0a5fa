"""People and tokens in the admin: superusers make accounts; managers see the members of their projects."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import ApiToken, User
from accounts.requests import person

admin.site.unregister(Group)  # roles are memberships of projects


@admin.register(User)
class UserAdmin(StockUserAdmin):
    """Accounts are never deleted here, since their annotations would go with them: take away "active" instead."""

    list_display = ["username", "first_name", "last_name", "email", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "single_key_shortcuts"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users = super().get_queryset(request)
        if request.user.is_superuser:
            return users
        me = person(request)
        colleagues = User.objects.filter(
            memberships__project__memberships__user=me, memberships__project__memberships__role="manager"
        )
        return users.filter(pk__in=colleagues.values("pk"))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if request.user.is_superuser:
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": ["username", "first_name", "last_name", "email", "is_active"]})]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not (request.user.is_active and request.user.is_staff):
            return False
        if request.user.is_superuser:
            return True
        if obj is not None:
            return self.get_queryset(request).filter(pk=obj.pk).exists()
        return person(request).memberships.filter(role="manager").exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

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
