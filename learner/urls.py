"""The learner's pages."""

from django.urls import path

from learner.views import rounds

urlpatterns = [
    path("projects/<int:project_id>/rounds/", rounds.rounds, name="rounds"),
    path("projects/<int:project_id>/rounds/progress/", rounds.progress, name="rounds-progress"),
    path("projects/<int:project_id>/rounds/panel/", rounds.panel, name="rounds-panel"),
]
