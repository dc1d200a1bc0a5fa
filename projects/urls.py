from django.urls import path

from projects.views import guidelines, invitations, menu, settings, webhooks

urlpatterns = [
    path("join/<str:token>/", invitations.join, name="join"),
    path("projects/menu/", menu.menu, name="projects-menu"),
    path("projects/<int:project_id>/guidelines/", guidelines.show, name="guidelines"),
    path("projects/<int:project_id>/settings/", settings.settings, name="settings"),
    path("projects/<int:project_id>/settings/labels/", settings.labels, name="settings-labels"),
    path("projects/<int:project_id>/settings/webhooks/new/", webhooks.add, name="webhook-new"),
    path("projects/<int:project_id>/settings/webhooks/<int:webhook_id>/", webhooks.edit, name="webhook"),
    path("projects/<int:project_id>/settings/webhooks/<int:webhook_id>/test/", webhooks.test, name="webhook-test"),
    path(
        "projects/<int:project_id>/settings/webhooks/<int:webhook_id>/remove/", webhooks.remove, name="webhook-remove"
    ),
    path("projects/<int:project_id>/settings/delete/", settings.delete, name="settings-delete"),
]
