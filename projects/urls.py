from django.urls import path

from projects.views import settings

urlpatterns = [
    path("projects/<int:project_id>/settings/", settings.settings, name="settings"),
    path("projects/<int:project_id>/settings/labels/", settings.labels, name="settings-labels"),
    path("projects/<int:project_id>/settings/delete/", settings.delete, name="settings-delete"),
]
