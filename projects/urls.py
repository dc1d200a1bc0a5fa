from django.urls import path

from projects.views import guidelines, invitations, settings

urlpatterns = [
    path("join/<str:token>/", invitations.join, name="join"),
    path("projects/<int:project_id>/guidelines/", guidelines.show, name="guidelines"),
    path("projects/<int:project_id>/settings/", settings.settings, name="settings"),
    path("projects/<int:project_id>/settings/labels/", settings.labels, name="settings-labels"),
    path("projects/<int:project_id>/settings/delete/", settings.delete, name="settings-delete"),
]
